use super::UrlRequestBody;
use crate::lifetime::{Asked, ExpiresIn};
use crate::names::{BucketName, ObjectKey};
use crate::operation::Operation;
use crate::operation::Operation::{DeleteObject, GetObject, HeadObject, PutObject};

/// A request for one URL.
#[derive(Debug, Clone)]
pub struct UrlRequest {
    operation: Operation,
    bucket: BucketName,
    key: ObjectKey,
    asked: Asked,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("`{parameter}` does not go with `{operation}`")]
    NotForOperation { parameter: &'static str, operation: Operation },
    #[error("`minimumRemaining` ({}) is more than `expiresIn` ({})", least.seconds(), asked.seconds())]
    MinimumRemaining { least: ExpiresIn, asked: ExpiresIn },
}

impl RequestError {
    /// The field at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::NotForOperation { parameter, .. } => parameter,
            Self::MinimumRemaining { .. } => "minimumRemaining",
        }
    }
}

const READS: &[Operation] = &[GetObject, HeadObject];
const NAMING_A_VERSION: &[Operation] = &[GetObject, HeadObject, DeleteObject];
const WRITES: &[Operation] = &[PutObject];

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

    /// Names and values of the query parameters to sign, as meant.
    #[must_use]
    pub fn query(&self) -> &[(&'static str, String)] {
        &self.query
    }

    /// Lower-case names and values of the headers to sign.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }
}

impl TryFrom<UrlRequestBody> for UrlRequest {
    type Error = RequestError;

    fn try_from(body: UrlRequestBody) -> Result<Self, RequestError> {
        let operation = body.operation;
        // Field, where it goes on the wire, the operations that take it. Sources: Amazon S3 API reference, `GetObject`,
        // `HeadObject`, `DeleteObject`, `PutObject`.
        let query_table = [
            ("versionId", "versionId", body.version_id, NAMING_A_VERSION),
            ("responseCacheControl", "response-cache-control", body.response_cache_control, READS),
            ("responseContentDisposition", "response-content-disposition", body.response_content_disposition, READS),
            ("responseContentEncoding", "response-content-encoding", body.response_content_encoding, READS),
            ("responseContentLanguage", "response-content-language", body.response_content_language, READS),
            ("responseContentType", "response-content-type", body.response_content_type, READS),
        ];
        let header_table = [
            ("cacheControl", "cache-control", body.cache_control, WRITES),
            ("contentDisposition", "content-disposition", body.content_disposition, WRITES),
            ("contentEncoding", "content-encoding", body.content_encoding, WRITES),
            ("contentLanguage", "content-language", body.content_language, WRITES),
            ("contentType", "content-type", body.content_type, WRITES),
        ];
        let asked =
            Asked { expires_in: body.expires_in, mode: body.lifetime, minimum_remaining: body.minimum_remaining };
        if let Some(least) = asked.minimum_remaining.filter(|least| *least > asked.expires_in) {
            return Err(RequestError::MinimumRemaining { least, asked: asked.expires_in });
        }
        Ok(Self {
            operation,
            bucket: body.bucket,
            key: body.key,
            asked,
            query: on_the_wire(query_table, operation)?,
            headers: on_the_wire(header_table, operation)?,
        })
    }
}

type Row<T> = (&'static str, &'static str, Option<T>, &'static [Operation]);

fn on_the_wire<T: Into<String>, const N: usize>(
    table: [Row<T>; N],
    operation: Operation,
) -> Result<Vec<(&'static str, String)>, RequestError> {
    let mut wire = Vec::new();
    for (parameter, name, value, operations) in table {
        let Some(value) = value else { continue };
        if !operations.contains(&operation) {
            return Err(RequestError::NotForOperation { parameter, operation });
        }
        wire.push((name, value.into()));
    }
    Ok(wire)
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

    #[test]
    fn a_parameter_of_another_operation_is_refused() {
        let error = parse(&json!({"contentType": "text/plain"})).unwrap_err();
        assert_eq!(error, "`contentType` does not go with `getObject`");
        assert!(parse(&json!({"operation": "putObject", "contentType": "text/plain"})).is_ok());
        assert!(parse(&json!({"operation": "putObject", "versionId": "v"})).is_err());
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
        ] {
            assert!(parse(&fields).is_err(), "{fields}");
        }
        assert!(
            serde_json::from_value::<UrlRequestBody>(json!({"bucket": "demo", "key": "k", "expiresIn": 60})).is_err()
        );
    }

    #[test]
    fn overrides_go_into_the_query_under_s3s_names() {
        let request = parse(&json!({"responseContentType": "a/b", "versionId": "v1"})).unwrap();
        let expected = [("versionId", "v1".to_owned()), ("response-content-type", "a/b".to_owned())];
        assert_eq!(request.query(), expected);
    }
}
