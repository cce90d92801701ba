//! The functions' metrics: counted through the `metrics` facade, and written to the log in CloudWatch's embedded metric format,
//! of which CloudWatch makes metrics by itself. No call, no permission, no waiting.
//! Source: Amazon CloudWatch user guide, "Specification: Embedded metric format".

use std::fmt;
use std::io::{self, Write};

use metrics_cloudwatch_embedded::{Builder, Collector};

/// The setting that names the namespace. Where it is not set, nothing is counted.
const NAMESPACE: &str = "PRESIGN_METRICS_NAMESPACE";

/// What has been counted since it was last written.
#[derive(Clone, Copy)]
pub struct EmbeddedMetrics(Option<&'static Collector>);

#[derive(thiserror::Error)]
pub enum MetricsError {
    #[error(
        "`{NAMESPACE}` is `{0}`: CloudWatch takes 1 to 255 letters, digits, spaces and `.-_/#:` for a namespace, and keeps `AWS/` for itself"
    )]
    Namespace(String),
    #[error("metrics cannot be counted: {0}")]
    Init(String),
}

/// What `main` prints of an error that it ends with.
impl fmt::Debug for MetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl EmbeddedMetrics {
    /// Counts for the namespace that the environment names, from now on and in the whole process.
    ///
    /// # Errors
    /// When CloudWatch takes no such namespace, or something counts already.
    pub fn of_environment() -> Result<Self, MetricsError> {
        match std::env::var(NAMESPACE) {
            Ok(namespace) if !namespace.is_empty() => Self::in_namespace(namespace),
            _ => Ok(Self(None)),
        }
    }

    /// Counts for `namespace`, from now on and in the whole process.
    ///
    /// # Errors
    /// When CloudWatch takes no such namespace, or something counts already.
    pub fn in_namespace(namespace: String) -> Result<Self, MetricsError> {
        if !is_namespace(&namespace) {
            return Err(MetricsError::Namespace(namespace));
        }
        let collector = Builder::new().cloudwatch_namespace(namespace).init();
        Ok(Self(Some(collector.map_err(|error| MetricsError::Init(error.to_string()))?)))
    }

    /// Writes to standard output what an invocation has counted, before it ends: the instance may be frozen then, or never
    /// run again.
    pub fn write(self) {
        // Whole lines, so that none is torn apart by a log line.
        let mut lines = vec![];
        let written = self.write_to(&mut lines).and_then(|()| io::stdout().lock().write_all(&lines));
        if let Err(error) = written {
            tracing::warn!(%error, "metrics could not be written");
        }
    }

    /// # Errors
    /// The writer's.
    pub fn write_to(self, writer: impl Write) -> io::Result<()> {
        self.0.map_or(Ok(()), |collector| collector.flush(writer))
    }
}

/// Source: Amazon CloudWatch user guide, "Concepts".
fn is_namespace(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#: ".contains(c);
    (1..=255).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with("AWS/")
}
