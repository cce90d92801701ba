use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::header::Place;

/// A subsegment, as X-Ray is sent it.
/// Source: AWS X-Ray developer guide, "AWS X-Ray segment documents".
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    name: String,
    id: &'a str,
    trace_id: &'a str,
    parent_id: &'a str,
    /// It is sent by itself, and not within its segment.
    #[serde(rename = "type")]
    kind: &'static str,
    /// In seconds since 1970.
    start_time: f64,
    end_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws: Option<Aws>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<Http>,
    #[serde(flatten)]
    failure: Failure,
    /// What traces can be searched by.
    #[serde(skip_serializing_if = "Map::is_empty")]
    annotations: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Aws {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
}

#[derive(Debug, Serialize)]
struct Http {
    response: Response,
}

#[derive(Debug, Serialize)]
struct Response {
    status: u64,
}

/// Whose fault it was that something failed.
#[derive(Debug, Default, Serialize)]
struct Failure {
    /// The client's.
    #[serde(skip_serializing_if = "is_false")]
    error: bool,
    /// The client's, who asks too often.
    #[serde(skip_serializing_if = "is_false")]
    throttle: bool,
    /// The server's.
    #[serde(skip_serializing_if = "is_false")]
    fault: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Failure {
    fn of_status(status: u64) -> Self {
        Self { error: (400..500).contains(&status), throttle: status == 429, fault: (500..600).contains(&status) }
    }
}

/// The span's field that names a function, whose invocation it is then.
const FUNCTION: &str = "faas.name";

/// The fields by which traces can be searched: API Gateway's id of the request, and whether the invocation was an instance's first.
const ANNOTATIONS: [&str; 2] = ["request_id", "faas.coldstart"];

/// What else a trace shows. A span's other fields are not sent: who adds one does not think of X-Ray.
const METADATA: [&str; 5] = ["method", "invocation_id", "trace_id", "faas.trigger", "faas.invocation_id"];

impl<'a> Document<'a> {
    /// Of a span of this name, and with the fields that it has when it ends.
    pub fn of(
        span: &str,
        (place, id): (&'a Place, &'a str),
        (begun, ended): (SystemTime, SystemTime),
        mut fields: Fields,
    ) -> Self {
        let is_of_aws = fields.take_text("rpc.system").as_deref() == Some("aws-api");
        let service = fields.take_text("rpc.service").filter(|_| is_of_aws);
        let aws = is_of_aws.then(|| Aws { operation: fields.take_text("rpc.method") });
        let status = fields.take("http.response.status_code").and_then(|status| status.as_u64());
        let name = service.or_else(|| fields.take_text(FUNCTION)).unwrap_or_else(|| span.to_owned());
        // A key of an annotation has letters, digits and `_`.
        let annotations = fields.take_each(&ANNOTATIONS).map(|(name, value)| (name.replace('.', "_"), value)).collect();
        let metadata = fields.take_each(&METADATA).map(|(name, value)| (name.to_owned(), value)).collect();
        Self {
            name,
            id,
            trace_id: &place.trace_id,
            parent_id: &place.parent_id,
            kind: "subsegment",
            start_time: seconds(begun),
            end_time: seconds(ended),
            namespace: is_of_aws.then_some("aws"),
            aws,
            http: status.map(|status| Http { response: Response { status } }),
            failure: status.map(Failure::of_status).unwrap_or_default(),
            annotations,
            metadata,
        }
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
