use std::str::FromStr;

/// CloudTrail's `eventID`: the same however often, and by whatever way, the event is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of an event: 1 to 64 letters, digits and hyphens")]
pub struct EventIdError(String);

super::checked_name!(EventId, EventIdError);

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        if (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(EventIdError(text.to_owned()))
        }
    }
}
