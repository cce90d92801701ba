//! Tells why a presigned URL fails: what it says of itself and S3's answer, and, where a profile serves its bucket, what the account
//! shows to this function.
//!
//! [`router`] is the HTTP interface, over a [`Diagnoser`]. The Lambda and the local stack run the very same.

mod app;
mod diagnoser;
mod http;

pub use app::connect;
pub use diagnoser::{Asked, DiagnoseError, Diagnosed, Diagnoser};
pub use http::router;
