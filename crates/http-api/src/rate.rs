use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lru::LruCache;

/// How often each caller may ask this instance of the function: so often in a second, and as often at once. What a caller may
/// have of all instances together is that many times more: the limit for the whole is a REST API's.
pub struct Rate {
    interval: Duration,
    at_once: u32,
    /// Until when the requests so far would have lasted, had they come evenly.
    until: Mutex<LruCache<String, SystemTime>>,
}

/// A caller has asked too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOften {
    pub retry_after: Duration,
}

/// The callers that are remembered: whoever has been forgotten starts anew.
const CALLERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

impl Rate {
    #[must_use]
    pub fn new(per_second: NonZeroU32) -> Self {
        let interval = Duration::from_secs(1) / per_second.get();
        Self { interval, at_once: per_second.get(), until: Mutex::new(LruCache::new(CALLERS)) }
    }

    /// Counts a request of `caller`.
    ///
    /// # Errors
    /// When there were too many; then it is not counted.
    pub fn admit(&self, caller: &str, now: SystemTime) -> Result<(), TooOften> {
        let mut callers = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = |until: &SystemTime| until.duration_since(now).unwrap_or_default();
        // More than there can be is a clock that was put back.
        let ahead = callers.get(caller).map(ahead).filter(|ahead| *ahead <= self.interval * self.at_once);
        let ahead = ahead.unwrap_or_default();
        let most = self.interval * (self.at_once - 1);
        if ahead > most {
            return Err(TooOften { retry_after: ahead.saturating_sub(most) });
        }
        callers.put(caller.to_owned(), now + ahead + self.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000) + Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_caller_may_ask_so_often_in_a_second_and_as_often_at_once() {
        let rate = Rate::new(NonZeroU32::new(4).unwrap());
        let admitted = |now| (0..10).filter(|_| rate.admit("alice", at(now)).is_ok()).count();
        assert_eq!(admitted(0), 4);
        assert_eq!(rate.admit("alice", at(0)), Err(TooOften { retry_after: Duration::from_millis(250) }));
        assert_eq!(admitted(249), 0);
        assert_eq!(admitted(250), 1);
        assert_eq!(admitted(5_000), 4, "what was not asked for is not saved up");
        assert!(rate.admit("bob", at(5_000)).is_ok(), "another caller is not held back");
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let rate = Rate::new(NonZeroU32::MIN);
        assert!(rate.admit("alice", at(3_600_000)).is_ok());
        assert!(rate.admit("alice", at(0)).is_ok());
    }
}
