//! The deployed programs as Lambda runs them: started by a runtime API on loopback, that hands them their events.

mod binaries;
mod cold_start;
mod function;
mod runtime_api;
mod throughput;

pub use binaries::{Binaries, Environment};
pub use cold_start::{ColdStart, cold_starts};
pub use throughput::{Warm, warm};
