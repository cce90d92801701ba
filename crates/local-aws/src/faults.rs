//! Faults on purpose, and counts of what was called: for tests and for showing what the issuer does when AWS fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Collected};
use serde_json::json;
use uuid::Uuid;

use crate::json_protocol::JsonError;
use crate::query::QueryError;
use crate::service::AwsService;
use crate::xml::Xml;
use crate::{iam, sts};

/// What a service does instead of, or before, answering.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// Answers as it should.
    #[default]
    None,
    /// Answers as it should, but later.
    Delay(Duration),
    /// Fails with this status, in the service's own words: throttling for 400 and 429, being unavailable for 5xx.
    Fail(StatusCode),
    /// Never answers.
    Drop,
    /// Does what it should, but gives an answer that cannot be read: JSON without its end, or XML with broken dates.
    Garble,
}

#[derive(Debug, Default)]
struct State {
    faults: BTreeMap<AwsService, Fault>,
    calls: BTreeMap<(AwsService, String), u64>,
}

/// The faults in force, and the calls counted so far. Clones share both.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// From now on the service behaves so.
    pub fn set(&self, service: AwsService, fault: Fault) {
        self.with(|state| state.faults.insert(service, fault));
    }

    /// How the service behaves now.
    #[must_use]
    pub fn of(&self, service: AwsService) -> Fault {
        self.with(|state| state.faults.get(&service).copied().unwrap_or_default())
    }

    /// How often an action was called (`AssumeRole`, `GetItem`, `GetObject`), whatever became of the call.
    #[must_use]
    pub fn calls(&self, service: AwsService, action: &str) -> u64 {
        self.with(|state| state.calls.get(&(service, action.to_owned())).copied().unwrap_or_default())
    }

    /// All counts.
    #[must_use]
    pub fn all_calls(&self) -> BTreeMap<(AwsService, String), u64> {
        self.with(|state| state.calls.clone())
    }

    pub(crate) fn count(&self, service: AwsService, action: &str) {
        self.with(|state| *state.calls.entry((service, action.to_owned())).or_default() += 1);
    }

    /// Lets the fault in force happen; the answer is there when it replaces the service's own.
    pub(crate) async fn strike(&self, service: AwsService) -> Option<Response<Body>> {
        match self.of(service) {
            Fault::None | Fault::Garble => None,
            Fault::Delay(delay) => {
                tokio::time::sleep(delay).await;
                None
            }
            Fault::Fail(status) => Some(failure(service, status)),
            Fault::Drop => std::future::pending().await,
        }
    }

    fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The answer, complete but for what makes it readable: its last byte, or, where a parser would overlook that, its dates.
pub(crate) async fn garbled(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    let whole = String::from_utf8_lossy(&bytes);
    let garbled = match whole.strip_suffix('}') {
        Some(unfinished) => unfinished.to_owned(),
        None => whole.replace("<Expiration>", "<Expiration>not a date "),
    };
    parts.headers.remove(http::header::CONTENT_LENGTH);
    // DynamoDB's own digest of the answer would give it away.
    parts.headers.remove("x-amz-crc32");
    Response::from_parts(parts, Body::from(garbled))
}

/// A failure in the protocol of the service.
fn failure(service: AwsService, status: StatusCode) -> Response<Body> {
    const MESSAGE: &str = "a fault set on purpose";
    let request_id = Uuid::new_v4().to_string();
    let throttled = !status.is_server_error();
    match service {
        AwsService::S3 => {
            let code = match status {
                StatusCode::SERVICE_UNAVAILABLE => "SlowDown",
                StatusCode::FORBIDDEN => "AccessDenied",
                status if status.is_server_error() => "InternalError",
                _ => "RequestLimitExceeded",
            };
            let xml = Xml::document()
                .element("Error", |xml| xml.text("Code", code).text("Message", MESSAGE).text("RequestId", &request_id));
            let mut response = Response::new(Body::from(xml.finish()));
            *response.status_mut() = status;
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/xml"));
            response
        }
        AwsService::Sts | AwsService::Iam => {
            let code = if throttled { "Throttling" } else { "ServiceUnavailable" };
            let namespace = if service == AwsService::Sts { sts::NAMESPACE } else { iam::NAMESPACE };
            QueryError::new(status, code, MESSAGE).into_response(namespace, &request_id)
        }
        AwsService::DynamoDb => {
            let kind = if throttled {
                "com.amazonaws.dynamodb.v20120810#ThrottlingException"
            } else {
                "com.amazonaws.dynamodb.v20120810#InternalServerError"
            };
            let mut response = Response::new(Body::from(json!({"__type": kind, "message": MESSAGE}).to_string()));
            *response.status_mut() = status;
            let content_type = http::HeaderValue::from_static("application/x-amz-json-1.0");
            response.headers_mut().insert("content-type", content_type);
            response
        }
        AwsService::EventBridge | AwsService::SecretsManager => {
            let code = match status {
                StatusCode::FORBIDDEN => "ExpiredTokenException",
                status if status.is_server_error() => "InternalException",
                _ => "ThrottlingException",
            };
            JsonError { status, ..JsonError::new(code, MESSAGE) }.into_response()
        }
    }
}
