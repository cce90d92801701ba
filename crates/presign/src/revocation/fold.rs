//! Which of a role's policies become one, so that its 10,240 characters last.

use std::time::{Duration, SystemTime};

use super::RevocationName;
use crate::attribution::Whose;

/// How many become one: single ones, or folds of single ones.
pub const FOLD_SIZE: usize = 8;

/// How many single ones there are before the oldest are folded. What a fold kills besides its members is younger than they are
/// and older than all that are left single: mostly, nothing that still lives.
const SINGLE_ONES: usize = 16;
/// The same of folds of single ones. Folds of these are left as they are.
const FOLDS: usize = 8;

/// Of those that are to become one the candidates, oldest first; none where there is room yet. What is not over at `now`, for a
/// clock that is `skew` behind, is none: to fold it would kill sessions that are yet to be taken.
#[must_use]
pub fn foldable(names: &[RevocationName], now: SystemTime, skew: Duration) -> Vec<&RevocationName> {
    for whose in [Whose::Tenant, Whose::Caller] {
        for (of_tags, enough) in [(1..=1, SINGLE_ONES), (2..=FOLD_SIZE, FOLDS)] {
            let is_one = |name: &RevocationName| {
                name.tags().is_some_and(|(of, tags)| of == whose && of_tags.contains(&tags))
                    && name.cut_off().wait(now, skew).is_zero()
            };
            let mut candidates: Vec<_> = names.iter().filter(|name| is_one(name)).collect();
            if candidates.len() >= enough {
                candidates.sort_by_key(|name| name.cut_off());
                return candidates;
            }
        }
    }
    vec![]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::CutOff;
    use super::*;

    fn singles(whose: Whose, count: u64) -> Vec<RevocationName> {
        let name = |i: u64| RevocationName::of_tags(whose, &[i.to_string()].into(), CutOff::of_seconds(1_000 - i));
        (0..count).map(name).collect()
    }

    fn folded(names: &[RevocationName]) -> Vec<&RevocationName> {
        foldable(names, SystemTime::UNIX_EPOCH + Duration::from_secs(1_001), Duration::from_millis(200))
    }

    #[test]
    fn the_oldest_are_folded_once_there_are_twice_as_many() {
        let names = singles(Whose::Tenant, 16);
        assert_eq!(folded(&names).first(), names.last().as_ref(), "the last is the oldest");
        assert!(folded(names.get(1..).unwrap()).is_empty());
    }

    #[test]
    fn tenants_and_callers_are_not_counted_together() {
        let names = [singles(Whose::Tenant, 15), singles(Whose::Caller, 15)].concat();
        assert!(folded(&names).is_empty());
        let names = [singles(Whose::Tenant, 15), singles(Whose::Caller, 16)].concat();
        assert!(folded(&names).iter().all(|name| name.tags().is_some_and(|(whose, _)| whose == Whose::Caller)));
    }

    #[test]
    fn folds_are_folded_among_themselves_and_what_comes_of_it_no_more() {
        let fold = |tags: u64, seconds| {
            let values: BTreeSet<_> = (0..tags).map(|i| format!("{seconds}-{i}")).collect();
            RevocationName::of_tags(Whose::Tenant, &values, CutOff::of_seconds(seconds))
        };
        let names: Vec<_> = (0..8).map(|i| fold(8, i)).collect();
        assert_eq!(folded(&names).len(), 8);
        let names: Vec<_> = (0..20).map(|i| fold(64, i)).collect();
        assert!(folded(&names).is_empty());
    }

    #[test]
    fn what_is_yet_to_come_is_not_folded() {
        let names = singles(Whose::Tenant, 16);
        assert!(
            foldable(&names, SystemTime::UNIX_EPOCH + Duration::from_secs(1_000), Duration::from_millis(200))
                .is_empty()
        );
    }
}
