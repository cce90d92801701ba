use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::Offset;

/// The moment of signing, in whole seconds, as `X-Amz-Date` and the credential scope spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmzDate {
    second: Timestamp,
    /// ASCII.
    text: [u8; Self::LENGTH],
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the time of signing lies outside the years 1970 to 9999")]
pub struct AmzDateError;

impl AmzDate {
    const LENGTH: usize = "YYYYMMDDTHHMMSSZ".len();
    const DATE_LENGTH: usize = "YYYYMMDD".len();

    /// `now`, cut down to the second: rounding up would sign for a time that has not come yet.
    ///
    /// # Errors
    /// When `now` has no four-digit year.
    pub fn at(now: SystemTime) -> Result<Self, AmzDateError> {
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| AmzDateError)?;
        let seconds = i64::try_from(since_epoch.as_secs()).map_err(|_| AmzDateError)?;
        let second = Timestamp::from_second(seconds).map_err(|_| AmzDateError)?;
        Ok(Self { second, text: spelled(second) })
    }

    /// `YYYYMMDDTHHMMSSZ`
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.text).unwrap_or_default()
    }

    /// `YYYYMMDD`
    #[must_use]
    pub fn date(&self) -> &str {
        self.as_str().get(..Self::DATE_LENGTH).unwrap_or_default()
    }

    /// As RFC 3339 spells it: `YYYY-MM-DDTHH:MM:SSZ`.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        let part = |at| self.as_str().get(at).unwrap_or_default();
        [part(0..4), "-", part(4..6), "-", part(6..11), ":", part(11..13), ":", part(13..16)].concat()
    }

    /// The whole second that is signed.
    #[must_use]
    pub fn second(&self) -> SystemTime {
        let seconds = u64::try_from(self.second.as_second()).unwrap_or_default();
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }
}

/// Digit by digit: a pattern would be read anew for each URL.
fn spelled(second: Timestamp) -> [u8; AmzDate::LENGTH] {
    let at = Offset::UTC.to_datetime(second);
    let numbers: [i16; 7] = [
        at.year() / 100,
        at.year() % 100,
        at.month().into(),
        at.day().into(),
        at.hour().into(),
        at.minute().into(),
        at.second().into(),
    ];
    let digit = |digit: i16| b'0' + u8::try_from(digit).unwrap_or_default();
    let [[y1, y2], [y3, y4], [m1, m2], [d1, d2], [h1, h2], [n1, n2], [s1, s2]] =
        numbers.map(|number| [number / 10, number % 10].map(digit));
    [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z']
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_second_is_cut_off() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_369_353_600_999);
        let date = AmzDate::at(now).unwrap();
        assert_eq!((date.as_str(), date.date()), ("20130524T000000Z", "20130524"));
        let later = AmzDate::at(now + Duration::from_secs(3_723)).unwrap();
        assert_eq!((later.as_str(), later.rfc3339().as_str()), ("20130524T010203Z", "2013-05-24T01:02:03Z"));
        assert_eq!(date.second(), SystemTime::UNIX_EPOCH + Duration::from_hours(380_376));
    }

    #[test]
    fn a_time_before_1970_is_refused() {
        assert_eq!(AmzDate::at(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), Err(AmzDateError));
    }
}
