//! Which AWS service a request is for.

use std::borrow::Cow;
use std::fmt;

use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::sigv4::Authorization;

/// The services of the local stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwsService {
    S3,
    DynamoDb,
    Sts,
    Iam,
    EventBridge,
    SecretsManager,
}

impl AwsService {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::S3, Self::DynamoDb, Self::Sts, Self::Iam, Self::EventBridge, Self::SecretsManager];

    /// The service's name in a credential scope.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::DynamoDb => "dynamodb",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::EventBridge => "events",
            Self::SecretsManager => "secretsmanager",
        }
    }
}

impl fmt::Display for AwsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scope())
    }
}

/// The service named by the credential scope of a request's signature, in its header or its query; `None` for a request
/// without such a signature.
#[must_use]
pub fn service_of(parts: &Parts) -> Option<AwsService> {
    let header = parts.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scope: Cow<'_, str> = if let Some(authorization) = header.and_then(Authorization::parse) {
        authorization.service.into()
    } else if is_unsigned_call(parts) {
        return Some(AwsService::Sts);
    } else {
        let credential = parts.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
        let credential = percent_decode_str(credential).decode_utf8().ok()?;
        credential.rsplit('/').nth(1)?.to_owned().into()
    };
    AwsService::ALL.into_iter().find(|service| service.scope() == scope)
}

/// The Query protocol's, of which only STS has some.
fn is_unsigned_call(parts: &Parts) -> bool {
    let content_type = parts.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = content_type.is_some_and(|content_type| content_type.starts_with("application/x-www-form-urlencoded"));
    let unsigned = !parts.headers.contains_key(http::header::AUTHORIZATION) && parts.uri.query().is_none();
    form && unsigned && parts.method == http::Method::POST && parts.uri.path() == "/"
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn service(uri: &str, authorization: Option<&str>) -> Option<AwsService> {
        let mut request = Request::get(uri);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        service_of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_credential_scope_names_the_service() {
        let header = |scope| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AK/20260501/us-east-1/{scope}/aws4_request, SignedHeaders=host, Signature=0"
            )
        };
        for expected in AwsService::ALL {
            assert_eq!(service("/", Some(&header(expected.scope()))), Some(expected));
        }
        assert_eq!(service("/", Some(&header("sqs"))), None);
        assert_eq!(service("/", Some("Bearer token")), None);
        assert_eq!(service("/", None), None);
        let presigned = "/b/k?X-Amz-Credential=AK%2F20260501%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=1";
        assert_eq!(service(presigned, None), Some(AwsService::S3));
    }
}
