use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::SqsEvent;
use serde::Deserialize;
use serde_json::Value;

use crate::InvalidateError;

/// How events came: alone, or wrapped by what carried them.
pub enum Delivery {
    /// One event, delivered by EventBridge itself or by hand.
    Event(Value),
    /// A batch of which SQS takes back what fails, message by message.
    Sqs(Vec<SqsMessage>),
    /// A batch that succeeds or fails as a whole.
    Sns(Vec<Result<Value, InvalidateError>>),
}

pub struct SqsMessage {
    pub id: String,
    pub event: Result<Value, InvalidateError>,
}

impl TryFrom<Value> for Delivery {
    type Error = InvalidateError;

    fn try_from(payload: Value) -> Result<Self, InvalidateError> {
        let not_an_event = |error: serde_json::Error| InvalidateError::NotAnEvent(error.to_string());
        let first = payload.get("Records").and_then(|records| records.get(0));
        // SQS writes `eventSource`, SNS `EventSource`.
        let source = first.and_then(|record| record.get("eventSource").or_else(|| record.get("EventSource")));
        match source.and_then(Value::as_str) {
            Some("aws:sqs") => {
                let batch = SqsEvent::deserialize(payload).map_err(not_an_event)?;
                let messages = batch.records.into_iter().map(|message| SqsMessage {
                    id: message.message_id.unwrap_or_default(),
                    event: unwrapped(message.body.as_deref().unwrap_or_default()),
                });
                Ok(Self::Sqs(messages.collect()))
            }
            Some("aws:sns") => {
                let batch = SnsEvent::deserialize(payload).map_err(not_an_event)?;
                Ok(Self::Sns(batch.records.iter().map(|record| unwrapped(&record.sns.message)).collect()))
            }
            _ => Ok(Self::Event(payload)),
        }
    }
}

/// What SNS puts around a message that it hands to a queue.
#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Message")]
    message: String,
}

/// The event in the text of a message, taken out of a notification where it is in one.
fn unwrapped(text: &str) -> Result<Value, InvalidateError> {
    let parse =
        |text: &str| serde_json::from_str::<Value>(text).map_err(|e| InvalidateError::NotAnEvent(e.to_string()));
    let value = parse(text)?;
    match Notification::deserialize(&value) {
        Ok(notification) => parse(&notification.message),
        Err(_) => Ok(value),
    }
}
