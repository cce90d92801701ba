use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::routing::{get, post};
use http_api::{Problem, observed};

use super::issued::list;
use super::problem::no_such_path;
use super::revocations::revoke;
use crate::Operator;

/// The whole interface. Requests must come with a [`Caller`](http_api::Caller) among their extensions, put there by whoever
/// authenticated them.
pub fn router(operator: Arc<Operator>) -> Router {
    let routed = Router::new()
        .route("/revocations", post(revoke))
        .route("/issued", get(list))
        .fallback(async || no_such_path())
        .method_not_allowed_fallback(async |uri: Uri| {
            Problem::method_not_allowed(if uri.path() == "/issued" { "GET" } else { "POST" })
        })
        .with_state(operator);
    observed(routed)
}
