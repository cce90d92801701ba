//! The JSON protocol of DynamoDB, EventBridge and Secrets Manager: what is called, what failed, and what did not.

use axum::body::Body;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use crate::identity::IdentityError;
use crate::sigv4::SignatureError;

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A call that failed, as the JSON protocol reports it.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct JsonError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl JsonError {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// A call that this service does not have.
    #[must_use]
    pub fn unknown(action: &str) -> Self {
        Self::new("UnknownOperationException", format!("the local stack has no operation `{action}`"))
    }

    /// The answer that carries the error.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        answer(self.status, &json!({"__type": self.code, "message": self.message}))
    }
}

impl From<SignatureError> for JsonError {
    fn from(error: SignatureError) -> Self {
        let code = match &error {
            SignatureError::Missing => "MissingAuthenticationTokenException",
            SignatureError::Incomplete(_) => "IncompleteSignatureException",
            SignatureError::Skewed { .. } | SignatureError::Mismatch => "InvalidSignatureException",
            SignatureError::Identity(IdentityError::Expired) => "ExpiredTokenException",
            SignatureError::Identity(_) => "UnrecognizedClientException",
        };
        Self::new(code, error.to_string())
    }
}

/// The operation that a request names, behind the last dot of its target.
#[must_use]
pub fn action(headers: &HeaderMap) -> &str {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

pub fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(CONTENT_TYPE));
    response
}
