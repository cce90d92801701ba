use std::time::Duration;

use presign::request::WholeNumber;
use serde::Deserialize;

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
    hold_seconds: Option<WholeNumber<0, 3600>>,
    staleness_milliseconds: Option<WholeNumber<0, 60_000>>,
    timeout_milliseconds: Option<WholeNumber<10, 10_000>>,
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
            hold: table.hold_seconds.map_or(default.hold, |hold| Duration::from_secs(hold.get())),
            staleness: table
                .staleness_milliseconds
                .map_or(default.staleness, |staleness| Duration::from_millis(staleness.get())),
            timeout: table.timeout_milliseconds.map_or(default.timeout, |timeout| Duration::from_millis(timeout.get())),
        }
    }
}
