//! The HTTP interface: JSON in and out, errors as problem documents.

mod answer;
mod authenticated;
mod json_body;
mod problem;
mod router;

pub use router::router;
