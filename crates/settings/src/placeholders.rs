//! `${NAME}` in a settings file stands for an environment variable, so that one file serves every stack: the template knows
//! the bucket's name and the role's ARN, the file does not.

use std::borrow::Cow;

/// The variables that a settings file may use. Others hold what does not belong into it, credentials among them.
const PREFIX: &str = "PRESIGN_";
const REGION: &str = "AWS_REGION";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {mistake}")]
pub struct PlaceholderError {
    line: usize,
    mistake: Mistake,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Mistake {
    #[error("`${{` is not closed by `}}` on the same line; `\\u0024{{` writes it as it is")]
    Unclosed,
    #[error("`${{{0}}}` may not be used here: only `AWS_REGION` and variables that begin with `PRESIGN_` may")]
    NotAllowed(String),
    #[error("`${{{0}}}` stands for the environment variable `{0}`, which is not set")]
    NotSet(String),
    #[error("the environment variable `{0}` holds a quotation mark, a backslash or a control character")]
    NotPlain(String),
}

/// `text` with every placeholder replaced by what `variable` knows for it. Lines that are comments stay as they are.
///
/// # Errors
/// When a placeholder is not closed, names a variable that may not be used or is not set, or one whose value could end the
/// string it stands in.
pub fn fill(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Cow<'_, str>, PlaceholderError> {
    // A long file is seldom written by hand, and then has none.
    if !text.contains("${") {
        return Ok(text.into());
    }
    let mut filled = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_start().starts_with('#') {
            filled.push_str(line);
        } else {
            fill_line(line, &variable, &mut filled)
                .map_err(|mistake| PlaceholderError { line: number + 1, mistake })?;
        }
    }
    Ok(filled.into())
}

/// Whether there is a placeholder in a line of which it is known that it is no comment.
pub(crate) fn has_placeholder(line: &str) -> bool {
    line.contains("${")
}

/// The names in the placeholders of such a line.
pub(crate) fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split("${").skip(1).map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name))
}

fn fill_line(line: &str, variable: &impl Fn(&str) -> Option<String>, filled: &mut String) -> Result<(), Mistake> {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or(Mistake::Unclosed)?;
        filled.push_str(before);
        filled.push_str(&value(name, variable)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(())
}

fn value(name: &str, variable: &impl Fn(&str) -> Option<String>) -> Result<String, Mistake> {
    if name != REGION && !name.starts_with(PREFIX) {
        return Err(Mistake::NotAllowed(name.to_owned()));
    }
    let value = variable(name).ok_or_else(|| Mistake::NotSet(name.to_owned()))?;
    if value.contains(|c: char| c.is_control() || matches!(c, '"' | '\'' | '\\')) {
        return Err(Mistake::NotPlain(name.to_owned()));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let variable = |name: &str| match name {
            "PRESIGN_BUCKET" => Some("demo".to_owned()),
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            "PRESIGN_EMPTY" => Some(String::new()),
            "PRESIGN_HOSTILE" => Some("x\"\nsigner = \"environment".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("a secret".to_owned()),
            _ => None,
        };
        fill(text, variable).map(Cow::into_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_are_replaced_wherever_they_stand() {
        let text =
            "bucket = \"${PRESIGN_BUCKET}\"\narn = \"a:${AWS_REGION}:${PRESIGN_BUCKET}:z\"\nall = \"${PRESIGN_EMPTY}\"";
        assert_eq!(filled(text).unwrap(), "bucket = \"demo\"\narn = \"a:eu-central-1:demo:z\"\nall = \"\"");
    }

    #[test]
    fn text_without_placeholders_stays_as_it_is() {
        let text = "# ${NOTHING}\r\n  # ${\nprice = \"$5 {}\"\n";
        assert_eq!(filled(text).unwrap(), text);
    }

    #[test]
    fn a_placeholder_that_cannot_be_replaced_names_its_line_and_variable() {
        for (text, line, part) in [
            ("\nkey = \"${PRESIGN_KMS_KEY}\"", "line 2", "`PRESIGN_KMS_KEY`, which is not set"),
            ("key = \"${PRESIGN_BUCKET\"\n}", "line 1", "not closed"),
            ("key = \"${AWS_SECRET_ACCESS_KEY}\"", "line 1", "may not be used"),
            ("key = \"${PRESIGN_HOSTILE}\"", "line 1", "`PRESIGN_HOSTILE` holds a quotation mark"),
        ] {
            let error = filled(text).unwrap_err();
            assert!(error.contains(line) && error.contains(part), "{error}");
        }
    }

    #[test]
    fn no_value_is_shown() {
        for text in ["${AWS_SECRET_ACCESS_KEY}", "${PRESIGN_HOSTILE}"] {
            let error = filled(text).unwrap_err();
            assert!(!error.contains("a secret") && !error.contains("environment\""), "{error}");
        }
    }
}
