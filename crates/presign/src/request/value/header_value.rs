use std::str::FromStr;

use serde::Deserialize;

use crate::names::checked_name;

const LONGEST: usize = 2048;

/// The value of a header that is signed and that the client must send as given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = LONGEST, "pattern" = "^[!-~]([ -~]*[!-~])?$")),
)]
pub struct HeaderValue(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderValueError {
    #[error("a header's value has 1 to {LONGEST} bytes, not {0}")]
    Length(usize),
    #[error(
        "a header's value is printable ASCII, not {0:?}: other characters reach S3 differently from client to client"
    )]
    Character(char),
    #[error("a header's value neither begins nor ends with a space")]
    Edge,
}

checked_name!(HeaderValue, HeaderValueError);

impl FromStr for HeaderValue {
    type Err = HeaderValueError;

    fn from_str(text: &str) -> Result<Self, HeaderValueError> {
        if !(1..=LONGEST).contains(&text.len()) {
            return Err(HeaderValueError::Length(text.len()));
        }
        if let Some(c) = text.chars().find(|c| !matches!(c, ' '..='~')) {
            return Err(HeaderValueError::Character(c));
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            return Err(HeaderValueError::Edge);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_be_smuggled_into_a_value() {
        for text in ["text/plain\r\nx-amz-acl: public-read", "a\nb", "a\0b", "a\u{7f}b", "é", "", " a", "a ", "a\t"] {
            assert!(text.parse::<HeaderValue>().is_err(), "{text:?}");
        }
        assert!("text/html; charset=utf-8".parse::<HeaderValue>().is_ok());
    }
}
