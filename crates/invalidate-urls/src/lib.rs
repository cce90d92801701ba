//! Invalidates cached URLs when the policies they depend on change: reads an event, finds the generations it concerns, and
//! advances them.

mod counts;
mod delivery;
mod error;
mod event;
mod iam_directory;
mod invalidator;
mod named;
mod outcome;
mod plan;
mod resolution;

pub use counts::describe as describe_metrics;
pub use error::InvalidateError;
pub use iam_directory::{IamDirectory, IamDirectoryError};
pub use invalidator::{App, Invalidator, connect};
pub use outcome::{AdvancedScope, Answer, Outcome};
