use serde::{Deserialize, Deserializer};

use super::{HeaderValue, QueryValue};
use crate::lifetime::{ExpiresIn, LifetimeMode};
use crate::names::{BucketName, ObjectKey};
use crate::operation::Operation;

/// The JSON of `POST /urls`. Unknown fields are refused, and so is `null`: a field that is not meant is left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UrlRequestBody {
    pub operation: Operation,
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub expires_in: ExpiresIn,
    #[serde(default)]
    pub lifetime: LifetimeMode,
    #[serde(default, deserialize_with = "given")]
    pub minimum_remaining: Option<ExpiresIn>,
    #[serde(default, deserialize_with = "given")]
    pub version_id: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_cache_control: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_disposition: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_encoding: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_language: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_type: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub cache_control: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_disposition: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_encoding: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_language: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_type: Option<HeaderValue>,
}

/// A field that is there has a value: serde alone would take `null` for an absent one.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
