use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use tracing::field::Empty;

use crate::Problem;

/// By what a request can be found again: in the answer to it, in the access log, in the function's log and in a trace.
#[derive(Debug, Clone, Default)]
pub struct RequestIds {
    /// Of API Gateway: callers see it as the header `apigw-requestid`, and in problem documents.
    pub request: Option<String>,
    /// Of the function, as Lambda's own log lines have it.
    pub invocation: Option<String>,
    /// Of X-Ray.
    pub trace: Option<String>,
}

/// The router with its log lines and problem documents named by [`RequestIds`], where the request has them.
pub fn observed(router: Router) -> Router {
    router.layer(from_fn(observe))
}

async fn observe(mut request: Request, next: Next) -> Response {
    let ids = request.extensions_mut().remove::<RequestIds>().unwrap_or_default();
    // At this level no setting leaves it out.
    let span = tracing::error_span!(
        "request",
        request_id = ids.request,
        invocation_id = ids.invocation,
        trace_id = ids.trace,
        method = request.method().as_str(),
        http.response.status_code = Empty,
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    // No log line comes after it.
    span.record("http.response.status_code", response.status().as_u16());
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if ids.request.is_some() => {
            Problem { request_id: ids.request.map(String::into_boxed_str), ..problem }.into_response()
        }
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn problem(ids: Option<RequestIds>) -> Value {
        let router = observed(Router::new().fallback(async || Problem::method_not_allowed("POST")));
        let mut request = Request::new(Body::empty());
        request.extensions_mut().extend(
            ids.map(|ids| {
                let mut extensions = axum::http::Extensions::new();
                extensions.insert(ids);
                extensions
            })
            .unwrap_or_default(),
        );
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
    }

    #[tokio::test]
    async fn a_refusal_says_by_which_id_the_request_is_found_again() {
        let ids = RequestIds { request: Some("JKJaXmPLvHcESHA=".to_owned()), ..RequestIds::default() };
        assert_eq!(problem(Some(ids)).await["requestId"], "JKJaXmPLvHcESHA=");
        assert_eq!(problem(None).await.get("requestId"), None);
    }
}
