use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use presign::cache::UrlCache;
use presign::request::{UrlRequest, UrlRequestBody};
use presign::signing_session::SigningSessions;
use serde_json::json;

use super::json_body::JsonBody;
use super::problem::Problem;
use crate::{Caller, Issuer};

/// The whole interface. Requests must come with a [`Caller`] among their extensions, put there by whoever authenticated them.
pub fn router<C, S>(issuer: Arc<Issuer<C, S>>) -> Router
where
    C: UrlCache + Send + Sync + 'static,
    S: SigningSessions + Send + Sync + 'static,
{
    Router::new()
        .route("/urls", post(issue::<C, S>))
        .route("/healthz", get(healthz))
        .fallback(async || Problem::no_such_path())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(issuer)
}

/// The process is up and its settings are good; it calls nothing, so that an outage of AWS does not look like one of ours.
async fn healthz() -> impl IntoResponse {
    Json(json!({"status": "ok"}))
}

async fn issue<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    JsonBody(body): JsonBody<UrlRequestBody>,
) -> Result<Response, Problem> {
    let request =
        UrlRequest::try_from(body).map_err(|error| Problem::invalid_request(Some(error.field().to_owned()), &error))?;
    let (operation, bucket) = (request.operation(), request.bucket());
    match issuer.issue(&caller, &request).await {
        Ok(url) => {
            tracing::info!(
                caller = caller.name(),
                %operation,
                %bucket,
                expires_in = url.expires_in.as_secs(),
                limited_by = url.limited_by.as_str(),
                cache = url.cache.as_str(),
                signed_by = url.signed_by,
                permitted_by = ?url.permitted_by,
                "issued a URL"
            );
            Ok(url.into_response())
        }
        Err(error) => {
            tracing::info!(caller = caller.name(), %operation, %bucket, %error, "refused a URL");
            Err(error.into())
        }
    }
}
