//! The deployed programs as Lambda runs them: started by a runtime API on loopback, that hands them their events.

mod cold_start;
mod environment;
mod function;
mod logged;
mod one_processor;
mod throughput;

use anyhow::{Context, Result};
pub use cold_start::{ColdStart, First, Start, cold_starts};
pub use environment::{Environment, of_lambda, of_ours};
pub use function::Function;
pub use logged::{Logged, logged};
pub use one_processor::on_one_processor;
pub use throughput::{Handler, Warm, warm};

/// The names of those that others are compared with, or that goals or costs are worked out from.
pub const BARE_RUNTIME: &str = "bare runtime";
pub const ISSUER: &str = "issue-urls";
pub const INVALIDATOR: &str = "invalidate-urls";
pub const ECHO: &str = "echo";
pub const HIT: &str = "issue-urls, a hit in memory";
pub const HIT_IN_OTHER_WORDS: &str = "the same, asked for in other words each time";
pub const HIT_IN_TABLE: &str = "issue-urls, a hit in the table";

/// What was measured of functions.
pub struct Functions {
    pub cold_starts: Vec<ColdStart>,
    pub warm: Vec<Warm>,
    pub logged: Logged,
}

impl Functions {
    pub fn start_of(&self, name: &str) -> Result<&ColdStart> {
        let found = self.cold_starts.iter().find(|start| start.name == name);
        found.with_context(|| format!("no start of `{name}` was measured"))
    }

    pub fn warm_of(&self, name: &str) -> Result<&Warm> {
        let found = self.warm.iter().find(|warm| warm.name == name);
        found.with_context(|| format!("no events of `{name}` were measured"))
    }
}
