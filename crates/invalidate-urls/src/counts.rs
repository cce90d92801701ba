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

/// How late a scope was advanced, and for how long that is felt; or of several scopes, the longest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delays {
    /// The time since the first of the changes, as far as it is known.
    pub lag: Option<Duration>,
    /// How long caching pauses from now on.
    pub hold: Option<Duration>,
}

impl Delays {
    pub fn longest(self, other: Self) -> Self {
        Self { lag: self.lag.max(other.lag), hold: self.hold.max(other.hold) }
    }

    /// Counts those of a delivery. The embedded metric format takes a hundred values of a figure, and a delivery may advance more scopes.
    pub fn count(self) {
        for (name, delay) in [("InvalidationLag", self.lag), ("Hold", self.hold)] {
            if let Some(delay) = delay {
                histogram!(name).record(delay);
            }
        }
    }
}

/// Counts a scope whose earlier URLs are served no more, by its kind.
pub fn count_advance(scope: &Scope) {
    let kind = match scope {
        Scope::Account(_) => "account",
        Scope::Principal(_) => "principal",
        Scope::Sessions(_) => "sessions",
        Scope::Bucket(_) => "bucket",
        Scope::KmsKey(_) => "key",
    };
    counter!("ScopeAdvanced", "Kind" => kind).increment(1);
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

/// Counts a delivery that could not be handled, and will be repeated.
pub fn count_failure(error: &InvalidateError) {
    counter!("EventFailed", "Kind" => error.kind()).increment(1);
}
