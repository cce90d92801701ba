//! The HTTP interface: JSON in and out, errors as problem documents.

mod answer;
mod authenticated;
mod batch;
mod curl;
mod form;
mod json_body;
mod multipart;
mod problem;
mod redirect;
mod router;

pub use router::router;
