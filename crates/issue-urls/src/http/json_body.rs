use std::error::Error;

use axum::body::Body;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A request's JSON. What is wrong with it is said with the field's path; a field that stands twice is refused.
pub struct JsonBody<T>(pub T);

/// Some twenty times what the largest sensible request has.
const LONGEST_BODY: usize = 64 * 1024;

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        let bytes = to_bytes(request.into_body(), LONGEST_BODY).await.map_err(|error| {
            let too_large = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
            if too_large { Problem::body_too_large(LONGEST_BODY) } else { Problem::unreadable_body() }
        })?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            Problem::invalid_request(named(path), error.inner())
        })?;
        json.end().map_err(|error| Problem::invalid_request(None, &error))?;
        Ok(Self(value))
    }
}

/// None where the mistake is in no field: in the whole, or in text that is no JSON.
fn named(path: String) -> Option<String> {
    (!path.is_empty() && !matches!(path.as_str(), "." | "?")).then_some(path)
}
