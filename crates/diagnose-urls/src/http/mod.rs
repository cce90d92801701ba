//! The HTTP interface.

mod diagnoses;
mod router;

pub use router::router;
