//! What an operation may be answered with.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::http::problem::Problem;
use http_api::ProblemKind::{
    self, BodyTooLarge, BucketNotServed, ClockWrong, Denied, GatewayFailed, GatewayRefused, InvalidRequest,
    LifetimeUnavailable, NoTenant, NotAllowed, NotAuthenticated, S3Refused, S3TooSlow, S3Unreachable, SignerRefused,
    SignerUnavailable, TooLate, TooManyRequests, WouldFail,
};

/// Of any request that says who asks for what in which bucket.
pub const OF_A_BUCKET: &[ProblemKind] = &[
    InvalidRequest,
    NotAuthenticated,
    TooManyRequests,
    Denied,
    NotAllowed,
    NoTenant,
    BucketNotServed,
    SignerRefused,
    ClockWrong,
    SignerUnavailable,
];
pub const OF_A_BODY: &[ProblemKind] = &[InvalidRequest, NotAuthenticated, TooManyRequests, BodyTooLarge];
pub const OF_A_LIFETIME: &[ProblemKind] = &[LifetimeUnavailable];
/// Of what the service itself asks of S3.
pub const OF_S3: &[ProblemKind] = &[S3Refused, S3Unreachable, S3TooSlow];

/// Of a URL that may be tried, besides what S3 does not answer.
pub const OF_A_TRIAL: &[ProblemKind] = &[WouldFail, TooLate];

/// What a REST API answers any request with before a function is asked, or in its place.
const OF_THE_GATEWAY: &[ProblemKind] = &[GatewayRefused, GatewayFailed];

/// The statuses that these have, besides their own.
/// Source: Amazon API Gateway developer guide, "Gateway response types".
const STATUSES_OF_THE_GATEWAY: [(ProblemKind, &str); 5] = [
    (GatewayRefused, "403"),
    (GatewayRefused, "4XX"),
    (GatewayFailed, "500"),
    (GatewayFailed, "504"),
    (GatewayFailed, "5XX"),
];

/// What S3 answers multipart uploads with, of that which it passes on; any other status of 400 to 499 is S3's too.
/// Source: Amazon S3 API reference, "Error responses".
const STATUSES_OF_S3: [StatusCode; 6] = [
    StatusCode::BAD_REQUEST,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::CONFLICT,
    StatusCode::PRECONDITION_FAILED,
];

/// The `responses` of an operation.
pub fn responses(
    schemas: &mut Schemas,
    (status, success): (StatusCode, Value),
    problems: &[&[ProblemKind]],
    has_body: bool,
) -> Value {
    let mut responses = Map::new();
    responses.insert(status.as_str().to_owned(), success);
    for (status, kinds) in by_status(problems) {
        responses.insert(status, refusal(schemas, &kinds, has_body));
    }
    Value::Object(responses)
}

/// The kinds of problems under each status that they may have.
fn by_status(problems: &[&[ProblemKind]]) -> BTreeMap<String, Vec<ProblemKind>> {
    let mut all: BTreeMap<String, Vec<ProblemKind>> = BTreeMap::new();
    let mut add = |status: &str, kind| {
        let kinds = all.entry(status.to_owned()).or_default();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    };
    for kind in problems.iter().copied().flatten().chain(OF_THE_GATEWAY).copied() {
        add(kind.status().as_str(), kind);
        if kind == S3Refused {
            for status in STATUSES_OF_S3 {
                add(status.as_str(), kind);
            }
            add("4XX", kind);
        }
    }
    for (kind, status) in STATUSES_OF_THE_GATEWAY {
        add(status, kind);
    }
    all
}

fn refusal(schemas: &mut Schemas, kinds: &[ProblemKind], has_body: bool) -> Value {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
    let mut headers = no_store();
    if [SignerUnavailable, TooManyRequests].iter().any(|kind| kinds.contains(kind)) {
        let header = json!({"description": "seconds", "required": true, "schema": {"type": "integer", "minimum": 1}});
        headers.insert("retry-after".to_owned(), header);
    }
    let description = titles.join("; or ");
    if !has_body {
        return json!({"description": description, "headers": headers});
    }
    let schema = json!({"allOf": [schemas.answered::<Problem>()], "properties": {"type": {"enum": kinds}}});
    let content = json!({"application/problem+json": {"schema": schema}});
    json!({"description": description, "headers": headers, "content": content})
}

/// No answer with a bearer token in it is kept on the way, and no refusal.
pub fn no_store() -> Map<String, Value> {
    let header = json!({"required": true, "schema": {"const": "no-store"}});
    Map::from_iter([("cache-control".to_owned(), header)])
}
