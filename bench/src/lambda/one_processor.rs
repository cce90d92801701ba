use std::thread;

use anyhow::{Context, Result, anyhow};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Has `work`, and every program that it starts, run on one processor: of a whole one an instance has less, with its runtime API. Left to
/// the scheduler, a function and whoever sends it events come to be on one processor or on two, and stay so for a whole run. On two, each
/// event waits for an idle processor to wake, twice, which takes as long as a function does, and makes the quicker of two seem no quicker.
pub fn on_one_processor<T: Send>(work: impl AsyncFnOnce() -> Result<T> + Send) -> Result<T> {
    let on_its_own_thread = || {
        let allowed = sched_getaffinity(None)?;
        let last = (0..CpuSet::MAX_CPU).rev().find(|processor| allowed.is_set(*processor));
        let mut one = CpuSet::new();
        one.set(last.context("this thread may run on no processor")?);
        // What a thread starts may run where it may.
        sched_setaffinity(None, &one)?;
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
    };
    thread::scope(|scope| scope.spawn(on_its_own_thread).join()).map_err(|_| anyhow!("the thread has panicked"))?
}
