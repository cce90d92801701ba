use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use presign::lifetime::LimitedBy;
use presign::redactor::masked;
use serde::Serialize;

use crate::ProblemKind;
use crate::field_names::{field_twice, told_of_unknown};

/// The most that a problem says in one field, in characters.
const LONGEST_TEXT: usize = 2_000;

/// A problem document (RFC 9457). Its `type` is stable: clients decide by it, and people read the rest.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = may_lack_status))]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    pub title: &'static str,
    /// Of HTTP, as this request would have had it alone. What a REST API answers by itself may be without it.
    pub status: u16,
    pub detail: Box<str>,
    /// The field of the request that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Box<str>>,
    /// The longest lifetime that can be had, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_expires_in: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<LimitedBy>,
    /// What S3 calls the error, where it is S3's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_code: Option<Box<str>>,
    /// Why the URL would fail: what `presign explain --json` tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Box<serde_json::Value>>,
    /// In seconds. A single answer says it in its header too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// By which the operator finds the request in the logs. Of a batch its header `apigw-requestid` tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Box<str>>,
}

#[cfg(feature = "schema")]
fn may_lack_status(schema: &mut schemars::Schema) {
    if let Some(serde_json::Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name != "status");
    }
}

impl Problem {
    #[must_use]
    pub fn new(kind: ProblemKind, detail: &impl ToString) -> Self {
        Self {
            kind,
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: quotable(&detail.to_string()),
            field: None,
            longest_expires_in: None,
            limited_by: None,
            s3_code: None,
            diagnosis: None,
            retry_after: None,
            request_id: None,
        }
    }

    /// Whether it is no mistake of the caller's, so that somebody has to see to the service.
    #[must_use]
    pub fn is_of_the_service(&self) -> bool {
        self.status >= 500
    }

    #[must_use]
    pub fn invalid_request(field: Option<&str>, detail: &impl ToString) -> Self {
        Self { field: field.map(quotable), ..Self::new(ProblemKind::InvalidRequest, detail) }
    }

    /// A mistake that was met while fields were read, with the path of the one at fault; none where it is in no field: in the
    /// whole, or in text that is no JSON.
    #[must_use]
    pub fn of_field<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> Self {
        let path = error.path().to_string();
        let named = !path.is_empty() && !matches!(path.as_str(), "." | "?");
        let said = error.inner().to_string();
        let field = if named { Some(path.as_str()) } else { field_twice(&said) };
        Self::invalid_request(field, told_of_unknown(&said).as_ref().unwrap_or(&said))
    }

    #[must_use]
    pub fn body_too_large(limit: usize) -> Self {
        let detail = format!("a request has at most {limit} bytes");
        Self::new(ProblemKind::BodyTooLarge, &detail)
    }

    #[must_use]
    pub fn unreadable_body() -> Self {
        Self::invalid_request(None, &"the body could not be read to its end")
    }

    #[must_use]
    pub fn not_authenticated() -> Self {
        let detail = "no authorizer has told who is asking";
        Self::new(ProblemKind::NotAuthenticated, &detail)
    }

    #[must_use]
    pub fn method_not_allowed(method: &str) -> Self {
        let detail = format!("this path is there, but not for this method: use {method}");
        Self::new(ProblemKind::MethodNotAllowed, &detail)
    }

    /// The caller asks more often than the settings allow.
    #[must_use]
    pub fn too_many_requests(retry_after: Duration) -> Self {
        let detail = "this caller asks more often than it may";
        Self::new(ProblemKind::TooManyRequests, &detail).after(retry_after)
    }

    /// The policies do not permit it.
    #[must_use]
    pub fn denied(detail: &impl ToString) -> Self {
        Self::new(ProblemKind::Denied, detail)
    }

    /// The same request may be answered after some seconds.
    #[must_use]
    pub fn after(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX).max(1)), ..self }
    }
}

/// What a problem says may quote what was sent, and that may be anything: a whole presigned URL, or megabytes.
fn quotable(text: &str) -> Box<str> {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", masked(text.get(..end).unwrap_or_default())),
        None => masked(text),
    }
    .into()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        // Whoever knows the request's id puts it in.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_where_none_is_expected_is_told_without_its_secrets() {
        let query = format!("X-Amz-Security-Token=IQoJb3JpZ2luX2VjEDca&X-Amz-Signature={}", "5ec0".repeat(16));
        let url = format!("https://b.s3.amazonaws.com/k?{query}");
        let detail = format!("`{url}` is no ARN of a role");
        let problem = Problem::invalid_request(Some(&format!("metadata.{url}")), &detail);
        let masked = "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=***&X-Amz-Signature=***";
        assert_eq!(&*problem.detail, format!("`{masked}` is no ARN of a role"));
        assert_eq!(problem.field.as_deref(), Some(format!("metadata.{masked}").as_str()));
    }

    #[test]
    fn megabytes_are_not_told_again() {
        let problem = Problem::invalid_request(None, &"é".repeat(1_000_000));
        assert_eq!(problem.detail.chars().count(), LONGEST_TEXT + 1);
    }
}
