use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// The moment before which a role's sessions are dead: a whole second, as STS dates sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutOff(u64);

/// No role gives a longer session, whatever its `MaxSessionDuration` is, or was when the session began.
/// Source: IAM user guide, "Update settings for a role", maximum session duration.
const LONGEST_SESSION: Duration = Duration::from_hours(12);
/// What AWS lets a request's clock be off.
const CLOCK_SKEW: Duration = Duration::from_mins(15);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutOffError {
    #[error("`{0}` is not a time as RFC 3339 writes it, such as `2027-01-01T00:00:00Z`")]
    NoTime(String),
    #[error("`{0}` is yet to come: it would kill sessions as soon as they are made")]
    YetToCome(String),
}

impl CutOff {
    /// The earliest that every session taken until `moment` is older than, also by the clock of STS, which may be `skew` ahead.
    ///
    /// Sessions of the second that `moment` lies in by that clock bear that second's beginning as their time, whether they were
    /// taken before `moment` or after it. They all die, so that none is missed; the cut-off is the end of that second, and must
    /// be [waited](Self::wait) for, or else sessions that are yet to be taken in it die too.
    #[must_use]
    pub fn just_after(moment: SystemTime, skew: Duration) -> Self {
        Self(seconds(moment + skew) + 1)
    }

    /// The one that a caller states: the sessions taken before it are to die.
    ///
    /// # Errors
    /// When it is no time, or one after `now`.
    pub fn stated(text: &str, now: SystemTime) -> Result<Self, CutOffError> {
        let time: Timestamp = text.parse().map_err(|_| CutOffError::NoTime(text.to_owned()))?;
        let time = SystemTime::from(time);
        if time > now {
            return Err(CutOffError::YetToCome(text.to_owned()));
        }
        Ok(Self(seconds(time + (Duration::from_secs(1) - Duration::from_nanos(1)))))
    }

    /// The one that a policy states; what it has of a second's parts kills no more than the whole second does.
    #[must_use]
    pub(super) fn in_policy(text: &str) -> Option<Self> {
        let time: Timestamp = text.parse().ok()?;
        u64::try_from(time.as_second()).ok().map(Self)
    }

    /// Since 1970.
    #[must_use]
    pub(super) fn seconds(self) -> u64 {
        self.0
    }

    /// None where no calendar has the second.
    #[must_use]
    pub(super) fn in_name(seconds: &str) -> Option<Self> {
        let seconds = seconds.parse().ok()?;
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok().map(|_| Self(seconds))
    }

    #[cfg(test)]
    pub(super) fn of_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Whether every session that is older than this has ended at `now`, also by a clock that is some minutes behind.
    #[must_use]
    pub fn is_spent(self, now: SystemTime) -> bool {
        let ended = Duration::from_secs(self.0) + LONGEST_SESSION + CLOCK_SKEW;
        SystemTime::UNIX_EPOCH + ended <= now
    }

    /// How long it is from `now` until sessions are newer than this, also by the clock of STS, which may be `skew` behind.
    #[must_use]
    pub fn wait(self, now: SystemTime, skew: Duration) -> Duration {
        let newer = SystemTime::UNIX_EPOCH + Duration::from_secs(self.0) + skew;
        newer.duration_since(now).unwrap_or_default()
    }
}

/// As RFC 3339, in UTC.
impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        time.unwrap_or(Timestamp::MAX).fmt(f)
    }
}

impl Serialize for CutOff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SystemTime = SystemTime::UNIX_EPOCH;
    const SKEW: Duration = Duration::from_millis(200);

    #[test]
    fn every_session_taken_until_now_is_older_and_after_the_wait_every_one_is_newer() {
        for (millis, second) in [(0, 6), (1, 6), (799, 6), (800, 7), (999, 7)] {
            let now = SECOND + Duration::from_secs(5) + Duration::from_millis(millis);
            let cut_off = CutOff::just_after(now, SKEW);
            assert!(seconds(now + SKEW) < cut_off.0, "{millis}: a session of now, by a clock that is ahead, lives on");
            assert_eq!(cut_off, CutOff(second), "{millis}: no later than it must be");
            let by_sts = now + cut_off.wait(now, SKEW) - SKEW;
            assert!(seconds(by_sts) >= second, "{millis}");
            assert!(cut_off.wait(now, SKEW) <= Duration::from_secs(1) + 2 * SKEW, "{millis}");
        }
    }

    #[test]
    fn a_stated_time_kills_what_is_before_it_and_is_never_in_the_future() {
        let now = SECOND + Duration::from_millis(5_500);
        for (text, cut_off) in [
            ("1970-01-01T00:00:05Z", 5),
            ("1970-01-01T00:00:04.1Z", 5),
            ("1970-01-01T00:00:05.500Z", 6),
            ("1970-01-01T01:00:03+01:00", 3),
        ] {
            assert_eq!(CutOff::stated(text, now), Ok(CutOff(cut_off)), "{text}");
        }
        assert!(matches!(CutOff::stated("1970-01-01T00:00:06Z", now), Err(CutOffError::YetToCome(_))));
        assert!(matches!(CutOff::stated("yesterday", now), Err(CutOffError::NoTime(_))));
    }

    #[test]
    fn one_in_the_past_is_not_waited_for() {
        let now = SECOND + Duration::from_secs(9);
        assert_eq!(CutOff(8).wait(now, SKEW), Duration::ZERO);
    }

    #[test]
    fn it_is_written_as_a_whole_second() {
        assert_eq!(CutOff::just_after(SECOND + Duration::from_millis(1), SKEW).to_string(), "1970-01-01T00:00:01Z");
    }
}
