//! From a request and its profile to what is signed, and the signing itself.

mod bound_request;
mod refusal;
mod signing;
mod upload_trial;

pub use bound_request::{BoundRequest, SignError, SignedUrl};
pub use refusal::Refusal;
pub(crate) use signing::Signing;
pub use upload_trial::UploadTrial;
