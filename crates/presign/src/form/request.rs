use std::borrow::Cow;

use super::{ContentLengthRange, FormContentType, FormKey, FormRequestBody};
use crate::encryption::AskedEncryption;
use crate::lifetime::Asked;
use crate::names::BucketName;
use crate::request::{Tagging, checksum};

/// A request for one form.
#[derive(Debug, Clone)]
pub struct FormRequest {
    bucket: BucketName,
    key: FormKey,
    asked: Asked,
    wants_curl: bool,
    content_length_range: ContentLengthRange,
    content_type: Option<FormContentType>,
    fields: Vec<(Cow<'static, str>, String)>,
    encryption: AskedEncryption,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}` and `{other}` exclude each other")]
pub struct FormRequestError {
    /// The field at fault.
    pub parameter: &'static str,
    other: &'static str,
}

impl FormRequest {
    #[must_use]
    pub fn bucket(&self) -> &BucketName {
        &self.bucket
    }

    #[must_use]
    pub fn key(&self) -> &FormKey {
        &self.key
    }

    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether the answer is to have a command line that sends the form.
    #[must_use]
    pub fn wants_curl(&self) -> bool {
        self.wants_curl
    }

    #[must_use]
    pub fn content_length_range(&self) -> ContentLengthRange {
        self.content_length_range
    }

    #[must_use]
    pub fn content_type(&self) -> Option<&FormContentType> {
        self.content_type.as_ref()
    }

    /// The form's fields, but for key, content type, encryption and signature; each must be sent as given.
    #[must_use]
    pub fn fields(&self) -> &[(Cow<'static, str>, String)] {
        &self.fields
    }

    #[must_use]
    pub fn encryption(&self) -> &AskedEncryption {
        &self.encryption
    }
}

impl TryFrom<FormRequestBody> for FormRequest {
    type Error = FormRequestError;

    fn try_from(body: FormRequestBody) -> Result<Self, FormRequestError> {
        if body.success_action_status.is_some() && body.success_action_redirect.is_some() {
            // S3 would pass over the status in silence.
            return Err(FormRequestError { parameter: "successActionStatus", other: "successActionRedirect" });
        }
        let checksum = checksum!(body).map_err(|two| FormRequestError { parameter: two.field, other: two.other })?;
        let mut fields: Vec<(Cow<'static, str>, String)> = vec![];
        let mut add = |name: &'static str, value: Option<String>| {
            fields.extend(value.map(|value| (Cow::Borrowed(name), value)));
        };
        add("Cache-Control", body.cache_control.map(String::from));
        add("Content-Disposition", body.content_disposition.map(String::from));
        add("Content-Encoding", body.content_encoding.map(String::from));
        add("Expires", body.expires.map(String::from));
        add("x-amz-storage-class", body.storage_class.map(String::from));
        add("tagging", body.tagging.as_ref().and_then(Tagging::xml));
        add("success_action_status", body.success_action_status.map(String::from));
        add("success_action_redirect", body.success_action_redirect.map(String::from));
        if let Some(checksum) = checksum {
            add("x-amz-checksum-algorithm", Some(checksum.algorithm.to_owned()));
            add(checksum.header, Some(checksum.value));
        }
        let metadata = body.metadata.unwrap_or_default().headers();
        fields.extend(metadata.map(|(name, value)| (Cow::Owned(name), value)));
        Ok(Self {
            bucket: body.bucket,
            key: body.key,
            asked: Asked { expires_in: body.expires_in, mode: body.lifetime, minimum_remaining: None },
            wants_curl: body.curl,
            content_length_range: body.content_length_range,
            content_type: body.content_type,
            fields,
            encryption: AskedEncryption {
                server_side_encryption: body.server_side_encryption,
                ssekms_key_id: body.ssekms_key_id,
                ssekms_encryption_context: body.ssekms_encryption_context,
                bucket_key_enabled: body.bucket_key_enabled,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(fields: &Value) -> Result<FormRequest, String> {
        let mut body = json!({"bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": {"maximum": 10}});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body: FormRequestBody = serde_json::from_value(body).map_err(|error| error.to_string())?;
        FormRequest::try_from(body).map_err(|error| error.to_string())
    }

    #[test]
    fn each_parameter_becomes_the_field_that_s3_knows() {
        let request = parse(&json!({
            "cacheControl": "no-cache", "storageClass": "STANDARD_IA", "metadata": {"Owner": "Ada"},
            "tagging": {"a": "1"}, "successActionStatus": "201", "checksumCRC32": "AAAAAA==",
        }));
        let request = request.unwrap();
        let fields: Vec<(&str, &str)> = request.fields().iter().map(|(n, v)| (n.as_ref(), v.as_str())).collect();
        let expected = [
            ("Cache-Control", "no-cache"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"),
            ("success_action_status", "201"),
            ("x-amz-checksum-algorithm", "CRC32"),
            ("x-amz-checksum-crc32", "AAAAAA=="),
            ("x-amz-meta-owner", "Ada"),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn what_excludes_each_other_or_is_unknown_is_refused() {
        for (fields, said) in [
            (json!({"successActionStatus": "200", "successActionRedirect": "https://a.example/"}), "exclude"),
            (
                json!({"checksumCRC32": "AAAAAA==", "checksumCRC32C": "AAAAAA=="}),
                "`checksumCRC32C` and `checksumCRC32`",
            ),
            (json!({"acl": "public-read"}), "unknown field `acl`"),
            (json!({"contentType": null}), "a string, or an object with `startsWith`"),
            (json!({"contentType": {"endsWith": "x"}}), "endsWith"),
            (json!({"key": {"startsWith": "a", "x": 1}}), "unknown field `x`"),
            (json!({"sseCustomerKey": "AES256"}), "April 2026"),
            (json!({"successActionStatus": "500"}), "500"),
        ] {
            let error = parse(&fields).unwrap_err();
            assert!(error.contains(said), "{fields}: {error}");
        }
        let unbounded = json!({"bucket": "demo", "key": "k", "expiresIn": 60});
        let error = serde_json::from_value::<FormRequestBody>(unbounded).unwrap_err().to_string();
        assert!(error.contains("contentLengthRange"), "{error}");
    }
}
