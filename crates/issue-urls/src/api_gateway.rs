//! What API Gateway adds to a request, taken off again, so that the router sees the same wherever it runs.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use lambda_http::request::RequestContext;
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
            if let Some(uri) = stage(&context).and_then(|stage| without_stage(request.uri(), stage)) {
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

/// The address without the stage that the path begins with; none where it begins with no stage.
fn without_stage(uri: &Uri, stage: &str) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str().strip_prefix('/')?.strip_prefix(stage)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.starts_with('/').then_some(path)?.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}
