//! What callers ask for, as types that cannot hold a bad value.

mod body;
mod rules;
mod table;
mod url_request;
mod value;

pub use body::{CacheChoice, UrlRequestBody};
pub use rules::RequestError;
pub use url_request::UrlRequest;
pub use value::*;
pub(crate) use value::{Checksum, TwoChecksums, checksum, object, only_checksum};
