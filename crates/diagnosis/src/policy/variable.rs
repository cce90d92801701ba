//! Policy variables, `${aws:PrincipalTag/tenant}`, which stand for what only AWS knows.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

use super::truth::Truth;
use super::wildcard;

/// Whether `text` is of the form of `pattern`: not known where that is left to a variable.
pub(super) fn matches(pattern: &str, text: &str) -> Truth {
    if !pattern.contains("${") {
        return wildcard::matches(pattern, text).into();
    }
    // Whatever the variables stand for.
    let widest: String = pieces(pattern).map(|(_, behind)| behind).collect::<Vec<_>>().join("*");
    if wildcard::matches(&widest, text) { Truth::Unknown } else { Truth::False }
}

/// The variables' names, without their defaults.
pub(super) fn names(pattern: &str) -> impl Iterator<Item = &str> {
    let names = pieces(pattern).filter_map(|(name, _)| name);
    names.map(|name| name.split(',').next().unwrap_or(name).trim())
}

/// Each variable's name, and the text behind it; first the text before all of them.
fn pieces(pattern: &str) -> impl Iterator<Item = (Option<&str>, &str)> {
    let mut parts = pattern.split("${");
    let before = parts.next().map(|before| (None, before));
    let variables = parts.map(|part| match part.split_once('}') {
        Some((name, behind)) => (Some(name), behind),
        None => (Some(part), ""),
    });
    before.into_iter().chain(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_may_stand_for_anything_but_what_is_around_it() {
        for (pattern, text, truth) in [
            ("arn:aws:s3:::b/${aws:PrincipalTag/tenant}/*", "arn:aws:s3:::b/acme/k", Truth::Unknown),
            ("arn:aws:s3:::b/${aws:PrincipalTag/tenant}/*", "arn:aws:s3:::c/acme/k", Truth::False),
            ("b/${aws:username}", "b/", Truth::Unknown),
            ("b/*", "b/k", Truth::True),
            ("b/${broken", "b/k", Truth::Unknown),
        ] {
            assert_eq!(matches(pattern, text), truth, "{pattern} {text}");
        }
        let found: Vec<_> = names("${aws:PrincipalTag/team, 'none'}/${aws:username}").collect();
        assert_eq!(found, ["aws:PrincipalTag/team", "aws:username"]);
    }
}
