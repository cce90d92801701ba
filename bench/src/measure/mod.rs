//! Interleaved rounds, so that what else runs on the machine slows everyone alike.

mod contender;
mod figure;
mod latency;
mod rounds;

pub use contender::{Contender, InProcess, thread_time};
pub use figure::Figure;
pub use latency::Latency;
pub use rounds::{Effort, interleave};
