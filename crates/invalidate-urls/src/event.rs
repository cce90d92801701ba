use std::time::SystemTime;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use presign::generation::Scope;
use presign::names::EventId;
use presign::policy_change::{ApiCall, Change, Unnamed, classify, knows};
use presign::profile::Profiles;
use serde::Deserialize;
use serde_json::Value;

use crate::InvalidateError;

/// What one event means here.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// A change that URLs of ours may depend on.
    Change(PolicyChange),
    /// A policy change that no URL of ours depends on.
    Irrelevant,
    /// A call that failed, or changed nothing in force.
    Nothing,
    /// No event of the table's.
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub struct PolicyChange {
    pub concerns: Concerns,
    /// None where the event has no id by which a second delivery could be told.
    pub event: Option<EventId>,
    /// When it was made, as far as the event tells.
    pub at: Option<SystemTime>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Concerns {
    /// Scopes that URLs of ours depend on.
    Scopes(Vec<Scope>),
    /// Whom to look up first.
    Unnamed(Unnamed),
}

/// The detail-types of the events that CloudTrail sends for API calls, and for what a service does by itself.
const BY_CLOUDTRAIL: [&str; 2] = ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"];

/// Reads an EventBridge event by the table of policy changes.
///
/// # Errors
/// When it is no EventBridge event, or a known one that does not say what it changed.
pub fn read(event: &Value, profiles: &Profiles) -> Result<Reading, InvalidateError> {
    let event: EventBridgeEvent<Value> =
        EventBridgeEvent::deserialize(event).map_err(|e| InvalidateError::NotAnEvent(e.to_string()))?;
    if !BY_CLOUDTRAIL.contains(&event.detail_type.as_str()) {
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
    let concerns = match classify(&call)? {
        Change::Unknown => return Ok(Reading::Unknown),
        Change::Nothing => return Ok(Reading::Nothing),
        Change::Concerns(unnamed) => may_sign(&unnamed, profiles).then_some(Concerns::Unnamed(unnamed)),
        Change::ConcernsAnythingIn(account) => Some(Concerns::Scopes(profiles.reached_from(&account))),
        Change::ConcernsEveryone => Some(Concerns::Scopes(profiles.buckets())),
        Change::Advances(scopes) => watched(scopes, profiles).map(Concerns::Scopes),
    };
    let reading = match concerns {
        Some(concerns) => {
            // CloudTrail's own id outlives whatever carries the event.
            let event_id = call.event_id.or_else(|| event.id.as_deref().and_then(|id| id.parse().ok()));
            Reading::Change(PolicyChange { concerns, event: event_id, at: call.event_time })
        }
        None => Reading::Irrelevant,
    };
    tracing::debug!(event = call.event_name, ?reading, "read an event");
    Ok(reading)
}

/// Those of `scopes` that a URL of ours can depend on; none where there is none.
pub fn watched(mut scopes: Vec<Scope>, profiles: &Profiles) -> Option<Vec<Scope>> {
    scopes.retain(|scope| profiles.watch(scope));
    (!scopes.is_empty()).then_some(scopes)
}

/// Whether it is worth finding out who they are: whether any of them could sign.
fn may_sign(unnamed: &Unnamed, profiles: &Profiles) -> bool {
    let only_users = matches!(unnamed, Unnamed::Members { .. });
    profiles.watch(&Scope::Account(unnamed.account().clone())) && (!only_users || profiles.may_sign_as_user())
}
