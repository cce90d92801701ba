use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use presign::cache::LookUp;
use presign::generation::Scope;
use presign::lifetime::{Ceilings, ExpiresIn};

/// What an instance has last read of the longest that AWS grants: while the cache does not answer, no URL is to promise more. It has a place
/// for each bucket and role of the settings, and no more.
#[derive(Debug, Default)]
pub struct KnownCeilings(Mutex<BTreeMap<Scope, ExpiresIn>>);

impl KnownCeilings {
    /// The ceilings of what depends on `scopes`: as `found` now, and else as they were found last.
    pub fn of(&self, found: Option<&LookUp>, scopes: &[Scope]) -> Ceilings {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = found {
            for scope in scopes.iter().filter(|scope| Ceilings::are_about(scope)) {
                match found.ceiling(scope) {
                    Some(ceiling) => known.insert(scope.clone(), ceiling),
                    None => known.remove(scope),
                };
            }
        }
        Ceilings::of(scopes.iter().map(|scope| (scope, known.get(scope).copied())))
    }
}

#[cfg(test)]
mod tests {
    use presign::cache::ScopeState;

    use super::*;

    fn found(scope: &Scope, seconds: Option<u64>) -> LookUp {
        let ceiling = seconds.map(|seconds| ExpiresIn::from_seconds(seconds).unwrap());
        LookUp {
            scopes: [(scope.clone(), ScopeState { ceiling, ..ScopeState::default() })].into(),
            ..LookUp::default()
        }
    }

    #[test]
    fn while_nothing_is_found_what_was_found_last_holds() {
        let known = KnownCeilings::default();
        let scope = Scope::Bucket("demo".parse().unwrap());
        let age = |found: Option<&LookUp>| {
            known.of(found, std::slice::from_ref(&scope)).signature_age.map(|age| u64::from(age.seconds()))
        };
        assert_eq!(age(None), None, "nothing is known yet");
        for seconds in [Some(600), Some(60), None, Some(900)] {
            assert_eq!(age(Some(&found(&scope, seconds))), seconds);
            assert_eq!(age(None), seconds);
        }
        let other = Scope::Bucket("other".parse().unwrap());
        assert_eq!(known.of(None, &[other]), Ceilings::default());
    }
}
