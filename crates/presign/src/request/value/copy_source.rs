use serde::Deserialize;

use super::{QueryValue, object};
use crate::names::{BucketName, ObjectKey};
use crate::sigv4::encode;

/// The object that a copy is made of, encoded here, so that no caller need know how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CopySource {
    pub bucket: BucketName,
    pub key: ObjectKey,
    #[serde(default, deserialize_with = "super::given")]
    pub version_id: Option<QueryValue>,
}

object!(CopySource, "an object with `bucket`, `key` and, where one version is meant, `versionId`");

impl CopySource {
    /// The value of `x-amz-copy-source`.
    #[must_use]
    pub fn header(&self) -> String {
        let mut value = format!("{}/", self.bucket);
        encode::push_path(&mut value, self.key.as_str());
        if let Some(version_id) = &self.version_id {
            value.push_str("?versionId=");
            encode::push_component(&mut value, version_id.as_str());
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_key_and_the_version_are_encoded_once() {
        let source: CopySource =
            serde_json::from_value(json!({"bucket": "demo", "key": "a b//é?versionId=1", "versionId": "v+1"})).unwrap();
        assert_eq!(source.header(), "demo/a%20b//%C3%A9%3FversionId%3D1?versionId=v%2B1");
    }

    #[test]
    fn any_other_form_is_refused_with_the_one_that_is_taken() {
        for other in [json!("demo/key"), json!(["demo", "key"]), json!(["demo", "key", "v1"])] {
            let error = serde_json::from_value::<CopySource>(other).unwrap_err().to_string();
            assert!(error.contains("`bucket`, `key`"), "{error}");
        }
        assert!(
            serde_json::from_value::<CopySource>(json!({"bucket": "demo", "key": "k", "versionId": null})).is_err()
        );
    }
}
