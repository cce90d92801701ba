use std::num::NonZeroU32;
use std::time::SystemTime;

use authorize_callers::UsageKeys;
use http_api::{Caller, Problem, Rate};

/// What stands in for the usage plan of a REST API: it counts the requests of each key, as the deployed authorizer gives keys to
/// callers.
pub struct UsagePlan {
    keys: UsageKeys,
    rate: Rate,
}

/// As many as `template.yaml` has.
const KEYS: NonZeroU32 = NonZeroU32::MIN.saturating_add(31);

impl UsagePlan {
    /// So many requests a second of each key, and as many at once.
    pub fn new(per_second: NonZeroU32) -> Self {
        Self { keys: UsageKeys::new("presigned-urls-local-caller-".to_owned(), KEYS), rate: Rate::new(per_second) }
    }

    /// Counts a request of `caller`.
    ///
    /// # Errors
    /// When there were too many of its key.
    pub fn admit(&self, caller: &Caller, now: SystemTime) -> Result<(), Problem> {
        let counted = self.rate.admit(&self.keys.of(caller.name()), now);
        counted.map_err(|too_often| Problem::too_many_requests(too_often.retry_after))
    }
}
