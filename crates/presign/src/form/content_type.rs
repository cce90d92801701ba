use serde::Deserialize;

use super::Matching;
use crate::request::{ContentType, ContentTypeError};

/// Of which type a form's file is to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Matching")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "minLength" = 1,
        "maxLength" = 2048,
        "pattern" = r"^[!-)+\--~]([ -)+\--~]*[!-)+\--~])?$",
        "properties" = { "startsWith": { "pattern": "^[A-Za-z0-9-]+/$" } },
    )),
)]
pub enum FormContentType {
    /// The form has the field.
    Exactly(ContentType),
    /// Whoever sends the form adds the field: a type under this top-level one, such as `image/`.
    StartsWith(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormContentTypeError {
    #[error(transparent)]
    Value(#[from] ContentTypeError),
    #[error(
        "a form takes `{0}` to the letter: for all types that begin so, give the beginning as `startsWith`, such as `image/`"
    )]
    Star(String),
    #[error("`{0}` is no beginning of a content type: a whole top-level type is one, with its slash, such as `image/`")]
    Beginning(String),
}

impl TryFrom<Matching> for FormContentType {
    type Error = FormContentTypeError;

    fn try_from(given: Matching) -> Result<Self, FormContentTypeError> {
        match given {
            Matching::Exactly(text) if text.contains('*') => Err(FormContentTypeError::Star(text)),
            Matching::Exactly(text) => Ok(Self::Exactly(text.parse::<ContentType>()?)),
            Matching::StartsWith(text) => {
                // Less than a whole type would be more than it seems: policies compare types, and `text` begins `text2/x`.
                let top_level = text.strip_suffix('/').filter(|kind| !kind.is_empty());
                if top_level.is_some_and(|kind| kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')) {
                    Ok(Self::StartsWith(text))
                } else {
                    Err(FormContentTypeError::Beginning(text))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_nothing_and_is_not_taken_to_the_letter() {
        let exactly = |text: &str| FormContentType::try_from(Matching::Exactly(text.to_owned()));
        assert!(exactly("image/png").is_ok());
        for text in ["image/*", "*/*", "*", "image/*; q=1"] {
            let error = exactly(text).unwrap_err();
            assert!(error.to_string().contains("`startsWith`"), "{error}");
        }
    }

    #[test]
    fn a_beginning_is_a_whole_top_level_type() {
        for (text, good) in
            [("image/", true), ("x-world/", true), ("image", false), ("/", false), ("image/png", false), ("", false)]
        {
            assert_eq!(FormContentType::try_from(Matching::StartsWith(text.to_owned())).is_ok(), good, "{text}");
        }
    }
}
