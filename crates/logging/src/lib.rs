//! What is logged. The project's own crates log at the level that `PRESIGN_LOG` says; libraries only warn, whatever it says:
//! below that they may print requests and answers, and those hold URLs and session tokens.

mod json_lines;
mod standard_output;

use std::error::Error;
use std::fmt;

pub use standard_output::together;
pub use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Identity, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry};

use json_lines::JsonLines;
use standard_output::StandardOutput;

/// The project's own crates, whose log lines are known to carry no secret.
const OWN: &[&str] = &[
    "presign",
    "logging",
    "settings",
    "url_cache",
    "signing_session",
    "http_api",
    "https_connector",
    "authorize_callers",
    "issue_urls",
    "operate_urls",
    "invalidate_urls",
    "reconcile_urls",
    "diagnose_urls",
    "s3_calls",
    "embedded_metrics",
    "traces",
    "local_aws",
    "local_stack",
];

#[derive(thiserror::Error)]
pub enum LoggingError {
    #[error("`PRESIGN_LOG` is `{0}`, and not one of off, error, warn, info, debug and trace")]
    Level(String),
    #[error(transparent)]
    Init(#[from] TryInitError),
}

/// What `main` prints of an error that it ends with: nothing logs yet.
impl fmt::Debug for LoggingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What went wrong, and what caused it, in the errors' own words. Not their `Debug`: the SDKs' holds whole answers, and
/// those hold credentials and URLs.
#[must_use]
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The level that `PRESIGN_LOG` names, or `default`.
///
/// # Errors
/// When it names none.
pub fn level_of_environment(default: LevelFilter) -> Result<LevelFilter, LoggingError> {
    match std::env::var("PRESIGN_LOG") {
        Ok(text) => text.parse().map_err(|_| LoggingError::Level(text)),
        Err(_) => Ok(default),
    }
}

/// A line of JSON for each event on standard output: what CloudWatch Logs can query. `spans` sees what the program does too, by
/// filters of its own.
///
/// # Errors
/// When logging was set up before.
pub fn init_json<L>(level: LevelFilter, spans: L) -> Result<(), LoggingError>
where
    L: Layer<Registry> + Send + Sync,
{
    init_lines(level, spans, || StandardOutput)
}

/// The same lines on `writer`, and no spans.
///
/// # Errors
/// When logging was set up before.
pub fn init_json_to<W>(level: LevelFilter, writer: W) -> Result<(), LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    init_lines(level, Identity::new(), writer)
}

/// A panic is such a line too, and says where it was, but not what: what went wrong may hold a secret.
fn init_lines<L, W>(level: LevelFilter, spans: L, writer: W) -> Result<(), LoggingError>
where
    L: Layer<Registry> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().fmt_fields(JsonLines).event_format(JsonLines).with_writer(writer);
    tracing_subscriber::registry().with(spans).with(lines.with_filter(filter(level))).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "the function has panicked");
        standard_output::write_kept(&mut std::io::stdout());
    }));
    Ok(())
}

/// Lines for people, on `writer`.
///
/// # Errors
/// When logging was set up before.
pub fn init_text<W>(level: LevelFilter, writer: W) -> Result<(), LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    tracing_subscriber::registry().with(filter(level)).with(layer).try_init()?;
    Ok(())
}

/// The project at `level`, everything else at `warn`.
fn filter(level: LevelFilter) -> Targets {
    let own = OWN.iter().map(|name| (*name, level));
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(own)
        // Of all that it says, what names the invocation and its trace.
        .with_target("lambda_runtime::layers::trace", LevelFilter::INFO)
        // The local S3 takes every request it refuses for an error of its own.
        .with_target("s3s", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_never_say_more_than_warnings() {
        let filter = filter(LevelFilter::TRACE);
        assert!(filter.would_enable("issue_urls::issuer", &Level::TRACE));
        assert!(!filter.would_enable("aws_smithy_runtime::client", &Level::INFO));
        assert!(filter.would_enable("hyper", &Level::WARN));
    }
}
