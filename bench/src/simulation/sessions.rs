use std::num::NonZeroUsize;

use lru::LruCache;

/// Sessions that an instance keeps at the most, as `signing_session::StsSessions` does: those that were asked for last.
const MOST_PLACES: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// The signing sessions of an instance, by caller and bucket: a session bears the caller's name, and each bucket has a role of its own.
pub struct Sessions(LruCache<(u32, usize), f64>);

impl Sessions {
    pub fn new() -> Self {
        // Most instances have a few: with its bound from the start it would have room for all.
        let mut places = LruCache::unbounded();
        places.resize(MOST_PLACES);
        Self(places)
    }

    /// Whether there is a session to sign with at `now`.
    pub fn has(&mut self, caller: u32, bucket: usize, now: f64) -> bool {
        self.0.get(&(caller, bucket)).is_some_and(|until| now < *until)
    }

    /// Keeps a new one, which does until then.
    pub fn keep(&mut self, caller: u32, bucket: usize, until: f64) {
        self.0.put((caller, bucket), until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_more_sessions_than_it_has_places_an_instance_forgets_those_asked_for_longest_ago() {
        let mut sessions = Sessions::new();
        for caller in 0..4_096 {
            sessions.keep(caller, 0, 10.0);
        }
        assert!(sessions.has(0, 0, 1.0), "it has been asked for now");
        sessions.keep(4_096, 0, 10.0);
        assert_eq!([0, 1, 2, 4_096].map(|caller| sessions.has(caller, 0, 1.0)), [true, false, true, true]);
        assert!(!sessions.has(0, 0, 10.0), "it has ended");
    }
}
