use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};

/// Nothing on the way may keep an answer: it may be a bearer token, and it is true only now.
#[must_use]
pub fn no_store() -> [(HeaderName, HeaderValue); 1] {
    [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
