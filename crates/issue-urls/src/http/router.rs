use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use http_api::{ShortBody, observed, read_json};
use presign::cache::UrlCache;
use presign::request::{UrlRequest, UrlRequestBody};
use presign::signing_session::SigningSessions;
use serde::Serialize;

use super::audit;
use super::batch::issue_all;
use super::form::issue_form;
use super::multipart;
use super::problem::{Problem, no_such_path};
use super::redirect::{redirect, request_of};
use crate::known::{Known, Said, Words};
use crate::{Caller, IssuedUrl, Issuer};

/// The whole interface. Requests must come with a [`Caller`] among their extensions, put there by whoever authenticated them.
pub fn router<C, S>(issuer: Arc<Issuer<C, S>>) -> Router
where
    C: UrlCache + Send + Sync + 'static,
    S: SigningSessions + Send + Sync + 'static,
{
    let unrouted = Router::new();
    let mut routed = routes()
        .into_iter()
        .fold(unrouted, |router, (path, methods)| router.route(path, methods))
        .fallback(async || no_such_path())
        .method_not_allowed_fallback(async |uri: Uri| Problem::method_not_allowed(method_of(uri.path())));
    if issuer.rate.is_some() {
        routed = routed.layer(from_fn_with_state(Arc::clone(&issuer), counted::<C, S>));
    }
    observed(routed.with_state(issuer))
}

/// Whoever asks too often is told so before anything else is done for them.
async fn counted<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    request: Request,
    next: Next,
) -> Response {
    if let (Some(rate), Some(caller)) = (&issuer.rate, request.extensions().get::<Caller>())
        && let Err(too_often) = rate.admit(caller.name(), issuer.now())
    {
        tracing::info!(caller = caller.name(), "a caller asks too often");
        return Problem::too_many_requests(too_often.retry_after).into_response();
    }
    next.run(request).await
}

/// A path, and what answers it.
pub type Route<C, S> = (&'static str, MethodRouter<Arc<Issuer<C, S>>>);

/// A list rather than a router, which tells nobody what it has: the OpenAPI document is compared with it.
pub fn routes<C, S>() -> Vec<Route<C, S>>
where
    C: UrlCache + Send + Sync + 'static,
    S: SigningSessions + Send + Sync + 'static,
{
    let mut routes = vec![
        ("/urls", post(issue::<C, S>)),
        ("/urls/batch", post(issue_all::<C, S>)),
        ("/forms", post(issue_form::<C, S>)),
        ("/objects/{*object}", get(redirect_to::<C, S>)),
        ("/healthz", get(healthz)),
    ];
    routes.extend(multipart::routes());
    routes
}

/// With which method a path is asked, for who has taken another.
fn method_of(path: &str) -> &'static str {
    if path == "/healthz" || path.starts_with("/objects/") { "GET" } else { "POST" }
}

/// The JSON that answers `GET /healthz`.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Health {
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "ok")))]
    status: &'static str,
}

/// The process is up and its settings are good; it calls nothing, so that an outage of AWS does not look like one of ours.
async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

async fn issue<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    ShortBody(text): ShortBody,
) -> Result<Response, Problem> {
    let words = Words { caller: Arc::new(caller), said: Said::Body(text.clone()) };
    let asked = issuer.known.or_read(words, || read_request(read_json(&text)?))?;
    Ok(issued(&issuer, &asked).await?.into_response())
}

async fn redirect_to<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    method: Method,
    uri: Uri,
) -> Result<Response, Problem> {
    let words = Words { caller: Arc::new(caller), said: Said::Address(format!("{method} {uri}")) };
    let asked = issuer.known.or_read(words, || request_of(&method, &uri))?;
    Ok(redirect(&issued(&issuer, &asked).await?))
}

async fn issued<C: UrlCache, S: SigningSessions>(issuer: &Issuer<C, S>, asked: &Known) -> Result<IssuedUrl, Problem> {
    let outcome = issuer.issue(asked).await;
    audit::of_url(asked.caller(), asked.request(), asked.key_sha256(), &outcome);
    Ok(outcome?)
}

/// Checks what the fields of a request have to do with each other.
pub fn read_request(body: UrlRequestBody) -> Result<UrlRequest, Problem> {
    UrlRequest::try_from(body).map_err(|error| Problem::invalid_request(Some(error.field()), &error))
}
