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
    /// What is left, in whole seconds: as many as it was signed for where that was just now and the credentials live for as long.
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

/// The bytes that Lambda answers with for it, but for what stands in every answer.
pub fn length(issued: &IssuedUrl) -> usize {
    let (url, headers) = (issued.row.url.expose(), &issued.row.headers);
    let told: usize = headers.iter().map(|(name, value)| name.len() + escaped(value)).sum();
    let commanded: usize =
        headers.iter().map(|(name, value)| name.len() + escaped(value) + 6 * value.matches('\'').count()).sum();
    let curl = if issued.wants_curl { url.len() + commanded } else { 0 };
    url.len() + told + curl + issued.row.signed_by.len()
}

/// The bytes of a text in Lambda's answer, which is a document as a text in a document: a quotation mark has three backslashes before it.
pub fn escaped(text: &str) -> usize {
    text.len() + 3 * text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
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
