use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ContentLengthRange, FormContentType, FormKey};
use crate::names::BucketName;

/// What the holder of a form may send: S3 compares each field with its condition, and refuses fields that have none.
/// Source: Amazon S3 API reference, "POST Policy".
pub struct PostPolicy<'a> {
    pub expires_at: SystemTime,
    pub bucket: &'a BucketName,
    pub key: &'a FormKey,
    pub content_type: Option<&'a FormContentType>,
    pub content_length_range: ContentLengthRange,
    /// Fields that must be sent as they are.
    pub fields: &'a [(String, String)],
}

impl PostPolicy<'_> {
    /// The JSON text.
    pub fn document(&self) -> String {
        let mut conditions = vec![json!({"bucket": self.bucket.as_str()}), self.key()];
        conditions.extend(match self.content_type {
            Some(FormContentType::StartsWith(beginning)) => Some(json!(["starts-with", "$Content-Type", beginning])),
            Some(FormContentType::Exactly(_)) | None => None,
        });
        let range = self.content_length_range;
        conditions.push(json!(["content-length-range", range.minimum(), range.maximum()]));
        conditions.extend(self.fields.iter().map(|(name, value)| json!({ name.as_str(): value })));
        json!({"expiration": iso_8601(self.expires_at), "conditions": conditions}).to_string()
    }

    fn key(&self) -> Value {
        match self.key {
            FormKey::Exactly(key) => json!({"key": key.as_str()}),
            FormKey::StartsWith { beginning, .. } => json!(["starts-with", "$key", beginning]),
        }
    }
}

/// To the second. The year has four digits: it is the one of a signature's date, or at most a week later.
fn iso_8601(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()).unwrap_or_default()
}
