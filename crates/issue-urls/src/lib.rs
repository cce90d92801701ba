//! Issues presigned URLs: from an authenticated request to a URL whose expiry is true.
//!
//! [`router`] is the whole HTTP interface, over an [`Issuer`]. The Lambda and the local stack run the very same.

mod admission;
mod app;
mod batch;
mod ceilings;
mod endpoint;
mod form;
mod http;
mod issue_error;
mod issued_url;
mod issuer;
mod known;
mod multipart;
mod overtaken;
mod signers_patience;
mod steps;
mod verification;

pub use app::{App, connect};
pub use endpoint::{EndpointError, at_endpoint_of_environment};
pub use form::IssuedForm;
#[cfg(feature = "openapi")]
pub use http::openapi;
pub use http::router;
pub use http_api::Caller;
pub use issue_error::IssueError;
pub use issued_url::{CacheUse, IssuedUrl};
pub use issuer::Issuer;
pub use multipart::{IssuedPartUrl, IssuedPartUrls};
pub use verification::{Verified, WouldFail};
