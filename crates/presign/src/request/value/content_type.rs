use std::str::FromStr;

use serde::Deserialize;

use super::{HeaderValue, HeaderValueError};
use crate::names::checked_name;

/// What an object is stored as: one type. Of several with commas between, a browser takes the last that it knows, and a policy that
/// asks for `image/*` would see the first.
///
/// Source: WHATWG Fetch standard, "extract a MIME type".
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = 2048, "pattern" = r"^[!-+\--~]([ -+\--~]*[!-+\--~])?$")),
)]
pub struct ContentType(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentTypeError {
    #[error(transparent)]
    Value(#[from] HeaderValueError),
    #[error("a content type is one, without a comma: of several, browsers take the last")]
    Several,
}

checked_name!(ContentType, ContentTypeError);

impl FromStr for ContentType {
    type Err = ContentTypeError;

    fn from_str(text: &str) -> Result<Self, ContentTypeError> {
        let value: HeaderValue = text.parse()?;
        if text.contains(',') { Err(ContentTypeError::Several) } else { Ok(Self(value.into())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_one() {
        for text in ["image/png,text/html", "image/png, text/html; charset=utf-8", ",", "", "a\nb"] {
            assert!(text.parse::<ContentType>().is_err(), "{text:?}");
        }
        for text in ["text/html; charset=utf-8", "image/svg+xml", "multipart/form-data; boundary=\"a b\"", "pdf"] {
            assert!(text.parse::<ContentType>().is_ok(), "{text:?}");
        }
    }
}
