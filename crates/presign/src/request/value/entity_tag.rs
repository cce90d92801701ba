use std::str::FromStr;

use serde::Deserialize;

use crate::names::checked_name;

/// An object's entity tag, in its double quotes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = "^\"[!#-~]{1,256}\"$")))]
pub struct EntityTag(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an entity tag: give it as S3 does, in double quotes")]
pub struct EntityTagError(String);

checked_name!(EntityTag, EntityTagError);

impl FromStr for EntityTag {
    type Err = EntityTagError;

    fn from_str(text: &str) -> Result<Self, EntityTagError> {
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match inner {
            Some(tag) if (1..=256).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_graphic() && b != b'"') => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(EntityTagError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_in_double_quotes() {
        assert!("\"d41d8cd98f00b204e9800998ecf8427e-3\"".parse::<EntityTag>().is_ok());
        for text in ["", "*", "abc", "\"", "\"\"", "W/\"abc\"", "\"a\"b\"", "\"a b\"", "\"a\r\n\"", "\"a\", \"b\""] {
            assert!(text.parse::<EntityTag>().is_err(), "{text:?}");
        }
    }
}
