use lambda_runtime::Diagnostic;
use presign::generation::Scope;
use presign::policy_change::{ApiCallError, MalformedChange};

/// Why an event was not handled. It is then delivered again, and in the end to the dead-letter queue: never lost.
#[derive(Debug, thiserror::Error)]
pub enum InvalidateError {
    #[error("what was delivered is neither an EventBridge event nor a batch from SQS or SNS: {0}")]
    NotAnEvent(String),
    #[error(transparent)]
    NotARecord(#[from] ApiCallError),
    #[error(transparent)]
    MalformedChange(#[from] MalformedChange),
    /// The event is good: handled again, it will succeed once the table answers.
    #[error("{count} of the scopes could not be advanced, the first of them `{first}`: {reason}")]
    Ledger { count: usize, first: Scope, reason: String },
}

impl InvalidateError {
    /// Stable, so that alarms can count by it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotAnEvent(_) | Self::NotARecord(_) | Self::MalformedChange(_) => "MalformedEvent",
            Self::Ledger { .. } => "LedgerUnavailable",
        }
    }
}

impl From<InvalidateError> for Diagnostic {
    fn from(error: InvalidateError) -> Self {
        Self { error_type: error.kind().to_owned(), error_message: error.to_string() }
    }
}
