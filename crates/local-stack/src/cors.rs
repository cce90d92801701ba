use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, CorsLayer};

/// What the deployed API's `CorsOrigins` and the CORS rules of `infra/bucket-guardrails.yaml` let pages of `origins` do; none
/// without an origin, as there.
pub fn for_pages_of(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let exposed = ["x-amz-version-id", "x-amz-checksum-sha256", "x-amz-server-side-encryption"];
    let exposed = exposed.map(HeaderName::from_static);
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins.to_vec())
            .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(exposed.into_iter().chain([header::ETAG, header::RETRY_AFTER]).collect::<Vec<_>>())
            .max_age(Duration::from_mins(10))
    })
}
