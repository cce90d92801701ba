//! The HTTP interface: JSON in and out, errors as problem documents.

mod answer;
mod batch;
mod curl;
mod form;
mod multipart;
mod problem;
mod redirect;
mod router;

pub use router::router;
