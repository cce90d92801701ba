use serde::Deserialize;

use super::Matching;
use crate::request::{HeaderValue, HeaderValueError};

/// Of which type a form's file is to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Matching")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "minLength" = 1,
        "maxLength" = 2048,
        "pattern" = "^[!-~]([ -~]*[!-~])?$",
        "properties" = { "startsWith": { "pattern": "^[A-Za-z0-9-]+/$" } },
    )),
)]
pub enum FormContentType {
    /// The form has the field.
    Exactly(HeaderValue),
    /// Whoever sends the form adds the field: a type under this top-level one, such as `image/`.
    StartsWith(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormContentTypeError {
    #[error(transparent)]
    Value(#[from] HeaderValueError),
    #[error("`{0}` is no beginning of a content type: a whole top-level type is one, with its slash, such as `image/`")]
    Beginning(String),
}

impl TryFrom<Matching> for FormContentType {
    type Error = FormContentTypeError;

    fn try_from(given: Matching) -> Result<Self, FormContentTypeError> {
        match given {
            Matching::Exactly(text) => Ok(Self::Exactly(text.parse()?)),
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
    fn a_beginning_is_a_whole_top_level_type() {
        for (text, good) in
            [("image/", true), ("x-world/", true), ("image", false), ("/", false), ("image/png", false), ("", false)]
        {
            assert_eq!(FormContentType::try_from(Matching::StartsWith(text.to_owned())).is_ok(), good, "{text}");
        }
    }
}
