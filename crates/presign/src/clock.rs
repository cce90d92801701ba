use std::sync::Arc;
use std::time::SystemTime;

/// Where adapters get the time from: handed in by the wiring, which alone may read the machine's clock.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;
