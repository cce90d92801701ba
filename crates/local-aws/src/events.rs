//! EventBridge's `PutEvents`: entries become full events on the local bus.

use axum::body::Body;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use crate::clock::seconds;
use crate::identity::{Caller, Directory};
use crate::json_protocol::{JsonError, answer};

const MOST_ENTRIES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    time: Option<f64>,
    event_bus_name: Option<String>,
}

/// Answers one call; the events go to `bus`.
///
/// # Errors
/// When the call is unknown, malformed or not allowed.
pub fn call(
    action: &str,
    body: &[u8],
    caller: &Caller,
    directory: &Directory,
    region: &str,
    bus: &UnboundedSender<Value>,
) -> Result<Response<Body>, JsonError> {
    if action != "PutEvents" {
        return Err(JsonError::unknown(action));
    }
    let call: PutEvents =
        serde_json::from_slice(body).map_err(|error| JsonError::new("SerializationException", error.to_string()))?;
    if !(1..=MOST_ENTRIES).contains(&call.entries.len()) {
        return Err(JsonError::new("ValidationException", "`Entries` must hold 1 to 10 entries"));
    }
    let account = &directory.account_id;
    let facts = directory.facts(caller);
    for entry in &call.entries {
        let bus = entry.event_bus_name.as_deref().unwrap_or("default");
        let arn = format!("arn:aws:events:{region}:{account}:event-bus/{bus}");
        let resource = if bus.starts_with("arn:") { bus } else { &arn };
        directory
            .authorize(caller, "events:PutEvents", resource, &facts)
            .map_err(|denied| JsonError::new("AccessDeniedException", denied.to_string()))?;
    }
    let results: Vec<Value> = call
        .entries
        .into_iter()
        .map(|entry| match envelope(entry, account, region, directory.clock.now()) {
            Ok((id, event)) => {
                if bus.send(event).is_err() {
                    tracing::warn!("nobody listens to the local event bus");
                }
                json!({"EventId": id.to_string()})
            }
            Err((code, message)) => json!({"ErrorCode": code, "ErrorMessage": message}),
        })
        .collect();
    let failed = results.iter().filter(|result| result.get("ErrorCode").is_some()).count();
    Ok(answer(StatusCode::OK, &json!({"FailedEntryCount": failed, "Entries": results})))
}

type Refusal = (&'static str, &'static str);

fn envelope(entry: Entry, account: &str, region: &str, now: Timestamp) -> Result<(Uuid, Value), Refusal> {
    let invalid = |message| ("InvalidArgument", message);
    let source = entry.source.filter(|source| !source.is_empty()).ok_or(invalid("Parameter Source is not valid."))?;
    let detail_type = entry
        .detail_type
        .filter(|detail_type| !detail_type.is_empty())
        .ok_or(invalid("Parameter DetailType is not valid."))?;
    let detail = entry.detail.ok_or(invalid("Parameter Detail is not valid."))?;
    let detail = serde_json::from_str::<Value>(&detail)
        .ok()
        .filter(Value::is_object)
        .ok_or(("MalformedDetail", "Detail is malformed."))?;
    let time = match entry.time {
        Some(time) => SignedDuration::try_from_secs_f64(time)
            .ok()
            .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok())
            .ok_or(invalid("Parameter Time is not valid."))?,
        None => now,
    };
    let id = Uuid::new_v4();
    let event = json!({
        "version": "0",
        "id": id.to_string(),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": seconds(time),
        "region": region,
        "resources": entry.resources,
        "detail": detail,
    });
    Ok((id, event))
}
