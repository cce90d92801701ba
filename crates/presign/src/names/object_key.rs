use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An object's key: 1 to 1,024 bytes of UTF-8, without control characters.
///
/// S3 compares keys byte by byte: `a//b`, `a/../b` and `/a` are three ordinary names, so nothing here is ever normalized.
/// Source: Amazon S3 user guide, "Naming Amazon S3 objects".
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "minLength" = 1,
        "maxLength" = ObjectKey::LONGEST,
        "pattern" = r"^[^\x00-\x1f\x7f-\x9f]+$",
    )),
)]
pub struct ObjectKey(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectKeyError {
    #[error("a key has at least one byte")]
    Empty,
    #[error("a key has at most 1024 bytes of UTF-8, not {0}")]
    TooLong(usize),
    #[error("a key has no control characters, but byte {at} begins U+{code:04X}")]
    Control { at: usize, code: u32 },
}

super::checked_name!(ObjectKey, ObjectKeyError);

impl ObjectKey {
    const LONGEST: usize = 1024;
}

impl FromStr for ObjectKey {
    type Err = ObjectKeyError;

    fn from_str(text: &str) -> Result<Self, ObjectKeyError> {
        if text.is_empty() {
            return Err(ObjectKeyError::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(ObjectKeyError::TooLong(text.len()));
        }
        match text.char_indices().find(|(_, c)| c.is_control()) {
            Some((at, c)) => Err(ObjectKeyError::Control { at, code: c.into() }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn length_is_counted_in_bytes() {
        assert!("é".repeat(512).parse::<ObjectKey>().is_ok());
        assert_eq!("é".repeat(513).parse::<ObjectKey>(), Err(ObjectKeyError::TooLong(1026)));
        assert_eq!("".parse::<ObjectKey>(), Err(ObjectKeyError::Empty));
    }

    proptest! {
        #[test]
        fn a_key_is_kept_byte_for_byte_or_refused(text in any::<String>()) {
            let acceptable = (1..=1024).contains(&text.len()) && !text.chars().any(char::is_control);
            match text.parse::<ObjectKey>() {
                Ok(key) => { prop_assert!(acceptable); prop_assert_eq!(key.as_str(), &text); }
                Err(_) => prop_assert!(!acceptable),
            }
        }

        #[test]
        fn a_control_character_anywhere_is_refused(before in "[a-z/]{0,9}", c in prop::char::range('\0', '\u{9f}'), after in "[a-z/]{0,9}") {
            let key = format!("{before}{c}{after}").parse::<ObjectKey>();
            prop_assert_eq!(key.is_err(), c.is_control());
        }
    }
}
