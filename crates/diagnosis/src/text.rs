//! Text that others wrote, made fit to be quoted.

/// The most of a foreign text that a finding quotes, in characters.
const QUOTED: usize = 300;

/// `text` without control characters, and not longer than a finding has room for.
pub(crate) fn quotable(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED).collect::<String>().trim().to_owned();
    if text.chars().nth(QUOTED).is_some() {
        shown.push('…');
    }
    shown
}

/// `value`, if it can stand in a command to be pasted into a shell; else a word in its place. What others wrote must never
/// become a command.
pub(crate) fn pasteable<'a>(value: &'a str, placeholder: &'a str) -> &'a str {
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/@=+,".contains(c));
    let starts = value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if plain && starts && value.len() <= 512 { value } else { placeholder }
}

/// A resource's ARN, to be pasted into a statement: without wildcards, which would let it be about more than one.
pub(crate) fn one_resource(arn: &str) -> &str {
    if arn.starts_with("arn:") && !arn.contains(['*', '?', '$']) { arn } else { "RESOURCE_ARN" }
}

/// `a`, `b` and `c`
pub(crate) fn list<S: AsRef<str>>(items: &[S]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("`{}`", quotable(item.as_ref()))).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_endless_texts_are_not_quoted() {
        assert_eq!(quotable("a\u{1b}[31m\nb"), "a [31m b");
        assert_eq!(quotable(&"é".repeat(301)).chars().count(), 301);
    }

    #[test]
    fn nothing_that_a_shell_takes_for_its_own_is_pasted() {
        assert_eq!(pasteable("arn:aws:kms:eu-west-1:1:key/a", "KEY"), "arn:aws:kms:eu-west-1:1:key/a");
        for value in ["a;b", "$(id)", "a b", "'", "-o", "", "a\nb", "`id`", "a|b", "é"] {
            assert_eq!(pasteable(value, "KEY"), "KEY", "{value}");
        }
    }

    #[test]
    fn a_list_reads_as_one_says_it() {
        assert_eq!((list(&["a"]), list(&["a", "b", "c"])), ("`a`".to_owned(), "`a`, `b` and `c`".to_owned()));
    }
}
