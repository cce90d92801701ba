//! What X-Ray shows inside an invocation: a span of it, and one of each call to AWS.
//!
//! Lambda makes a segment of each invocation that is sampled. It runs X-Ray's daemon beside the function, so that the spans of it
//! cost a datagram each and no extension.

mod document;
mod fields;
mod header;
mod invocations;
mod spans;
mod to_daemon;

pub use invocations::{InSpan, OfInvocations, Trigger};

use std::time::SystemTime;

use logging::{LevelFilter, LoggingError};

/// Sets up what a function logs, and its spans where the environment names X-Ray's daemon, which begin and end by `clock`.
///
/// A daemon that cannot be told anything is no reason not to start: the log says so.
///
/// # Errors
/// When logging was set up before.
pub fn init(level: LevelFilter, clock: fn() -> SystemTime) -> Result<(), LoggingError> {
    match spans::to_daemon_of_environment(clock) {
        Ok(spans) => logging::init_json(level, spans),
        Err(error) => {
            logging::init_json(level, None::<spans::Spans>)?;
            tracing::warn!(%error, "X-Ray is sent no spans");
            Ok(())
        }
    }
}
