//! What callers ask for, as types that cannot hold a bad value.

mod body;
mod parameter;
mod url_request;

pub use body::UrlRequestBody;
pub use parameter::{HeaderValue, HeaderValueError, QueryValue, QueryValueError};
pub use url_request::{RequestError, UrlRequest};
