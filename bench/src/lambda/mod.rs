//! The deployed programs as Lambda runs them: started by a runtime API on loopback, that hands them their events.

mod cold_start;
mod environment;
mod function;
mod throughput;

pub use cold_start::{ColdStart, First, Start, cold_starts};
pub use environment::{Environment, of_lambda, of_ours};
pub use function::Function;
pub use throughput::{Handler, Warm, warm};
