use std::process::ExitCode;

/// What the exit status says; the manual lists the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done; or no certain or likely cause was found.
    Fine,
    /// A cause was found; or S3 refused, and the diagnosis was printed.
    CauseFound,
    /// The command line, or what it names, cannot be used: a file that cannot be read or written, too.
    BadUsage,
    /// The service refused, or it or S3 could not be reached.
    Failed,
}

/// An error that is the user's to correct.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadInput(pub String);

impl Outcome {
    pub fn of(error: &anyhow::Error) -> Self {
        if error.downcast_ref::<BadInput>().is_some() { Self::BadUsage } else { Self::Failed }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Fine => 0,
            Outcome::CauseFound => 1,
            Outcome::BadUsage => 2,
            Outcome::Failed => 3,
        })
    }
}
