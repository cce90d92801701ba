//! Looks at what the signing roles, buckets and keys are like now, and invalidates what was signed before a change whose
//! event never came.

mod account;
mod look;
mod outcome;
mod reconciler;

pub use account::Account;
pub use outcome::{Reconciled, UnseenPart};
pub use reconciler::{App, ReconcileError, Reconciler, connect};
