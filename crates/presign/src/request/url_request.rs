use super::table::{Place, rows};
use super::value::{CopySource, Header};
use super::{CacheChoice, RequestError, UrlRequestBody, rules};
use crate::encryption::{AskedEncryption, asked_encryption};
use crate::lifetime::Asked;
use crate::names::{BucketName, ObjectKey};
use crate::operation::Operation;

/// A request for one URL.
#[derive(Debug, Clone)]
pub struct UrlRequest {
    operation: Operation,
    bucket: BucketName,
    key: ObjectKey,
    asked: Asked,
    cache: Option<CacheChoice>,
    wants_curl: bool,
    wants_verification: bool,
    compares: bool,
    query: Vec<(&'static str, String)>,
    headers: Vec<Header>,
    encryption: AskedEncryption,
    copy_source: Option<CopySource>,
}

impl UrlRequest {
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    #[must_use]
    pub fn bucket(&self) -> &BucketName {
        &self.bucket
    }

    #[must_use]
    pub fn key(&self) -> &ObjectKey {
        &self.key
    }

    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether a URL from the cache may answer it, and its own go there.
    #[must_use]
    pub fn may_be_cached(&self) -> bool {
        self.cache != Some(CacheChoice::Bypass) && self.asked.may_be_reused()
    }

    /// Whether the answer is to have a command line that uses the URL.
    #[must_use]
    pub fn wants_curl(&self) -> bool {
        self.wants_curl
    }

    /// Whether it is to be tried before its URL is handed out.
    #[must_use]
    pub fn wants_verification(&self) -> bool {
        self.wants_verification
    }

    /// Whether it overwrites an object only if that is still the one it is compared with.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.compares
    }

    /// Names and values of the query parameters to sign, as meant.
    #[must_use]
    pub fn query(&self) -> &[(&'static str, String)] {
        &self.query
    }

    /// Lower-case names and values of the headers to sign, but for those of encryption.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    #[must_use]
    pub fn encryption(&self) -> &AskedEncryption {
        &self.encryption
    }

    #[must_use]
    pub fn copy_source(&self) -> Option<&CopySource> {
        self.copy_source.as_ref()
    }
}

impl TryFrom<UrlRequestBody> for UrlRequest {
    type Error = RequestError;

    fn try_from(body: UrlRequestBody) -> Result<Self, RequestError> {
        let rows = rows(&body);
        rules::check(&body, &rows)?;
        let (mut query, mut headers) = (vec![], vec![]);
        for row in rows {
            match row.place {
                Place::Query(name, value) => query.push((name, value)),
                Place::Header(name, value) => headers.push((name.into(), value)),
                Place::Headers(all) => headers.extend(all),
                Place::Elsewhere => {}
            }
        }
        Ok(Self {
            operation: body.operation,
            bucket: body.bucket,
            key: body.key,
            asked: Asked {
                expires_in: body.expires_in,
                mode: body.lifetime,
                minimum_remaining: body.minimum_remaining,
            },
            cache: body.cache,
            wants_curl: body.curl,
            wants_verification: body.verify,
            compares: body.if_match.is_some(),
            query,
            headers,
            encryption: asked_encryption!(body),
            copy_source: body.copy_source,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(fields: &Value) -> Result<UrlRequest, String> {
        let mut body = json!({"operation": "getObject", "bucket": "demo", "key": "k", "expiresIn": 60});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body: UrlRequestBody = serde_json::from_value(body).map_err(|e| e.to_string())?;
        UrlRequest::try_from(body).map_err(|e| e.to_string())
    }

    fn upload(fields: &Value) -> Result<UrlRequest, String> {
        let mut put = json!({"operation": "putObject"});
        put.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        parse(&put)
    }

    fn copy(fields: &Value) -> Result<UrlRequest, String> {
        let mut copy = json!({"operation": "copyObject", "copySource": {"bucket": "demo", "key": "from"}});
        copy.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        parse(&copy)
    }

    #[test]
    fn a_parameter_of_another_operation_is_refused() {
        let error = parse(&json!({"contentType": "text/plain"})).unwrap_err();
        assert_eq!(error, "`contentType` does not go with `getObject`");
        assert!(upload(&json!({"contentType": "text/plain"})).is_ok());
        for fields in [
            json!({"versionId": "v"}),
            json!({"range": "bytes=0-1"}),
            json!({"responseExpires": "2027-01-01T00:00:00Z"}),
            json!({"copySource": {"bucket": "demo", "key": "k"}}),
            json!({"metadataDirective": "COPY"}),
        ] {
            assert!(upload(&fields).is_err(), "{fields}");
        }
        for fields in [json!({"contentLength": 1}), json!({"ifNoneMatch": "*"}), json!({"partNumber": 1})] {
            assert!(copy(&fields).is_err(), "{fields}");
        }
        for fields in [
            json!({"serverSideEncryption": "AES256"}),
            json!({"bucketKeyEnabled": false}),
            json!({"metadata": {}}),
            json!({"tagging": {}}),
        ] {
            assert!(parse(&fields).is_err(), "S3 refuses a GET with {fields}");
        }
    }

    #[test]
    fn nothing_unknown_null_or_absent_is_taken_for_something_else() {
        for fields in [
            json!({"method": "GET"}),
            json!({"versionId": null}),
            json!({"minimumRemaining": null}),
            json!({"lifetime": null}),
            json!({"operation": null}),
            json!({"operation": "GetObject"}),
            json!({"minimumRemaining": 61}),
            json!({"cache": null}),
            json!({"cache": "refresh"}),
            json!({"curl": "true"}),
            json!({"partNumber": "1"}),
            json!({"checksumMode": "enabled"}),
        ] {
            assert!(parse(&fields).is_err(), "{fields}");
        }
        assert!(
            serde_json::from_value::<UrlRequestBody>(json!({"bucket": "demo", "key": "k", "expiresIn": 60})).is_err()
        );
    }

    #[test]
    fn overrides_go_into_the_query_under_s3s_names() {
        let request =
            parse(&json!({"responseContentType": "a/b", "versionId": "v1", "responseExpires": "2027-01-01T00:00:00Z"}));
        let expected = [
            ("versionId", "v1".to_owned()),
            ("response-content-type", "a/b".to_owned()),
            ("response-expires", "Fri, 01 Jan 2027 00:00:00 GMT".to_owned()),
        ];
        assert_eq!(request.unwrap().query(), expected);
    }

    #[test]
    fn what_s3_takes_one_at_a_time_is_refused_together() {
        assert!(parse(&json!({"range": "bytes=0-1", "partNumber": 1})).is_err());
        assert!(upload(&json!({"ifMatch": "\"e\"", "ifNoneMatch": "*"})).is_err());
        assert!(upload(&json!({"checksumCRC32": "AAAAAA==", "checksumCRC32C": "AAAAAA=="})).is_err());
        let md5 = "1B2M2Y8AsgTpgAmY7PhCfg==";
        assert!(upload(&json!({"checksumCRC32": "AAAAAA==", "contentMD5": md5})).is_ok());
    }

    #[test]
    fn a_lock_needs_its_parts_and_a_digest() {
        let (mode, until) = ("GOVERNANCE", "2027-01-01T00:00:00Z");
        for (fields, said) in [
            (json!({"objectLockMode": mode, "checksumCRC32": "AAAAAA=="}), "`objectLockRetainUntilDate`"),
            (json!({"objectLockRetainUntilDate": until, "checksumCRC32": "AAAAAA=="}), "`objectLockMode`"),
            (json!({"objectLockMode": mode, "objectLockRetainUntilDate": until}), "checksum"),
            (json!({"objectLockLegalHoldStatus": "ON"}), "checksum"),
        ] {
            let error = upload(&fields).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let whole = json!({"objectLockMode": mode, "objectLockRetainUntilDate": until, "checksumCRC32": "AAAAAA=="});
        assert!(upload(&whole).is_ok());
        assert!(copy(&json!({"objectLockLegalHoldStatus": "ON"})).is_ok(), "the source has its digest already");
    }

    #[test]
    fn a_copy_says_what_it_replaces() {
        assert!(parse(&json!({"operation": "copyObject"})).unwrap_err().contains("copySource"));
        assert!(copy(&json!({"contentType": "a/b"})).unwrap_err().contains("metadataDirective"));
        assert!(copy(&json!({"metadata": {"a": "1"}, "metadataDirective": "COPY"})).is_err());
        assert!(copy(&json!({"metadata": {"a": "1"}, "metadataDirective": "REPLACE"})).is_ok());
        assert!(copy(&json!({"tagging": {"a": "1"}})).unwrap_err().contains("taggingDirective"));
        assert!(copy(&json!({"tagging": {"a": "1"}, "taggingDirective": "REPLACE"})).is_ok());
        let copied = copy(&json!({})).unwrap();
        assert_eq!(copied.headers(), [("x-amz-copy-source".into(), "demo/from".to_owned())]);
    }

    #[test]
    fn customer_provided_keys_are_refused_with_the_reason() {
        for field in ["sseCustomerAlgorithm", "sseCustomerKey", "sseCustomerKeyMD5", "copySourceSSECustomerKey"] {
            let error = upload(&json!({field: "AES256"})).unwrap_err();
            assert!(error.contains("April 2026"), "{error}");
        }
    }
}
