use std::time::Duration;

use axum::http::{HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Answers the questions of browsers for pages of the origins that `PRESIGN_CORS_ORIGINS` names, with commas between; none where it
/// names none. Behind an HTTP API, which answers them by itself, the variable is empty.
///
/// # Errors
/// When one is no origin.
pub fn cors_of_environment() -> Result<Option<CorsLayer>, CorsError> {
    for_pages_of(&std::env::var("PRESIGN_CORS_ORIGINS").unwrap_or_default())
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `PRESIGN_CORS_ORIGINS` has a mistake: {0}")]
pub struct CorsError(#[from] NoOrigin);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no origin, such as https://app.example.com or http://127.0.0.1:8080")]
pub struct NoOrigin(String);

/// As `CorsConfiguration` of the HTTP API in `template.yaml`, but for the headers of requests that are signed for IAM: callers of a
/// REST API have tokens.
fn for_pages_of(origins: &str) -> Result<Option<CorsLayer>, CorsError> {
    let named = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let read = |named: &str| if named == "*" { Ok(HeaderValue::from_static("*")) } else { web_origin(named) };
    let origins: Vec<HeaderValue> = named.map(read).collect::<Result<_, _>>()?;
    if origins.is_empty() {
        return Ok(None);
    }
    let any = origins.iter().any(|origin| origin == "*");
    let origins = if any { AllowOrigin::any() } else { AllowOrigin::list(origins) };
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER])
        .max_age(Duration::from_mins(10));
    Ok(Some(layer))
}

/// A scheme, a host and a port: what a browser calls a page's origin. Another text, which none sends, would let no page in.
///
/// # Errors
/// When it is none.
pub fn web_origin(text: &str) -> Result<HeaderValue, NoOrigin> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_one = host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
    text.parse().ok().filter(|_| is_one).ok_or_else(|| NoOrigin(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::response::Response;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;
    use crate::Problem;

    const APP: &str = "https://app.example.com";

    async fn answered(origins: &str, method: Method, origin: &str) -> Response {
        let router = Router::new().route("/urls", post(async || Problem::not_authenticated()));
        let router = router.layer(for_pages_of(origins).unwrap().unwrap());
        let request = Request::builder().method(method).uri("/urls").header("origin", origin);
        let request = request.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    fn allowed(response: &Response) -> Option<&str> {
        response.headers().get("access-control-allow-origin")?.to_str().ok()
    }

    #[tokio::test]
    async fn pages_of_the_origins_may_ask_and_read_answers_and_others_may_not() {
        let origins = format!("https://first.example.com, {APP}");
        let before = answered(&origins, Method::OPTIONS, APP).await;
        assert_eq!((before.status().as_u16(), allowed(&before)), (200, Some(APP)));
        assert_eq!(before.headers()["access-control-allow-headers"], "authorization,content-type");
        let answer = answered(&origins, Method::POST, APP).await;
        assert_eq!((answer.status().as_u16(), allowed(&answer)), (401, Some(APP)));
        for method in [Method::OPTIONS, Method::POST] {
            assert_eq!(allowed(&answered(&origins, method, "https://evil.example").await), None);
        }
    }

    #[tokio::test]
    async fn a_star_is_every_origin() {
        assert_eq!(allowed(&answered("*", Method::POST, APP).await), Some("*"));
    }

    #[test]
    fn without_origins_nothing_is_added_and_what_is_none_is_named() {
        assert!(for_pages_of(" , ").unwrap().is_none());
        for wrong in ["a\nb", "https://a\nb", "app.example.com", "https://", "https://app.example.com/"] {
            assert_eq!(for_pages_of(wrong).unwrap_err(), CorsError(NoOrigin(wrong.to_owned())));
        }
    }
}
