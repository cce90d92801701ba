use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use http_api::{Problem, ProblemKind, observed};

use super::diagnoses::diagnose;
use crate::Diagnoser;

/// The whole interface. Requests must come with a [`Caller`](http_api::Caller) among their extensions, put there by whoever
/// authenticated them.
pub fn router(diagnoser: Arc<Diagnoser>) -> Router {
    let no_such_path = || Problem::new(ProblemKind::NoSuchPath, &"URLs are diagnosed at POST /diagnoses");
    let routed = Router::new()
        .route("/diagnoses", post(diagnose))
        .fallback(async move || no_such_path())
        .method_not_allowed_fallback(async || Problem::method_not_allowed("POST"))
        .with_state(diagnoser);
    observed(routed)
}
