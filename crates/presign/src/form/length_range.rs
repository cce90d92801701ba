use serde::Deserialize;

use crate::request::object;

/// The most that S3 takes in one upload.
/// Source: Amazon S3 user guide, "Uploading objects".
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

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
    #[error("`maximum` is at most {LARGEST}, which is what S3 takes in one upload")]
    TooLarge,
    #[error("`minimum` ({minimum}) is more than `maximum` ({maximum})")]
    Empty { minimum: u64, maximum: u64 },
}

#[derive(Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Given {
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(max = LARGEST)))]
    minimum: u64,
    #[cfg_attr(feature = "schema", schemars(range(max = LARGEST)))]
    maximum: u64,
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
        if maximum > LARGEST {
            return Err(ContentLengthRangeError::TooLarge);
        }
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
        ] {
            assert_eq!(serde_json::from_str::<ContentLengthRange>(text).is_ok(), good, "{text}");
        }
    }
}
