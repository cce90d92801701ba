use std::collections::BTreeMap;
use std::time::SystemTime;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http_api::no_store;
#[cfg(feature = "openapi")]
use presign::lifetime::LimitedBy;
use presign::sigv4::AmzDate;
use serde::Serialize;

use super::curl::command_line;
#[cfg(feature = "openapi")]
use crate::CacheUse;
use crate::{IssuedUrl, Verified};

/// The JSON that answers `POST /urls`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "IssuedUrl"))]
pub struct Answer<'a> {
    #[serde(serialize_with = "http_api::quoted")]
    url: &'a str,
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["GET", "HEAD", "PUT", "DELETE"])))]
    method: &'static str,
    /// All that the client must send. It may send no other header that begins with `x-amz-`; S3 takes others, such as
    /// `content-type`, as the client likes where they are not here.
    headers: BTreeMap<&'a str, &'a str>,
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    expires_at: String,
    /// In seconds.
    expires_in: u64,
    #[cfg_attr(feature = "openapi", schemars(with = "LimitedBy"))]
    limited_by: &'static str,
    #[cfg_attr(feature = "openapi", schemars(with = "CacheUse"))]
    cache: &'static str,
    /// The ARN that S3 sees as the signer.
    signed_by: &'a str,
    /// What is known of it, where it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "Option<Verified>"))]
    verified: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curl: Option<String>,
}

impl<'a> Answer<'a> {
    pub fn of(issued: &'a IssuedUrl) -> Self {
        let row = &issued.row;
        Self {
            url: row.url.expose(),
            method: issued.operation.method(),
            headers: row.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            expires_at: rfc3339(row.expires_at),
            expires_in: issued.expires_in.as_secs(),
            limited_by: row.limited_by.as_str(),
            cache: issued.cache.as_str(),
            signed_by: &row.signed_by,
            verified: issued.verified.map(Verified::as_str),
            curl: issued.wants_curl.then(|| command_line(issued.operation, &row.url, &row.headers)),
        }
    }
}

impl IntoResponse for IssuedUrl {
    fn into_response(self) -> Response {
        (no_store(), Json(Answer::of(&self))).into_response()
    }
}

/// In UTC, to the second. A URL's end always has a four-digit year.
pub fn rfc3339(time: SystemTime) -> String {
    AmzDate::at(time).map(|second| second.rfc3339()).unwrap_or_default()
}
