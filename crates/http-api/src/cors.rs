use std::net::Ipv6Addr;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
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
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-amzn-requestid")])
        .max_age(Duration::from_mins(10));
    Ok(Some(layer))
}

/// A scheme, a host in lower case and, where it is not the scheme's own, a port: what a browser calls a page's origin. Another text,
/// which none sends, would let no page in.
///
/// # Errors
/// When it is none.
pub fn web_origin(text: &str) -> Result<HeaderValue, NoOrigin> {
    let of_scheme = |scheme, own_port| Some((text.strip_prefix(scheme)?, own_port));
    let is_one = of_scheme("https://", 443)
        .or_else(|| of_scheme("http://", 80))
        .is_some_and(|(authority, own_port)| is_authority(authority, own_port));
    text.parse().ok().filter(|_| is_one).ok_or_else(|| NoOrigin(text.to_owned()))
}

/// A name, an IPv4 address, or an IPv6 address in its brackets; and a port other than the scheme's own.
fn is_authority(text: &str, own_port: u16) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| port.parse().is_ok_and(|number: u16| number != own_port && number.to_string() == port);
    let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match in_brackets {
        // As browsers write it: shortened, and in lower case.
        Some(address) => address.parse().is_ok_and(|parsed: Ipv6Addr| parsed.to_string() == address),
        None => host.split('.').all(is_label),
    };
    is_host && port.is_none_or(is_port)
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
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
        for wrong in [
            "a\nb",
            "https://a\nb",
            "app.example.com",
            "https://",
            "https://app.example.com/",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://*.example.com",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://alice@app.example.com",
            "https://app example.com",
            "https://app..example.com",
            "https://é.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://app.example.com:",
            "https://app.example.com:+8443",
            "https://app.example.com:08443",
            "https://app.example.com:65536",
            "http://[::1",
            "http://[0:0:0:0:0:0:0:1]",
            "file://app",
            "null",
        ] {
            assert_eq!(for_pages_of(wrong).unwrap_err(), CorsError(NoOrigin(wrong.to_owned())), "{wrong}");
        }
        for good in [
            APP,
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "http://[::1]:3000",
            "http://[::1]",
            "https://a.b:80",
        ] {
            assert!(web_origin(good).is_ok(), "{good}");
        }
    }
}
