use std::collections::BTreeMap;
use std::time::SystemTime;

use super::{Ceiling, Part, Recalled, Record, Renewal, Sight};
use crate::generation::{Generations, Scope};

/// What a look, compared with the one before, comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub renewal: Renewal,
    /// The parts that look otherwise than before.
    pub changed: Vec<Part>,
    /// Whether the look *before* this one found a change, and no event has told of it to this day.
    pub missed: bool,
    /// Whether the ceiling is another than before.
    pub corrected: bool,
}

/// Compares what is seen of `scope` with what is kept of it.
///
/// What looks otherwise is advanced, even if an event has advanced it since the last look: there may have been another
/// change, and its event may be the one that is missing. To advance once too often costs a signature; once too seldom, a
/// dead URL. Whether an event told of the change decides only whether it counts as missed; and that is decided at the next
/// look, since an event may take minutes.
#[must_use]
pub fn compare(scope: &Scope, before: &Recalled, sight: &Sight, hold_until: SystemTime) -> Judgement {
    let kept = before.record.clone().unwrap_or_default();
    let mut parts = kept.parts.clone();
    let mut changed = vec![];
    let mut unexplained = false;
    let mut unseen_since = BTreeMap::new();
    for (part, seen) in &sight.parts {
        let seen_at = kept.unseen_since.get(part).unwrap_or(&kept.generations);
        // What could not be looked at stays as it was last seen: it is compared again once it can be.
        let Ok(seen) = seen else {
            if parts.contains_key(part) {
                unseen_since.insert(*part, seen_at.clone());
            }
            continue;
        };
        if parts.insert(*part, seen.clone()).is_some_and(|known| known != *seen) {
            unexplained |= *seen_at == before.generations;
            changed.push(*part);
        }
    }
    let ceiling = match sight.ceiling {
        Ceiling::Unseen => before.state.ceiling,
        Ceiling::None => None,
        Ceiling::At(longest) => Some(longest),
    };
    let known = before.state.ceiling;
    // URLs that are cached may promise more than the bucket now grants. Sessions that are held keep what they were given.
    let promised_too_much =
        matches!(scope, Scope::Bucket(_)) && ceiling.is_some_and(|longest| known.is_none_or(|known| longest < known));
    let advances = !changed.is_empty() || promised_too_much;
    let mut generations = before.generations.clone();
    if advances {
        // Of what is hidden too: else this would be taken for an event that told of it.
        for stand in unseen_since.values_mut().chain([&mut generations]) {
            *stand = advanced(stand, scope);
        }
    }
    let record = Record { parts, generations, unseen_since, unexplained };
    Judgement {
        renewal: Renewal { record, advance: advances.then_some(hold_until), ceiling },
        changed,
        missed: kept.unexplained && kept.generations == before.generations,
        corrected: ceiling != known,
    }
}

fn advanced(generations: &Generations, scope: &Scope) -> Generations {
    let scope = scope.to_string();
    generations.iter().map(|(name, n)| (name.to_owned(), if name == scope { n + 1 } else { n })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::{Fingerprint, Unseen};

    /// A look at a key's state and policy, and what the table holds after it.
    fn look(scope: &Scope, before: &Recalled, seen: [Option<&str>; 2]) -> (Judgement, Recalled) {
        let seen = seen.map(|look| look.map(|look| Fingerprint::of([look])).ok_or(Unseen("AccessDenied".to_owned())));
        let parts = [Part::KeyState, Part::KeyPolicy].into_iter().zip(seen).collect();
        let judgement = compare(scope, before, &Sight { parts, ceiling: Ceiling::Unseen }, SystemTime::UNIX_EPOCH);
        let mut after = Recalled { record: Some(judgement.renewal.record.clone()), ..before.clone() };
        if judgement.renewal.advance.is_some() {
            after.generations = advanced(&before.generations, scope);
        }
        (judgement, after)
    }

    #[test]
    fn an_event_explains_what_a_look_could_not_see_though_that_look_saw_another_change() {
        let scope = Scope::KmsKey("arn:aws:kms:eu-central-1:123456789012:key/k1".parse().unwrap());
        for told in [true, false] {
            let mut before = Recalled::default();
            before.generations.insert(&scope, 5);
            let (_, mut before) = look(&scope, &before, [Some("a"), Some("a")]);
            if told {
                before.generations = advanced(&before.generations, &scope);
            }
            let (of_policy, before) = look(&scope, &before, [None, Some("b")]);
            assert_eq!((of_policy.changed, of_policy.missed), (vec![Part::KeyPolicy], false));
            let (of_state, before) = look(&scope, &before, [Some("b"), Some("b")]);
            assert_eq!((of_state.changed, of_state.missed), (vec![Part::KeyState], !told));
            let (nothing, _) = look(&scope, &before, [Some("b"), Some("b")]);
            assert_eq!((nothing.changed, nothing.missed), (vec![], !told));
        }
    }

    #[test]
    fn what_no_event_tells_is_missed_beside_a_part_that_stays_hidden() {
        let scope = Scope::KmsKey("arn:aws:kms:eu-central-1:123456789012:key/k1".parse().unwrap());
        let mut before = Recalled::default();
        before.generations.insert(&scope, 5);
        let (_, before) = look(&scope, &before, [Some("a"), Some("a")]);
        let (_, mut before) = look(&scope, &before, [None, Some("a")]);
        before.generations = advanced(&before.generations, &scope);
        let (told, before) = look(&scope, &before, [None, Some("b")]);
        assert_eq!((told.changed, told.missed), (vec![Part::KeyPolicy], false));
        let (nothing, before) = look(&scope, &before, [None, Some("b")]);
        assert_eq!((nothing.changed, nothing.missed), (vec![], false));
        let (untold, before) = look(&scope, &before, [None, Some("c")]);
        assert_eq!((untold.changed, untold.missed), (vec![Part::KeyPolicy], false));
        let (nothing, before) = look(&scope, &before, [None, Some("c")]);
        assert_eq!((nothing.changed, nothing.missed), (vec![], true));

        // Where one change is explained by an event of the time that its part was hidden, another is not.
        let (both, before) = look(&scope, &before, [Some("b"), Some("d")]);
        assert_eq!((both.changed, both.missed), (vec![Part::KeyState, Part::KeyPolicy], false));
        let (nothing, before) = look(&scope, &before, [Some("b"), Some("d")]);
        assert_eq!((nothing.changed, nothing.missed), (vec![], true));
        let (nothing, _) = look(&scope, &before, [Some("b"), Some("d")]);
        assert_eq!((nothing.changed, nothing.missed), (vec![], false));
    }
}
