use serde::{Deserialize, Deserializer, de};

/// A parameter of encryption with customer-provided keys (SSE-C), which no request may have.
#[derive(Debug, Clone, Copy)]
pub enum CustomerKey {}

impl<'de> Deserialize<'de> for CustomerKey {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(
            "encryption with customer-provided keys (SSE-C) is not to be had: new buckets block it since April 2026, and \
             whoever uses the URL would have to be given the key; use `serverSideEncryption` with `aws:kms` instead",
        ))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CustomerKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CustomerKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "No request has this: encryption with customer-provided keys (SSE-C) is refused, with the reason.",
            "not": {},
        })
    }
}
