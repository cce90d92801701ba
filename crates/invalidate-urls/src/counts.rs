use std::time::Duration;

use metrics::{Unit, counter, describe_histogram, histogram};
use presign::generation::Scope;

use crate::InvalidateError;
use crate::outcome::Outcome;

/// Says what the figures are in, to whatever counts them.
pub fn describe() {
    describe_histogram!("InvalidationLag", Unit::Seconds, "");
    describe_histogram!("Hold", Unit::Seconds, "");
}

/// Counts a scope whose earlier URLs are served no more, by its kind. `lag` is the time since the first of the changes, as far as
/// it is known; `hold` how long caching pauses from now on.
pub fn count_advance(scope: &Scope, lag: Option<Duration>, hold: Duration) {
    let kind = match scope {
        Scope::Account(_) => "account",
        Scope::Principal(_) => "principal",
        Scope::Sessions(_) => "sessions",
        Scope::Bucket(_) => "bucket",
        Scope::KmsKey(_) => "key",
    };
    counter!("ScopeAdvanced", "Kind" => kind).increment(1);
    if let Some(lag) = lag {
        histogram!("InvalidationLag").record(lag);
    }
    histogram!("Hold").record(hold);
}

/// Counts the events of a delivery that asked for no advance, by the reason.
pub fn count_events(outcome: &Outcome) {
    let counts = [
        ("EventIrrelevant", outcome.irrelevant),
        ("EventRepeated", outcome.repeated),
        ("EventUnchanged", outcome.unchanged),
        ("EventUnknown", outcome.unknown),
    ];
    for (name, count) in counts {
        counter!(name).increment(count as u64);
    }
}

/// Counts what could not be handled, and will be delivered again.
pub fn count_failure(error: &InvalidateError) {
    counter!("EventFailed", "Kind" => error.kind()).increment(1);
}
