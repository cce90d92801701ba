#[cfg(feature = "schema")]
use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A whole number between two bounds. Those of settings are such that a mistake in units breaks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeNumber<const LEAST: u64, const MOST: u64>(u64);

/// The exact size of an upload, in bytes: at most the 5 GiB that one PUT takes. What AWS has raised since, it has raised for
/// multipart uploads.
/// Source: Amazon S3 user guide, "Uploading objects".
pub type ContentLength = WholeNumber<0, 5_368_709_120>;

/// A part of an object that was uploaded in parts.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
pub type PartNumber = WholeNumber<1, 10_000>;

impl<const LEAST: u64, const MOST: u64> WholeNumber<LEAST, MOST> {
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl<const LEAST: u64, const MOST: u64> From<WholeNumber<LEAST, MOST>> for String {
    fn from(number: WholeNumber<LEAST, MOST>) -> Self {
        number.0.to_string()
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for WholeNumber<LEAST, MOST> {
    /// Takes an integer and nothing that could be bent into one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(Integer::<LEAST, MOST>)
    }
}

#[cfg(feature = "schema")]
impl<const LEAST: u64, const MOST: u64> schemars::JsonSchema for WholeNumber<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("WholeNumberFrom{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": LEAST, "maximum": MOST})
    }
}

struct Integer<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> de::Visitor<'_> for Integer<LEAST, MOST> {
    type Value = WholeNumber<LEAST, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        if (LEAST..=MOST).contains(&number) {
            Ok(WholeNumber(number))
        } else {
            Err(E::invalid_value(de::Unexpected::Unsigned(number), &self))
        }
    }

    /// Of TOML, whose numbers all have a sign.
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_put_takes_five_gibibytes_and_not_a_byte_more() {
        for text in ["5368709121", "-1", "1.5", "1e3", "\"1\"", "null", "true"] {
            assert!(serde_json::from_str::<ContentLength>(text).is_err(), "{text}");
        }
        for text in ["0", "5368709120"] {
            assert_eq!(String::from(serde_json::from_str::<ContentLength>(text).unwrap()), text);
        }
    }

    #[test]
    fn parts_are_numbered_from_one_to_ten_thousand() {
        assert!(serde_json::from_str::<PartNumber>("0").is_err());
        assert!(serde_json::from_str::<PartNumber>("10001").is_err());
        assert!(serde_json::from_str::<PartNumber>("10000").is_ok());
    }
}
