//! AWS Signature Version 4 in the query string: pure functions of credentials, request and time.
//!
//! Source: Amazon S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".

mod amz_date;
mod canonical;
pub mod encode;
mod presign;
mod signing_key;
mod signing_keys;

pub use amz_date::{AmzDate, AmzDateError};
pub use canonical::{CanonicalHeader, CanonicalRequest, UNSIGNED_PAYLOAD, fold_header_value, string_to_sign};
pub use presign::{RequestToSign, presign};
pub use signing_key::SigningKey;
pub use signing_keys::SigningKeys;
