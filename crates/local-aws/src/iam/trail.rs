//! The trail: every call that meant to change something, as CloudTrail hands it to EventBridge.

use http::HeaderMap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::seconds;
use crate::identity::{Caller, Directory};
use crate::query::{Parameters, QueryError};

/// IAM's events appear in this region only, wherever the caller is.
const REGION: &str = "us-east-1";

/// The parameters that CloudTrail shows, in its spelling.
const SHOWN: [(&str, &str); 14] = [
    ("UserName", "userName"),
    ("AccessKeyId", "accessKeyId"),
    ("Status", "status"),
    ("RoleName", "roleName"),
    ("PolicyName", "policyName"),
    ("PolicyDocument", "policyDocument"),
    ("AssumeRolePolicyDocument", "assumeRolePolicyDocument"),
    ("Path", "path"),
    ("Description", "description"),
    ("MaxSessionDuration", "maxSessionDuration"),
    ("PolicyArn", "policyArn"),
    ("PermissionsBoundary", "permissionsBoundary"),
    ("VersionId", "versionId"),
    ("SetAsDefault", "setAsDefault"),
];

/// The event of one call. A call that failed changed nothing; its event says so by `errorCode`.
#[must_use]
pub fn record(
    action: &str,
    parameters: &Parameters,
    caller: &Caller,
    headers: &HeaderMap,
    outcome: Result<(), &QueryError>,
    directory: &Directory,
    request_id: &str,
) -> Value {
    let account = &*directory.account_id;
    let time = seconds(directory.clock.now());
    let mut detail = json!({
        "eventVersion": "1.11",
        "userIdentity": caller.user_identity(account),
        "eventTime": time,
        "eventSource": "iam.amazonaws.com",
        "eventName": action,
        "awsRegion": REGION,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default(),
        "requestParameters": request_parameters(parameters),
        "responseElements": response_elements(action, parameters, outcome, directory),
        "requestID": request_id,
        "eventID": Uuid::new_v4().to_string(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    });
    if let (Err(error), Some(detail)) = (outcome, detail.as_object_mut()) {
        detail.insert("errorCode".to_owned(), error_code(error.code).into());
        detail.insert("errorMessage".to_owned(), error.message.clone().into());
    }
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": account,
        "time": time,
        "region": REGION,
        "resources": [],
        "detail": detail,
    })
}

fn request_parameters(parameters: &Parameters) -> Value {
    let shown = SHOWN.into_iter().filter_map(|(name, shown)| {
        let value = parameters.get(name)?;
        let value = match value.parse::<u32>() {
            Ok(number) if name == "MaxSessionDuration" => number.into(),
            _ if name == "SetAsDefault" => (value == "true").into(),
            _ => value.into(),
        };
        Some((shown.to_owned(), value))
    });
    Value::Object(shown.collect::<Map<_, _>>())
}

/// Only a created role is told about; other calls have nothing to tell.
fn response_elements(
    action: &str,
    parameters: &Parameters,
    outcome: Result<(), &QueryError>,
    directory: &Directory,
) -> Value {
    let created = || directory.roles.role(parameters.get("RoleName")?);
    match (action, outcome, created()) {
        ("CreateRole", Ok(()), Some(role)) => json!({"role": {
            "path": role.path,
            "roleName": role.name,
            "roleId": role.id,
            "arn": role.arn(&directory.account_id),
            "createDate": seconds(role.created_at),
            "assumeRolePolicyDocument": crate::query::encoded(&role.trust.document),
        }}),
        _ => Value::Null,
    }
}

/// CloudTrail names IAM's own errors by their exception.
fn error_code(code: &str) -> String {
    match code {
        "NoSuchEntity" | "EntityAlreadyExists" | "MalformedPolicyDocument" | "DeleteConflict" | "LimitExceeded" => {
            format!("{code}Exception")
        }
        other => other.to_owned(),
    }
}
