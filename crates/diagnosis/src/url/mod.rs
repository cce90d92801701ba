//! The URL that fails, as it was given: nothing of it is normalized, and what it took to read it is kept.

mod cloudfront;
mod damage;
mod mend;
mod place;
mod query;
mod signing;
mod suspect_url;

pub use cloudfront::{CloudFrontPolicy, CustomPolicy};
pub use damage::Damage;
pub(crate) use place::is_alias;
pub use place::{Endpoint, Place, region_of};
pub use query::{Pair, Query};
pub(crate) use query::{SIGNATURE_LENGTH, is_masked, is_secret};
pub use signing::{Credential, Signing, V2Parameters, V4Parameters};
pub(crate) use suspect_url::canonical_path;
pub use suspect_url::{SuspectUrl, UrlError};
