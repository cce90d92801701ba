use super::canonical::{CanonicalRequest, UNSIGNED_PAYLOAD, fold_header_value, signed_headers, string_to_sign};
use super::{AmzDate, SigningKey, encode};
use crate::credentials::Credentials;
use crate::lifetime::ExpiresIn;
use crate::presigned_url::PresignedUrl;

/// What a presigned URL binds: one method, one address, and the query and headers that must be sent as given.
#[derive(Debug, Clone)]
pub struct RequestToSign<'a> {
    /// `http` or `https`; the only part that is not signed.
    pub scheme: &'a str,
    pub method: &'a str,
    /// With the port where it is not the scheme's own.
    pub host: &'a str,
    /// Percent-encoded once, beginning with `/`.
    pub path: &'a str,
    /// Names and values as meant, not yet encoded.
    pub query: &'a [(&'a str, &'a str)],
    /// Lower-case names; `host` is added here.
    pub headers: &'a [(&'a str, &'a str)],
}

/// Signs `request` in its query string, so that it is good from `date` on for `expires_in`.
#[must_use]
pub fn presign(
    request: &RequestToSign<'_>,
    credentials: &Credentials,
    key: &SigningKey,
    date: &AmzDate,
    expires_in: ExpiresIn,
) -> PresignedUrl {
    let headers = canonical_headers(request);
    let query = canonical_query(request, credentials, key, date, expires_in, &signed_headers(&headers));
    let canonical = CanonicalRequest {
        method: request.method,
        path: request.path,
        query: &query,
        headers: &headers,
        payload: UNSIGNED_PAYLOAD,
    };
    let signature = key.sign(&string_to_sign(date.as_str(), key.scope(), &canonical.text()));
    PresignedUrl::new(format!(
        "{}://{}{}?{query}&X-Amz-Signature={signature}",
        request.scheme, request.host, request.path
    ))
}

/// Sorted by name, values trimmed and their runs of spaces folded into one.
fn canonical_headers<'a>(request: &RequestToSign<'a>) -> Vec<(&'a str, String)> {
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, fold_header_value(value))).collect();
    headers.push(("host", request.host.to_owned()));
    headers.sort();
    headers
}

/// Encoded, then sorted: the order of the encoded names is the one S3 computes.
fn canonical_query(
    request: &RequestToSign<'_>,
    credentials: &Credentials,
    key: &SigningKey,
    date: &AmzDate,
    expires_in: ExpiresIn,
    signed_headers: &str,
) -> String {
    let credential = format!("{}/{}", credentials.access_key_id(), key.scope());
    let expires = expires_in.seconds().to_string();
    let mut pairs = request.query.to_vec();
    pairs.extend([
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", credential.as_str()),
        ("X-Amz-Date", date.as_str()),
        ("X-Amz-Expires", expires.as_str()),
        ("X-Amz-SignedHeaders", signed_headers),
    ]);
    if let Some(token) = credentials.session_token() {
        pairs.push(("X-Amz-Security-Token", token.expose()));
    }

    let mut encoded: Vec<(String, String)> =
        pairs.iter().map(|(name, value)| (encoded_component(name), encoded_component(value))).collect();
    encoded.sort();
    let mut query = String::new();
    for (name, value) in &encoded {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(value);
    }
    query
}

fn encoded_component(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode::push_component(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// The worked example of AWS's own documentation.
    #[test]
    fn the_documented_example_gives_the_documented_signature() {
        let credentials = Credentials::long_term("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let date = AmzDate::at(SystemTime::UNIX_EPOCH + Duration::from_hours(380_376)).unwrap();
        let key = SigningKey::derive(credentials.secret(), &date, &"us-east-1".parse().unwrap());
        let request = RequestToSign {
            scheme: "https",
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/test.txt",
            query: &[],
            headers: &[],
        };
        let url = presign(&request, &credentials, &key, &date, ExpiresIn::from_seconds(86_400).unwrap());
        assert!(url.expose().ends_with("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
    }
}
