//! Invalidates cached URLs when the policies they depend on change: reads an event, finds the generations it concerns, and
//! advances them.

mod delivery;
mod error;
mod event;
mod invalidator;
mod outcome;

pub use error::InvalidateError;
pub use invalidator::{App, Invalidator, connect};
pub use outcome::{Advanced, Answer, Outcome};
