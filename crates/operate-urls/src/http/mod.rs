//! The HTTP interface for operators.

mod issued;
mod problem;
mod revocations;
mod router;

pub use router::router;
