use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use super::{CacheKey, CachedUrl};
use crate::generation::{Generations, Scope};
use crate::lifetime::{Asked, ExpiresIn};

/// Where a scope stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScopeState {
    pub generation: u64,
    /// Until then nothing is stored: IAM may still be applying the change, so that what is signed now may be signed under
    /// the old rules.
    pub hold_until: Option<SystemTime>,
    /// What was last seen to be the longest that AWS grants: to URLs of a bucket, or to sessions of a role.
    pub ceiling: Option<ExpiresIn>,
}

/// What one reading of the cache found.
#[derive(Debug, Clone, Default)]
pub struct LookUp {
    /// The rows that are there, of those that were wanted.
    pub urls: BTreeMap<CacheKey, Arc<CachedUrl>>,
    /// The scopes asked for, each and no others.
    pub scopes: BTreeMap<Scope, ScopeState>,
}

impl LookUp {
    /// The generation of `scope`, as read; one that was not asked for stands at 0.
    #[must_use]
    pub fn generation(&self, scope: &Scope) -> u64 {
        self.scopes.get(scope).map_or(0, |state| state.generation)
    }

    /// The generations of `scopes`.
    #[must_use]
    pub fn generations<'a>(&self, scopes: impl IntoIterator<Item = &'a Scope>) -> Generations {
        let mut generations = Generations::default();
        for scope in scopes {
            generations.insert(scope, self.generation(scope));
        }
        generations
    }

    /// What a session belongs to that is taken at `now`. A scope counts twice for each of its generations: once on hold, when IAM may
    /// still give out sessions of the old rules, and once after it. So a session ends with the hold in which it was taken. One that was
    /// never advanced is at 0, as ever.
    #[must_use]
    pub fn generations_of_session<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a Scope>,
        now: SystemTime,
    ) -> Generations {
        let mut generations = Generations::default();
        for scope in scopes {
            let advanced = |generation| 2 * generation + u64::from(!self.on_hold([scope], now));
            generations
                .insert(scope, Some(self.generation(scope)).filter(|generation| *generation > 0).map_or(0, advanced));
        }
        generations
    }

    /// What was last seen to be the longest that AWS grants there.
    #[must_use]
    pub fn ceiling(&self, scope: &Scope) -> Option<ExpiresIn> {
        self.scopes.get(scope).and_then(|state| state.ceiling)
    }

    /// Whether any of `scopes` is on hold at `now`.
    #[must_use]
    pub fn on_hold<'a>(&self, scopes: impl IntoIterator<Item = &'a Scope>, now: SystemTime) -> bool {
        let held = |scope| self.scopes.get(scope).and_then(|state| state.hold_until).is_some_and(|until| now < until);
        scopes.into_iter().any(held)
    }
}

/// A row that a request could be answered with.
#[derive(Debug, Clone, Copy)]
pub struct WantedRow<'a> {
    pub key: &'a CacheKey,
    /// A row that does not answer this is of no use: a store that remembers rows need not offer it.
    pub asked: &'a Asked,
}

/// The most keys, of rows and scopes together, that one reading takes: one round trip.
/// Source: Amazon DynamoDB API reference, `BatchGetItem`.
pub const MOST_READ: usize = 100;

/// The most rows that one writing takes.
/// Source: Amazon DynamoDB API reference, `BatchWriteItem`.
pub const MOST_WRITTEN: usize = 25;

/// The issuer's half of the cache.
pub trait UrlCache {
    type Error: Error + Send + Sync + 'static;

    /// Reads the rows that are wanted, none of them twice, and the state of `scopes`: at most [`MOST_READ`] together. A row and
    /// the state of its scopes may be read at different moments; a row that has expired may be absent.
    fn look_up(
        &self,
        wanted: &[WantedRow<'_>],
        scopes: &[Scope],
    ) -> impl Future<Output = Result<LookUp, Self::Error>> + Send;

    /// Stores `rows`, none of them twice and at most [`MOST_WRITTEN`], each under the generations it names, whatever they are
    /// by now: if they have moved on, it is dead on arrival. When it fails, some may be stored and others not.
    fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_session_that_was_taken_on_hold_ends_with_the_hold() {
        let scope = Scope::Bucket("demo".parse().unwrap());
        let at = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let found = |generation, hold_until| LookUp {
            scopes: [(scope.clone(), ScopeState { generation, hold_until, ..ScopeState::default() })].into(),
            ..LookUp::default()
        };
        let belongs = |generation, hold_until: Option<u64>, now| {
            found(generation, hold_until.map(at)).generations_of_session([&scope], at(now))
        };
        let (before, during, after) = (belongs(1, None, 0), belongs(2, Some(9), 8), belongs(2, Some(9), 9));
        assert!(during.cover(&during) && after.cover(&after));
        assert!(!during.cover(&after), "the hold is over");
        assert!(!before.cover(&during) && !before.cover(&after), "there was a change");
        assert!(after.cover(&during), "an asker with an older memory may have the newer session");
        assert!(!after.cover(&belongs(3, Some(20), 10)), "there was another change");
        let never = belongs(0, None, 0);
        assert!(Generations::default().cover(&never) && before.cover(&never) && !never.cover(&before));
    }
}
