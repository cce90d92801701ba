use std::collections::{BTreeMap, BTreeSet};

use presign::policy_change::TABLE;

/// Names of events by their source, such as `iam.amazonaws.com`.
pub type EventNames = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// The events that the invalidator understands.
#[must_use]
pub fn understood() -> EventNames {
    let mut understood = EventNames::new();
    for row in TABLE {
        understood.entry(row.source).or_default().extend(row.events);
    }
    understood
}
