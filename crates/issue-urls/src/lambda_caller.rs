use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use lambda_http::request::RequestContext;
use serde_json::Value;

use crate::Caller;

/// Lets the caller in that API Gateway has authenticated. A request it has not is left without a caller, and is refused.
pub async fn identify(mut request: Request, next: Next) -> Response {
    if let Some(name) = request.extensions().get::<RequestContext>().and_then(authenticated) {
        request.extensions_mut().insert(Caller::new(name));
    }
    next.run(request).await
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
