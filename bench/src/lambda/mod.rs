//! The deployed programs as Lambda runs them: started by a runtime API on loopback, that hands them their events.

mod cold_start;
mod environment;
mod function;
mod logged;
mod one_processor;
mod throughput;

pub use cold_start::{ColdStart, First, Start, cold_starts};
pub use environment::{Environment, of_lambda, of_ours};
pub use function::Function;
pub use logged::{Logged, logged};
pub use one_processor::on_one_processor;
pub use throughput::{Handler, Warm, warm};

/// What was measured of functions.
pub struct Functions {
    /// The bare runtime first, the issuer second, the invalidator third.
    pub cold_starts: Vec<ColdStart>,
    /// The echo first, the issuer second, third the issuer that is asked in other words each time, and fifth the one that reads its URL
    /// from the table.
    pub warm: Vec<Warm>,
    pub logged: Logged,
}
