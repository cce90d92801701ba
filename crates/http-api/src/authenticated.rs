use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{Caller, Problem};

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    /// Comes before the body is looked at: a stranger learns nothing about the interface. It is taken out: nobody asks for it after the handler.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.remove().ok_or_else(Problem::not_authenticated)
    }
}
