//! What is logged. The project's own crates log at the level that `PRESIGN_LOG` says; libraries only warn, whatever it says:
//! below that they may print requests and answers, and those hold URLs and session tokens.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// The project's own crates, whose log lines are known to carry no secret.
const OWN: &[&str] = &[
    "presign",
    "settings",
    "url_cache",
    "signing_session",
    "issue_urls",
    "invalidate_urls",
    "local_aws",
    "local_stack",
];

#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error("`PRESIGN_LOG` is `{0}`, and not one of off, error, warn, info, debug and trace")]
    Level(String),
    #[error(transparent)]
    Init(#[from] TryInitError),
}

/// A line of JSON for each event on standard output: what CloudWatch Logs can query.
///
/// # Errors
/// When `PRESIGN_LOG` is no level, or logging was set up before.
pub fn init_json() -> Result<(), LoggingError> {
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(io::stdout);
    tracing_subscriber::registry().with(filter(level("info")?)).with(layer).try_init()?;
    Ok(())
}

/// Lines for people, on `writer`.
///
/// # Errors
/// When `PRESIGN_LOG` is no level, or logging was set up before.
pub fn init_text<W>(writer: W) -> Result<(), LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    tracing_subscriber::registry().with(filter(level("warn")?)).with(layer).try_init()?;
    Ok(())
}

fn level(default: &str) -> Result<LevelFilter, LoggingError> {
    let text = std::env::var("PRESIGN_LOG").unwrap_or_else(|_| default.to_owned());
    text.parse().map_err(|_| LoggingError::Level(text))
}

/// The project at `level`, everything else at `warn`.
fn filter(level: LevelFilter) -> Targets {
    let own = OWN.iter().map(|name| (*name, level));
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_targets(own)
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
