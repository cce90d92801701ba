/// Whether a name can be taken for another: `operators` with a Cyrillic first letter names a group in which nobody is, and so it does with
/// a character in it that nobody sees.
pub fn can_be_mistaken(name: &str) -> bool {
    name.chars().any(is_unseen) || has_look_alikes(name)
}

/// Whether a word has letters of Latin and beside them letters that may look the same. Words of different scripts may stand side by side,
/// as in paths.
fn has_look_alikes(text: &str) -> bool {
    let can_pass = |letter: char| !(letter.is_ascii_digit() || is_latin(letter) || has_own_look(letter));
    text.split(|letter: char| !letter.is_alphanumeric())
        .any(|word| word.chars().any(is_latin) && word.chars().any(can_pass))
}

/// Without the blocks of which some letters are Latin ones in another shape, such as the full-width ones.
fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || matches!(letter, 'ª' | '²' | '³' | 'µ' | '¹' | 'º' | '\u{c0}'..='\u{24f}' | '\u{2b0}'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}')
}

/// Letters of Chinese, Japanese, Korean, Thai, Lao and Khmer look like none of Latin, and Latin words stand beside them without a space.
/// Source: Unicode Technical Standard 39, "Restriction-Level Detection", "Highly Restrictive"; without Thai, Lao and Khmer.
fn has_own_look(letter: char) -> bool {
    matches!(letter,
        '\u{e01}'..='\u{edf}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{318f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{3ffff}')
}

/// Source: Unicode Character Database, `Default_Ignorable_Code_Point`, and all that is a space but does not have the width of one or more.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && !matches!(letter, ' ' | '\u{3000}'))
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_of_one_word_can_pass_for_each_other() {
        for (text, found) in [
            ("operators", false),
            ("\u{43e}perators", true),
            ("\u{585}perators", true),
            ("\u{ff4f}perators", true),
            ("\u{1d5c8}perators", true),
            ("\u{251}dmins", true),
            ("\u{43e}2perators", true),
            ("a/\u{3b1}b", true),
            ("caf\u{e9}\u{440}", true),
            ("отчёты/2024/report", false),
            ("レポートreport", false),
            ("営業team", false),
            ("팀A의", false),
            ("ทีมIT", false),
            ("Việt", false),
            ("m²", false),
            ("Nº1", false),
            ("Հայաստան", false),
            ("", false),
        ] {
            assert_eq!(can_be_mistaken(text), found, "{text}");
        }
    }

    #[test]
    fn what_nobody_sees_makes_another_name() {
        for (text, found) in [
            ("Vertrieb – EU", false),
            ("営業\u{3000}部", false),
            ("cafe\u{301}", false),
            ("🍌", false),
            ("oper\u{200b}ators", true),
            ("oper\u{ad}ators", true),
            ("night\u{a0}operators", true),
            ("operators\n", true),
            ("operators\u{fe0f}", true),
        ] {
            assert_eq!(can_be_mistaken(text), found, "{text:?}");
        }
    }
}
