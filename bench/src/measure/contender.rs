use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};

/// One of those that are measured side by side.
pub trait Contender {
    fn name(&self) -> &str;

    /// Does its work so many times, and says what processor time that took.
    ///
    /// # Errors
    /// When the work fails.
    fn run(&mut self, times: u32) -> Result<Duration>;
}

/// Work of this process, on one thread.
pub struct InProcess<F> {
    name: &'static str,
    work: F,
}

impl<F> InProcess<F> {
    pub fn new(name: &'static str, work: F) -> Self {
        Self { name, work }
    }
}

impl<T, F: FnMut() -> Result<T>> Contender for InProcess<F> {
    fn name(&self) -> &str {
        self.name
    }

    fn run(&mut self, times: u32) -> Result<Duration> {
        let begun = thread_time();
        for _ in 0..times {
            black_box((self.work)()?);
        }
        Ok(thread_time().saturating_sub(begun))
    }
}

/// The processor time of this thread: waiting for a processor that others use is no part of it.
#[must_use]
pub fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanoseconds)
}
