use serde::Deserialize;

use crate::request::{ContentLength, given, object};

/// How many bytes a form's file has, at the least and at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Given")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentLengthRange {
    minimum: u64,
    maximum: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentLengthRangeError {
    #[error("`minimum` ({minimum}) is more than `maximum` ({maximum})")]
    Empty { minimum: u64, maximum: u64 },
}

#[derive(Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Given {
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 0)))]
    minimum: Option<ContentLength>,
    maximum: ContentLength,
}

object!(Given, "an object with `maximum` and, where there is a least, `minimum`");

impl ContentLengthRange {
    #[must_use]
    pub fn minimum(self) -> u64 {
        self.minimum
    }

    #[must_use]
    pub fn maximum(self) -> u64 {
        self.maximum
    }
}

impl TryFrom<Given> for ContentLengthRange {
    type Error = ContentLengthRangeError;

    fn try_from(Given { minimum, maximum }: Given) -> Result<Self, ContentLengthRangeError> {
        let (minimum, maximum) = (minimum.map(ContentLength::get).unwrap_or_default(), maximum.get());
        if minimum > maximum {
            return Err(ContentLengthRangeError::Empty { minimum, maximum });
        }
        Ok(Self { minimum, maximum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_something_that_s3_takes() {
        for (text, good) in [
            (r#"{"maximum": 0}"#, true),
            (r#"{"minimum": 1, "maximum": 5368709120}"#, true),
            (r#"{"maximum": 5368709121}"#, false),
            (r#"{"minimum": 2, "maximum": 1}"#, false),
            (r#"{"minimum": 2}"#, false),
            (r#"{"maximum": -1}"#, false),
            (r#"{"maximum": 1, "max": 1}"#, false),
            ("[0, 1]", false),
            (r#"{"minimum": null, "maximum": 1}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<ContentLengthRange>(text).is_ok(), good, "{text}");
        }
        let error = serde_json::from_str::<ContentLengthRange>(r#"{"minimum": "5", "maximum": 9}"#).unwrap_err();
        assert!(error.to_string().contains("expected a whole number from 0 to 5368709120"), "{error}");
    }
}
