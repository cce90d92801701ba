use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::request::UniqueMap;

/// A KMS encryption context. It is no secret: CloudTrail logs it.
/// Source: Amazon S3 API reference, `PutObject`, `x-amz-server-side-encryption-context`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "UniqueMap")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EncryptionContext(std::collections::BTreeMap<String, String>);

impl EncryptionContext {
    /// The header's value, the base64 of JSON; none where the context is empty.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let json = serde_json::to_string(&self.0).ok().filter(|_| !self.0.is_empty())?;
        Some(BASE64_STANDARD.encode(json))
    }
}

impl From<UniqueMap> for EncryptionContext {
    fn from(given: UniqueMap) -> Self {
        Self(given.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_json_in_base64_whatever_order_it_comes_in() {
        for text in [r#"{"team":"é","app":"a\"b"}"#, r#"{"app":"a\"b","team":"é"}"#] {
            let context: EncryptionContext = serde_json::from_str(text).unwrap();
            let json = BASE64_STANDARD.decode(context.header().unwrap()).unwrap();
            assert_eq!(String::from_utf8(json).unwrap(), r#"{"app":"a\"b","team":"é"}"#);
        }
        assert_eq!(EncryptionContext::default().header(), None);
    }
}
