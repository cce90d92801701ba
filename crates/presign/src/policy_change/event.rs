use std::time::SystemTime;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::names::{AccountId, EventId, Region};

/// An API call as CloudTrail reports it through EventBridge, or what a service has done by itself: the `detail` of the detail-types
/// "AWS API Call via CloudTrail" and "AWS Service Event via CloudTrail". Only what decides about scopes is read.
/// Source: CloudTrail user guide, "CloudTrail record contents".
#[derive(Debug, Clone)]
pub struct ApiCall {
    /// None where it is missing or like no id: then it cannot be told from another event.
    pub event_id: Option<EventId>,
    pub event_source: String,
    pub event_name: String,
    pub event_time: Option<SystemTime>,
    /// Set when the call failed, and so changed nothing.
    pub error_code: Option<String>,
    pub account: AccountId,
    pub region: Option<Region>,
    /// The user who called, where it was a user.
    pub calling_user: Option<String>,
    pub called_by_root: bool,
    pub request_parameters: Value,
    /// The ARNs of the resources that CloudTrail names, with their types.
    pub resources: Vec<NamedResource>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct NamedResource {
    #[serde(rename = "ARN", default)]
    pub arn: Option<String>,
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ApiCallError {
    #[error("the event's `detail` is not a CloudTrail record: {0}")]
    Detail(String),
    #[error("the event names no account that could be read: {0}")]
    Account(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(default, rename = "eventID")]
    event_id: Option<String>,
    event_source: String,
    event_name: String,
    #[serde(default)]
    event_time: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    aws_region: Option<String>,
    #[serde(default)]
    recipient_account_id: Option<String>,
    #[serde(default)]
    user_identity: Option<UserIdentity>,
    #[serde(default)]
    request_parameters: Value,
    #[serde(default)]
    resources: Option<Vec<NamedResource>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    user_name: Option<String>,
    #[serde(default)]
    account_id: Option<String>,
}

impl ApiCall {
    /// Reads the `detail` of an EventBridge event that was sent by `account`.
    ///
    /// # Errors
    /// When it is no CloudTrail record, or names no account.
    pub fn from_detail(detail: &Value, account: Option<&str>) -> Result<Self, ApiCallError> {
        let record = Record::deserialize(detail).map_err(|e| ApiCallError::Detail(e.to_string()))?;
        let identity = record.user_identity;
        let account = record
            .recipient_account_id
            .as_deref()
            .or(account)
            .or(identity.as_ref().and_then(|identity| identity.account_id.as_deref()))
            .ok_or_else(|| ApiCallError::Account("`recipientAccountId` and `account` are missing".to_owned()))?
            .parse()
            .map_err(|e| ApiCallError::Account(format!("{e}")))?;
        Ok(Self {
            event_id: record.event_id.and_then(|id| id.parse().ok()),
            event_source: record.event_source,
            event_name: record.event_name,
            event_time: record.event_time.and_then(|time| time.parse::<Timestamp>().ok()).map(SystemTime::from),
            error_code: record.error_code,
            account,
            region: record.aws_region.and_then(|region| region.parse().ok()),
            called_by_root: identity.as_ref().is_some_and(|by| by.kind.as_deref() == Some("Root")),
            calling_user: identity.filter(|by| by.kind.as_deref() == Some("IAMUser")).and_then(|by| by.user_name),
            request_parameters: record.request_parameters,
            resources: record.resources.unwrap_or_default(),
        })
    }

    /// The text of a request parameter, where the request had it.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.request_parameters.get(name)?.as_str()
    }
}
