use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Deserialize;

use crate::names::checked_name;

/// RFC 3339 in whole seconds.
#[cfg(feature = "schema")]
const PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](Z|[+-][0-2][0-9]:[0-5][0-9])$";

/// A time as HTTP's headers have it, to the second: given as RFC 3339, kept as `Fri, 01 Jan 2027 00:00:00 GMT`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("format" = "date-time", "pattern" = PATTERN)),
)]
pub struct HttpDate(String);

/// Until when an object is locked: given as RFC 3339, kept as `2027-01-01T00:00:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("format" = "date-time", "pattern" = PATTERN)),
)]
pub struct RetainUntil(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time as RFC 3339 writes it, in whole seconds, such as `2027-01-01T00:00:00Z`")]
pub struct TimeError(String);

checked_name!(HttpDate, TimeError);
checked_name!(RetainUntil, TimeError);

impl FromStr for HttpDate {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&rfc3339(text)?);
        date.map(Self).map_err(|_| TimeError(text.to_owned()))
    }
}

impl FromStr for RetainUntil {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Ok(Self(rfc3339(text)?.to_string()))
    }
}

/// Strictly: the library reads more than RFC 3339 allows, and takes the 60th second for the 59th.
fn rfc3339(text: &str) -> Result<Timestamp, TimeError> {
    let refused = || TimeError(text.to_owned());
    let shaped = |part: &str, shape: &str| {
        part.len() == shape.len()
            && part.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
    };
    let (moment, offset) = text.split_at_checked("0000-00-00T00:00:00".len()).ok_or_else(refused)?;
    let offset_is_good = ["Z", "+00:00", "-00:00"].iter().any(|shape| shaped(offset, shape))
        && offset.get(1..3).is_none_or(|hours| hours < "24");
    if !shaped(moment, "0000-00-00T00:00:00") || !offset_is_good || moment.ends_with("60") {
        return Err(refused());
    }
    let time: Timestamp = text.parse().map_err(|_| refused())?;
    // An offset may lead out of the years that have four digits.
    if time.to_string().len() == "0000-00-00T00:00:00Z".len() { Ok(time) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_becomes_what_the_header_has() {
        for (given, http, retain) in [
            ("2027-01-01T00:00:00Z", "Fri, 01 Jan 2027 00:00:00 GMT", "2027-01-01T00:00:00Z"),
            ("2026-12-31T23:30:00-01:00", "Fri, 01 Jan 2027 00:30:00 GMT", "2027-01-01T00:30:00Z"),
        ] {
            assert_eq!(given.parse::<HttpDate>().unwrap().as_str(), http);
            assert_eq!(given.parse::<RetainUntil>().unwrap().as_str(), retain);
        }
    }

    #[test]
    fn what_is_no_such_time_is_refused_rather_than_bent() {
        for text in [
            "",
            "2027-01-01",
            "2027-01-01T00:00:00",
            "2027-01-01 00:00:00Z",
            "2027-01-01T00:00:00.5Z",
            "2027-01-01T00:00:60Z",
            "2027-02-29T00:00:00Z",
            "2027-01-01T00:00:00+25:00",
            "2027-01-01T00:00:00Z[Europe/Berlin]",
            "0000-01-01T00:00:00+12:00",
            "Fri, 01 Jan 2027 00:00:00 GMT",
            "1798761600",
            "２027-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<HttpDate>().is_err(), "{text}");
            assert!(text.parse::<RetainUntil>().is_err(), "{text}");
        }
    }
}
