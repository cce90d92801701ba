//! The HTTP interface: JSON in and out, errors as problem documents.

mod answer;
mod authenticated;
mod batch;
mod curl;
mod form;
mod json_body;
mod multipart;
#[cfg(feature = "openapi")]
pub mod openapi;
mod problem;
mod problem_kind;
mod redirect;
mod router;

pub use router::router;
