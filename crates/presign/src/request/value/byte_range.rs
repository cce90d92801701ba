use std::str::FromStr;

use serde::Deserialize;

use crate::names::checked_name;

/// One range of an object's bytes: `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-LENGTH`. S3 gives one range at a time.
/// Source: Amazon S3 API reference, `GetObject`, `Range`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("pattern" = "^bytes=([0-9]+-[0-9]*|-[0-9]+)$")),
)]
pub struct ByteRange(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one range of bytes, such as `bytes=0-99`, `bytes=100-` or `bytes=-100`")]
pub struct ByteRangeError(String);

checked_name!(ByteRange, ByteRangeError);

impl FromStr for ByteRange {
    type Err = ByteRangeError;

    fn from_str(text: &str) -> Result<Self, ByteRangeError> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse::<u64>().ok()).flatten()
        };
        let good =
            text.strip_prefix("bytes=").and_then(|range| range.split_once('-')).is_some_and(|range| match range {
                ("", length) => number(length).is_some_and(|length| length > 0),
                (first, "") => number(first).is_some(),
                (first, last) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
            });
        if good { Ok(Self(text.to_owned())) } else { Err(ByteRangeError(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_taken_and_anything_else_refused() {
        for text in ["bytes=0-0", "bytes=10-", "bytes=-1", "bytes=0-18446744073709551615"] {
            assert!(text.parse::<ByteRange>().is_ok(), "{text}");
        }
        for text in [
            "",
            "0-1",
            "bytes=",
            "bytes=-",
            "bytes=2-1",
            "bytes=-0",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "bytes= 0-1",
            "bytes=0-99999999999999999999",
            "bytes=0-1\r\nx-amz-acl: public-read",
            "lines=1-2",
        ] {
            assert!(text.parse::<ByteRange>().is_err(), "{text:?}");
        }
    }
}
