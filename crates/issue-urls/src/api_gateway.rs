//! What API Gateway adds to a request, taken off again, so that the router sees the same wherever it runs.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::util::MapRequest;

use crate::Caller;

/// The router behind API Gateway, REST or HTTP, or behind a function URL.
///
/// It lets the caller in that the gateway has authenticated. A request it has not is left without a caller, and is refused.
#[must_use]
pub fn behind_api_gateway(router: Router) -> MapRequest<Router, impl FnMut(lambda_http::Request) -> Request + Clone> {
    MapRequest::new(router, |request: lambda_http::Request| {
        let mut request = request.map(Body::new);
        let context = request.extensions().get::<RequestContext>().cloned();
        if let Some(context) = context {
            if let Some(uri) = uri_as_asked(&context, &request) {
                *request.uri_mut() = uri;
            }
            if let Some(name) = authenticated(&context) {
                request.extensions_mut().insert(Caller::new(name));
            }
        }
        request
    })
}

/// The subject of the JWT, or the ARN of the IAM principal.
fn authenticated(context: &RequestContext) -> Option<String> {
    let name = match context {
        RequestContext::ApiGatewayV2(context) => {
            let authorizer = context.authorizer.as_ref()?;
            let subject = authorizer.jwt.as_ref().and_then(|jwt| jwt.claims.get("sub"));
            subject.or_else(|| authorizer.iam.as_ref()?.user_arn.as_ref())?.clone()
        }
        RequestContext::ApiGatewayV1(context) => {
            let claims = context.authorizer.fields.get("claims");
            let subject = claims.and_then(|claims| claims.get("sub")).and_then(Value::as_str);
            subject.or(context.identity.user_arn.as_deref())?.to_owned()
        }
        _ => return None,
    };
    (!name.is_empty()).then_some(name)
}

fn stage(context: &RequestContext) -> Option<&str> {
    match context {
        RequestContext::ApiGatewayV1(context) => context.stage.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.stage.as_deref(),
        _ => None,
    }
}

/// The address as the client has asked for it: without the stage that the gateway may have put before it, with its dot segments,
/// which `lambda_http` resolves, and percent-encoded, which HTTP APIs undo.
fn uri_as_asked(context: &RequestContext, request: &Request) -> Option<Uri> {
    let raw = request.extensions().raw_http_path();
    let path = stage(context).and_then(|stage| without_stage(raw, stage)).unwrap_or(raw);
    let set = if hands_paths_over_decoded(context) { ENCODED_BY_CLIENTS } else { NEVER_IN_A_PATH };
    let path = utf8_percent_encode(path, set);
    // Not the query of the address so far: a `#` in a decoded path has cut it off there.
    let path_and_query = match request.extensions().query_string_parameters_ref() {
        Some(query) => format!("{path}?{}", query.to_query_string()),
        None => path.to_string(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

fn without_stage<'a>(path: &'a str, stage: &str) -> Option<&'a str> {
    path.strip_prefix('/')?.strip_prefix(stage).filter(|path| path.starts_with('/'))
}

/// HTTP APIs do. REST APIs, and function URLs, which have the events of HTTP APIs otherwise, leave paths as they came.
fn hands_paths_over_decoded(context: &RequestContext) -> bool {
    match context {
        RequestContext::ApiGatewayV2(context) => {
            !context.domain_name.as_deref().is_some_and(|domain| domain.contains(".lambda-url."))
        }
        _ => false,
    }
}

/// All that a path may have encoded.
const ENCODED_BY_CLIENTS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What no path has, and so a gateway must have made of what the client sent.
const NEVER_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
