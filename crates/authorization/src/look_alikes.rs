/// Whether a word of the text has letters of Latin and beside them letters of Greek or Cyrillic, many of which look the same: `operators`
/// with a Cyrillic first letter names a group in which nobody is. Words of different scripts may stand side by side, as in paths.
pub fn has_look_alikes(text: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric())
        .any(|word| word.chars().any(is_latin) && word.chars().any(|letter| matches!(letter, '\u{370}'..='\u{52f}')))
}

/// With the blocks Latin-1 Supplement, Latin Extended-A and -B.
fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic() || matches!(letter, '\u{c0}'..='\u{24f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_of_one_word_can_pass_for_each_other() {
        for (text, found) in [
            ("operators", false),
            ("\u{43e}perators", true),
            ("a/\u{3b1}b", true),
            ("caf\u{e9}\u{440}", true),
            ("отчёты/2024/report", false),
            ("レポートreport", false),
            ("", false),
        ] {
            assert_eq!(has_look_alikes(text), found, "{text}");
        }
    }
}
