use std::str::FromStr;

use serde::Deserialize;

use crate::names::checked_name;

const LONGEST: usize = 2048;

/// The value of a signed query parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = LONGEST, "pattern" = r"^[ -~\xa0-\xff]+$")),
)]
pub struct QueryValue(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryValueError {
    #[error("a value has 1 to {LONGEST} bytes, not {0}")]
    Length(usize),
    #[error("a value has no control characters, but has {0:?}")]
    Control(char),
    /// S3 answers such an override with `InvalidArgument`, once the URL is used.
    #[error("{0:?} cannot stand in a response header: spell it as RFC 6266 does, `filename*=UTF-8''…`")]
    BeyondLatin1(char),
}

checked_name!(QueryValue, QueryValueError);

impl FromStr for QueryValue {
    type Err = QueryValueError;

    fn from_str(text: &str) -> Result<Self, QueryValueError> {
        if !(1..=LONGEST).contains(&text.len()) {
            return Err(QueryValueError::Length(text.len()));
        }
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            return Err(QueryValueError::Control(c));
        }
        match text.chars().find(|c| *c > '\u{ff}') {
            Some(c) => Err(QueryValueError::BeyondLatin1(c)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_be_smuggled_into_an_override() {
        for text in ["text/plain\r\nset-cookie: a=b", "a\nb", "a\0b", "a\u{85}b", "a\t", ""] {
            assert!(text.parse::<QueryValue>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_file_name_beyond_latin_1_is_refused_with_the_way_to_spell_it() {
        let error = "attachment; filename=\"ż.txt\"".parse::<QueryValue>().unwrap_err();
        assert_eq!(error, QueryValueError::BeyondLatin1('ż'));
        assert!("attachment; filename=\"é.txt\"".parse::<QueryValue>().is_ok());
    }
}
