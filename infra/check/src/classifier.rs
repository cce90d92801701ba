use std::collections::{BTreeMap, BTreeSet};

use presign::policy_change::TABLE;

/// The names of the events that the invalidator understands, by their source.
pub fn known_events() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut known: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in TABLE {
        known.entry(row.source).or_default().extend(row.events);
    }
    known
}
