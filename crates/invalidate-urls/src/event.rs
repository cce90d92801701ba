use std::time::SystemTime;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use presign::generation::Scope;
use presign::policy_change::{ApiCall, Change, classify, knows};
use presign::profile::Profiles;
use serde::Deserialize;
use serde_json::Value;

use crate::InvalidateError;

/// What one event means here.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// These generations are to be advanced; the change was made at that time.
    Advances { scopes: Vec<Scope>, at: Option<SystemTime> },
    /// A policy change that no URL of ours depends on.
    Irrelevant,
    /// A call that failed, or changed nothing in force.
    Nothing,
    /// No event of the table's.
    Unknown,
}

/// The detail-type of the events that CloudTrail sends for API calls.
const API_CALL: &str = "AWS API Call via CloudTrail";

/// Reads an EventBridge event by the table of policy changes.
///
/// # Errors
/// When it is no EventBridge event, or a known one that does not say what it changed.
pub fn read(event: &Value, profiles: &Profiles) -> Result<Reading, InvalidateError> {
    let event: EventBridgeEvent<Value> =
        EventBridgeEvent::deserialize(event).map_err(|e| InvalidateError::NotAnEvent(e.to_string()))?;
    if event.detail_type != API_CALL {
        return Ok(Reading::Unknown);
    }
    let name = |field| event.detail.get(field).and_then(Value::as_str);
    if let (Some(source), Some(name)) = (name("eventSource"), name("eventName"))
        && !knows(source, name)
    {
        // Most events are none of ours, and may look as they like.
        return Ok(Reading::Unknown);
    }
    let call = ApiCall::from_detail(&event.detail, event.account.as_deref())?;
    let reading = match classify(&call)? {
        Change::Unknown => Reading::Unknown,
        Change::Nothing => Reading::Nothing,
        Change::ConcernsUsersOf(account) if profiles.may_sign_as_user() => {
            Reading::Advances { scopes: vec![Scope::Account(account)], at: call.event_time }
        }
        Change::ConcernsUsersOf(_) => Reading::Irrelevant,
        Change::ConcernsEveryone => Reading::Advances { scopes: profiles.buckets(), at: call.event_time },
        Change::Advances(mut scopes) => {
            scopes.retain(|scope| profiles.watch(scope));
            if scopes.is_empty() { Reading::Irrelevant } else { Reading::Advances { scopes, at: call.event_time } }
        }
    };
    tracing::debug!(event = call.event_name, ?reading, "read an event");
    Ok(reading)
}
