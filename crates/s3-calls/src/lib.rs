//! What the service itself asks of S3: to create, list, complete and abort uploads in parts, and whether a URL works.
//!
//! Each call is a presigned request of a signing session, sent at once: no S3 client is linked, and S3 sees the very signer that it
//! sees on the URLs.

mod answers;
mod client;
mod error;
mod reading;

pub use answers::{Checksum, CompletedUpload, CreatedUpload, Part, Parts};
pub use client::S3Calls;
pub use error::S3CallError;
pub use reading::Reading;
