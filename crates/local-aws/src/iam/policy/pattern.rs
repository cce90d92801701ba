//! Text with `*` and `?`, as policies write actions, resources and `StringLike` values.

/// A text pattern: `*` stands for any run of characters, `?` for any one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    AnyOne,
    AnyRun,
}

/// A policy variable that the local evaluator does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the local stack does not know the policy variable `${{{0}}}`")]
pub struct UnknownVariable(String);

/// Whether `*` and `?` are wildcards or themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    On,
    Off,
}

impl Pattern {
    /// Reads a pattern. With `variables` (policy version 2012-10-17) the escapes `${*}`, `${?}` and `${$}` stand for the
    /// character inside them; without, `${` is only text, as in the older policy version.
    ///
    /// # Errors
    /// For any other `${…}`: its value is unknown here, and to take it literally would change what the policy says.
    pub fn parse(text: &str, wildcards: Wildcards, variables: bool) -> Result<Self, UnknownVariable> {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if variables && let Some((name, after)) = rest.strip_prefix("${").and_then(|inner| inner.split_once('}')) {
                tokens.push(match name {
                    "*" => Token::Literal('*'),
                    "?" => Token::Literal('?'),
                    "$" => Token::Literal('$'),
                    other => return Err(UnknownVariable(other.to_owned())),
                });
                rest = after;
                continue;
            }
            tokens.push(match next {
                '*' if wildcards == Wildcards::On => Token::AnyRun,
                '?' if wildcards == Wildcards::On => Token::AnyOne,
                other => Token::Literal(other),
            });
            rest = rest.strip_prefix(next).unwrap_or_default();
        }
        Ok(Self(tokens))
    }

    /// The same pattern for lower-case text: action names compare without case.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        Self(
            self.0
                .iter()
                .map(|token| match token {
                    Token::Literal(c) => Token::Literal(c.to_ascii_lowercase()),
                    other => *other,
                })
                .collect(),
        )
    }

    /// Whether all of `text` fits the pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut from) = (0, 0);
        // Where to resume when the run that the last `*` stood for must grow by one.
        let mut resume: Option<(usize, usize)> = None;
        loop {
            let fits = match (self.0.get(at), text.get(from)) {
                (None, None) => return true,
                (Some(Token::AnyRun), _) => {
                    resume = Some((at + 1, from));
                    at += 1;
                    continue;
                }
                (Some(Token::AnyOne), Some(_)) => true,
                (Some(Token::Literal(wanted)), Some(found)) => wanted == found,
                _ => false,
            };
            if fits {
                at += 1;
                from += 1;
            } else {
                match resume {
                    Some((after_star, start)) if start < text.len() => {
                        resume = Some((after_star, start + 1));
                        at = after_star;
                        from = start + 1;
                    }
                    _ => return false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, Wildcards::On, true).unwrap().matches(text)
    }

    #[test]
    fn wildcards_stand_for_runs_and_single_characters() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "anything/at/all"),
            ("a*c", "ac"),
            ("a*c", "abcbc"),
            ("a?c", "aéc"),
            ("*b*d", "abcd"),
            ("arn:aws:s3:::b/*.txt", "arn:aws:s3:::b/x/y.txt"),
        ] {
            assert!(fits(pattern, text), "{pattern} should fit {text}");
        }
        for (pattern, text) in [("", "a"), ("a?c", "ac"), ("a*c", "ab"), ("*b*d", "abc"), ("b/*", "c/b/x")] {
            assert!(!fits(pattern, text), "{pattern} should not fit {text}");
        }
    }

    #[test]
    fn escapes_stand_for_themselves_and_other_variables_are_refused() {
        assert!(fits("b/${*}${?}${$}", "b/*?$"));
        assert!(!fits("b/${*}", "b/anything"));
        let unknown = Pattern::parse("b/${aws:username}", Wildcards::On, true);
        assert_eq!(unknown, Err(UnknownVariable("aws:username".to_owned())));
    }

    #[test]
    fn the_older_policy_version_has_no_variables() {
        assert!(Pattern::parse("${x}", Wildcards::On, false).unwrap().matches("${x}"));
    }

    proptest! {
        #[test]
        fn a_text_without_wildcards_fits_itself_only(text in "[^*?$]{0,40}", other in "[^*?$]{0,40}") {
            prop_assert!(fits(&text, &text));
            prop_assert_eq!(fits(&text, &other), text == other);
        }

        #[test]
        fn a_star_between_two_texts_fits_whatever_is_put_there(a in "[^*?$]{0,9}", b in "\\PC{0,9}", c in "[^*?$]{0,9}") {
            let pattern = format!("{a}*{c}");
            let text = format!("{a}{b}{c}");
            prop_assert!(fits(&pattern, &text));
        }
    }
}
