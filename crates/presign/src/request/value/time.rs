use std::ops::Range;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::DateTime;
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
        Ok(Self(rfc3339(text)?.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()))
    }
}

impl FromStr for RetainUntil {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Ok(Self(format!("{}Z", rfc3339(text)?)))
    }
}

/// The time in UTC, up to the end of the year 9999, which says "never": the library's own timestamps end a day before. Strictly: the
/// library reads more than RFC 3339 allows, and takes the 60th second for the 59th.
fn rfc3339(text: &str) -> Result<DateTime, TimeError> {
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
    let local: DateTime = moment.parse().map_err(|_| refused())?;
    let number =
        |range: Range<usize>| offset.get(range).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or_default();
    let minutes = number(1..3) * 60 + number(4..6);
    let ahead = SignedDuration::from_mins(if offset.starts_with('-') { -minutes } else { minutes });
    // An offset may lead out of the years that have four digits.
    local.checked_sub(ahead).ok().filter(|time| time.year() >= 0).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_becomes_what_the_header_has() {
        for (given, http, retain) in [
            ("2027-01-01T00:00:00Z", "Fri, 01 Jan 2027 00:00:00 GMT", "2027-01-01T00:00:00Z"),
            ("2026-12-31T23:30:00-01:00", "Fri, 01 Jan 2027 00:30:00 GMT", "2027-01-01T00:30:00Z"),
            ("2027-01-01T05:45:00+05:45", "Fri, 01 Jan 2027 00:00:00 GMT", "2027-01-01T00:00:00Z"),
            ("2027-01-01T00:00:00-00:00", "Fri, 01 Jan 2027 00:00:00 GMT", "2027-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"),
            ("0000-01-01T00:00:00Z", "Sat, 01 Jan 0000 00:00:00 GMT", "0000-01-01T00:00:00Z"),
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
            "9999-12-31T23:59:59-00:01",
            "Fri, 01 Jan 2027 00:00:00 GMT",
            "1798761600",
            "２027-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<HttpDate>().is_err(), "{text}");
            assert!(text.parse::<RetainUntil>().is_err(), "{text}");
        }
    }
}
