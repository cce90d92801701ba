//! What X-Ray shows inside an invocation: a span of it, and one of each call to AWS.
//!
//! Lambda makes a segment of each invocation that is sampled. It runs X-Ray's daemon beside the function, so that the spans of it
//! cost a datagram each and no extension. OpenTelemetry's own exporter writes them; nothing here knows the format.

mod invocations;
mod spans;

pub use invocations::{InTrace, OfInvocations, Trigger, of_invocations};
pub use spans::{DaemonError, to_daemon};

use logging::{LevelFilter, LoggingError};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Sets up what a function logs, and its spans where the environment names X-Ray's daemon.
///
/// A daemon that cannot be told anything is no reason not to start: the log says so.
///
/// # Errors
/// When logging was set up before.
pub fn init(level: LevelFilter) -> Result<(), LoggingError> {
    match spans::to_daemon_of_environment() {
        Ok(spans) => logging::init_json(level, spans),
        Err(error) => {
            logging::init_json(level, None::<spans::Spans>)?;
            tracing::warn!(%error, "X-Ray is sent no spans");
            Ok(())
        }
    }
}

/// Says in the trace with which HTTP status the span's request was answered. As a field of the span it would be written for log lines
/// too, of which there are none any more by then.
pub fn answered(span: &Span, status: u16) {
    span.set_attribute("http.response.status_code", i64::from(status));
}
