use std::time::Duration;

use serde::Deserialize;

use crate::bounded::Bounded;

/// How the cache behaves, whatever the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "CacheTable")]
pub struct CacheSettings {
    /// How long after a policy change nothing is stored: IAM's changes take "a few minutes" to hold everywhere.
    pub hold: Duration,
    /// How long an instance may trust what it last read; zero makes every request read the table.
    pub staleness: Duration,
    /// How long a request waits for the table before it goes on without.
    pub timeout: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CacheTable {
    hold_seconds: Option<Bounded<0, 3600>>,
    staleness_milliseconds: Option<Bounded<0, 60_000>>,
    timeout_milliseconds: Option<Bounded<10, 10_000>>,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { hold: Duration::from_mins(2), staleness: Duration::from_secs(1), timeout: Duration::from_millis(250) }
    }
}

impl From<CacheTable> for CacheSettings {
    fn from(table: CacheTable) -> Self {
        let default = Self::default();
        Self {
            hold: table.hold_seconds.map_or(default.hold, Bounded::seconds),
            staleness: table.staleness_milliseconds.map_or(default.staleness, Bounded::milliseconds),
            timeout: table.timeout_milliseconds.map_or(default.timeout, Bounded::milliseconds),
        }
    }
}
