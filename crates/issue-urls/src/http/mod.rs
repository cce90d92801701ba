//! The HTTP interface: JSON in and out, errors as problem documents.

mod answer;
mod audit;
mod batch;
mod curl;
mod form;
mod multipart;
#[cfg(feature = "openapi")]
pub mod openapi;
mod problem;
mod redirect;
mod router;

pub use router::router;
