use std::io;
use std::time::SystemTime;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::{Layer, Registry};

use crate::invocations::TARGET;
use crate::to_daemon::ToDaemon;

/// What makes spans of X-Ray of those of the program.
pub(crate) type Spans = Box<dyn Layer<Registry> + Send + Sync>;

/// Why there are no spans.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DaemonError {
    #[error("`{DAEMON}` is `{0}`, and not an IP address and a port")]
    Address(String),
    #[error("there is no socket for what X-Ray's daemon is sent: {0}")]
    Socket(#[from] io::Error),
}

/// Where Lambda's daemon listens, for datagrams.
const DAEMON: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// To the daemon that Lambda runs beside the function; none elsewhere.
pub(crate) fn to_daemon_of_environment(clock: fn() -> SystemTime) -> Result<Option<Spans>, DaemonError> {
    let Ok(address) = std::env::var(DAEMON) else { return Ok(None) };
    let daemon = address.parse().map_err(|_| DaemonError::Address(address))?;
    // Of the SDKs it is the span that each operation is.
    let targets = Targets::new()
        .with_target(TARGET, LevelFilter::INFO)
        .with_target("http_api", LevelFilter::INFO)
        .with_target("s3_calls", LevelFilter::INFO)
        .with_target("aws_sdk_", LevelFilter::DEBUG);
    let layer = ToDaemon::new(daemon, clock)?.with_filter(targets.and(filter_fn(is_no_log_line)));
    Ok(Some(layer.boxed()))
}

fn is_no_log_line(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
}
