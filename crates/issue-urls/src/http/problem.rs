use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use presign::lifetime::LifetimeError;
#[cfg(feature = "openapi")]
use presign::lifetime::LimitedBy;
use presign::signed_request::Refusal;
use presign::signing_session::SessionError;
use s3_calls::S3CallError;
use serde::Serialize;

use super::problem_kind::ProblemKind;
use crate::IssueError;

/// A problem document (RFC 9457). Its `type` is stable: clients decide by it, and people read the rest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Problem {
    #[serde(rename = "type")]
    kind: ProblemKind,
    title: &'static str,
    /// Of HTTP, as this request would have had it alone.
    status: u16,
    detail: Box<str>,
    /// The field of the request that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Box<str>>,
    /// The longest lifetime that can be had, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    longest_expires_in: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "Option<LimitedBy>"))]
    limited_by: Option<&'static str>,
    /// What S3 calls the error, where it is S3's.
    #[serde(skip_serializing_if = "Option::is_none")]
    s3_code: Option<Box<str>>,
    /// In seconds. A single answer says it in its header too.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

impl Problem {
    fn new(kind: ProblemKind, detail: &impl ToString) -> Self {
        Self {
            kind,
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.to_string().into(),
            field: None,
            longest_expires_in: None,
            limited_by: None,
            s3_code: None,
            retry_after: None,
        }
    }

    pub fn invalid_request(field: Option<String>, detail: &impl ToString) -> Self {
        Self { field: field.map(String::into_boxed_str), ..Self::new(ProblemKind::InvalidRequest, detail) }
    }

    /// A mistake that was met while fields were read, with the path of the one at fault; none where it is in no field: in the
    /// whole, or in text that is no JSON.
    pub fn of_field<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> Self {
        let path = error.path().to_string();
        let named = !path.is_empty() && !matches!(path.as_str(), "." | "?");
        Self::invalid_request(named.then_some(path), error.inner())
    }

    pub fn body_too_large(limit: usize) -> Self {
        let detail = format!("a request has at most {limit} bytes");
        Self::new(ProblemKind::BodyTooLarge, &detail)
    }

    pub fn unreadable_body() -> Self {
        Self::invalid_request(None, &"the body could not be read to its end")
    }

    pub fn not_authenticated() -> Self {
        let detail = "no authorizer has told who is asking";
        Self::new(ProblemKind::NotAuthenticated, &detail)
    }

    pub fn no_such_path() -> Self {
        let detail = "URLs are issued at POST /urls and POST /urls/batch, forms at POST /forms; POST /multipart-uploads begins an upload in parts; GET /objects/BUCKET/KEY redirects to \
             a URL; GET /healthz tells whether the service is up";
        Self::new(ProblemKind::NoSuchPath, &detail)
    }

    pub fn method_not_allowed() -> Self {
        let detail = "this path is there, but not for this method";
        Self::new(ProblemKind::MethodNotAllowed, &detail)
    }

    fn refused(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::BucketNotServed { .. } => Self::new(ProblemKind::BucketNotServed, refusal),
            Refusal::Encryption(error) if !error.is_the_profiles() => Self::invalid_request(None, refusal),
            Refusal::HeadersTooLong { .. } | Refusal::FieldsTooLong { .. } => Self::invalid_request(None, refusal),
            Refusal::NotAllowed(_) | Refusal::Source(_) | Refusal::CopyPolicyTooLong(_) | Refusal::Encryption(_) => {
                Self::new(ProblemKind::NotAllowed, refusal)
            }
        }
    }

    fn of_s3(error: &S3CallError) -> Self {
        match error {
            S3CallError::Refused { status, code, .. } => {
                // What is wrong with the request S3 says with 400 to 499; the rest is between the service and S3.
                let of_the_request = StatusCode::from_u16(*status).is_ok_and(|status| status.is_client_error());
                let problem = Self { s3_code: Some(code.as_str().into()), ..Self::new(ProblemKind::S3Refused, error) };
                if of_the_request { Self { status: *status, ..problem } } else { problem }
            }
            S3CallError::TooSlow => Self::new(ProblemKind::S3TooSlow, error),
            S3CallError::Unreachable(_) | S3CallError::Unreadable(_) => Self::new(ProblemKind::S3Unreachable, error),
        }
    }

    fn later(detail: &impl ToString, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX).max(1)),
            ..Self::new(ProblemKind::SignerUnavailable, detail)
        }
    }
}

/// Credentials that are ending are replaced within moments, where anything can replace them.
const UNTIL_FRESH_CREDENTIALS: Duration = Duration::from_secs(2);

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match &error {
            IssueError::Denied(_) => Self::new(ProblemKind::Denied, &error),
            IssueError::Refused(refusal) => Self { field: refusal.field().map(Box::from), ..Self::refused(refusal) },
            IssueError::Lifetime { error: LifetimeError::TooLong { longest, limited_by, .. }, field } => Self {
                longest_expires_in: Some(longest.seconds()),
                limited_by: Some(limited_by.as_str()),
                field: Some((*field).into()),
                ..Self::new(ProblemKind::LifetimeUnavailable, &error)
            },
            IssueError::Lifetime { error: LifetimeError::CredentialsEnding, .. } => {
                Self::later(&error, UNTIL_FRESH_CREDENTIALS)
            }
            IssueError::Session(SessionError::Unavailable { retry_after }) => Self::later(&error, *retry_after),
            IssueError::Session(SessionError::Refused { .. } | SessionError::UnknownExpiry(_)) => {
                Self::new(ProblemKind::SignerRefused, &error)
            }
            IssueError::S3(error) => Self::of_s3(error),
            IssueError::Sign(_) => Self::new(ProblemKind::ClockWrong, &error),
        }
    }
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
        response
    }
}
