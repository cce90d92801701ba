use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowHeaders, CorsLayer};

/// What the deployed API's `CorsOrigins` and the CORS rules of `infra/bucket-guardrails.yaml` let pages of `origins` do; none
/// without an origin, as there.
pub fn for_pages_of(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let exposed = [
        "etag",
        "location",
        "content-disposition",
        "content-range",
        "x-amz-version-id",
        "x-amz-server-side-encryption",
        "x-amz-checksum-crc32",
        "x-amz-checksum-crc32c",
        "x-amz-checksum-crc64nvme",
        "x-amz-checksum-sha1",
        "x-amz-checksum-sha256",
        "x-amz-checksum-type",
        "retry-after",
    ];
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins.to_vec())
            .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(exposed.map(HeaderName::from_static))
            .max_age(Duration::from_mins(10))
    })
}
