use super::key::FILENAME;
use super::{ContentLengthRange, FormContentType, FormKey, FormRequestBody};
use crate::encryption::{AskedEncryption, asked_encryption};
use crate::lifetime::Asked;
use crate::names::BucketName;
use crate::request::{Header, HeaderValue, Metadata, Tagging, checksum};

/// A request for one form.
#[derive(Debug, Clone)]
pub struct FormRequest {
    bucket: BucketName,
    key: FormKey,
    asked: Asked,
    wants_curl: bool,
    content_length_range: ContentLengthRange,
    content_type: Option<FormContentType>,
    fields: Vec<Header>,
    encryption: AskedEncryption,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormRequestError {
    #[error("`{parameter}` and `{other}` exclude each other")]
    Exclusive { parameter: &'static str, other: &'static str },
    /// Source: Amazon S3 API reference, "POST Policy", "Condition matching": "All variables within the form are expanded prior to
    /// validating the POST policy".
    #[error(
        "`{0}` has `{FILENAME}`, which S3 replaces before it compares the field with the policy, so that it would refuse every \
         form: only `key` may have it"
    )]
    Filename(&'static str),
}

impl FormRequestError {
    /// The field at fault.
    #[must_use]
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Exclusive { parameter, .. } | Self::Filename(parameter) => parameter,
        }
    }
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
    pub fn fields(&self) -> &[Header] {
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
            return Err(FormRequestError::Exclusive {
                parameter: "successActionStatus",
                other: "successActionRedirect",
            });
        }
        if let Some(parameter) = with_filename(&body) {
            return Err(FormRequestError::Filename(parameter));
        }
        let checksum =
            checksum!(body).map_err(|two| FormRequestError::Exclusive { parameter: two.field, other: two.other })?;
        let mut fields: Vec<Header> = vec![];
        let mut add = |name: &'static str, value: Option<String>| {
            fields.extend(value.map(|value| (name.into(), value)));
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
        fields.extend(body.metadata.unwrap_or_default().headers());
        Ok(Self {
            bucket: body.bucket,
            key: body.key,
            asked: Asked { expires_in: body.expires_in, mode: body.lifetime, minimum_remaining: None },
            wants_curl: body.curl,
            content_length_range: body.content_length_range,
            content_type: body.content_type,
            fields,
            encryption: asked_encryption!(body),
        })
    }
}

/// The first field with the file's name in it, other than the key. No other than these can have its characters.
fn with_filename(body: &FormRequestBody) -> Option<&'static str> {
    let content_type = match &body.content_type {
        Some(FormContentType::Exactly(value)) => Some(value.as_str()),
        Some(FormContentType::StartsWith(_)) | None => None,
    };
    let fields = [
        ("contentType", content_type),
        ("cacheControl", body.cache_control.as_ref().map(HeaderValue::as_str)),
        ("contentDisposition", body.content_disposition.as_ref().map(HeaderValue::as_str)),
        ("contentEncoding", body.content_encoding.as_ref().map(HeaderValue::as_str)),
    ];
    let metadata = body.metadata.iter().flat_map(Metadata::values).map(|value| ("metadata", value.as_str()));
    let fields = fields.into_iter().filter_map(|(parameter, value)| Some((parameter, value?)));
    fields.chain(metadata).find_map(|(parameter, value)| value.contains(FILENAME).then_some(parameter))
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
    fn the_name_of_the_file_stands_in_the_key_only() {
        assert!(parse(&json!({"key": "in/${filename}", "metadata": {"a": "$filename {filename}"}})).is_ok());
        for (parameter, fields) in [
            ("contentType", json!({"contentType": "text/${filename}"})),
            ("cacheControl", json!({"cacheControl": "${filename}"})),
            ("contentDisposition", json!({"contentDisposition": "attachment; filename=\"${filename}\""})),
            ("contentEncoding", json!({"contentEncoding": "${filename}"})),
            ("metadata", json!({"metadata": {"a": "1", "original-name": "${filename}"}})),
        ] {
            let error = parse(&fields).unwrap_err();
            assert!(error.starts_with(&format!("`{parameter}` has `${{filename}}`")), "{error}");
        }
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
            (json!({"successActionRedirect": "https://a.example/${filename}"}), "an address"),
            (json!({"tagging": {"a": "${filename}"}}), "'$'"),
        ] {
            let error = parse(&fields).unwrap_err();
            assert!(error.contains(said), "{fields}: {error}");
        }
        let unbounded = json!({"bucket": "demo", "key": "k", "expiresIn": 60});
        let error = serde_json::from_value::<FormRequestBody>(unbounded).unwrap_err().to_string();
        assert!(error.contains("contentLengthRange"), "{error}");
    }
}
