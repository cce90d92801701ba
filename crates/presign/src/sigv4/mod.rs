//! AWS Signature Version 4 in the query string: pure functions of credentials, request and time.
//!
//! Source: Amazon S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".

mod amz_date;
pub mod encode;
mod presign;
mod signing_key;

pub use amz_date::{AmzDate, AmzDateError};
pub use presign::{RequestToSign, presign};
pub use signing_key::SigningKey;
