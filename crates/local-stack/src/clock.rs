use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_types::sdk_config::TimeSource;

/// The stack's clock: the machine's, or so much ahead of it as it has been put. Clones are put together.
#[derive(Debug, Clone, Default)]
pub struct StackClock {
    ahead_millis: Arc<AtomicU64>,
}

impl StackClock {
    #[expect(clippy::disallowed_methods, reason = "the stack's wiring: the only place that reads the clock")]
    pub fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_millis(self.ahead_millis.load(Ordering::Relaxed))
    }

    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_millis.fetch_add(by, Ordering::Relaxed);
    }
}

/// What the functions' requests are signed by.
impl TimeSource for StackClock {
    fn now(&self) -> SystemTime {
        self.now()
    }
}
