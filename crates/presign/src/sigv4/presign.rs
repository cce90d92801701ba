use super::canonical::{CanonicalRequest, UNSIGNED_PAYLOAD, fold_header_value, string_to_sign};
use super::{AmzDate, SigningKey, encode};
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
    /// Names and values as meant, not yet encoded. S3's own: what begins with `X-Amz-` is the signature's.
    pub query: &'a [(&'a str, &'a str)],
    /// Lower-case names; `host` is added here.
    pub headers: &'a [(&'a str, &'a str)],
}

const SIGNATURE: &str = "&X-Amz-Signature=";
/// Of a signature in hexadecimal.
const SIGNATURE_LENGTH: usize = 64;
/// The other parameters of a signature that are not the key's: date, lifetime and names of headers.
const SIGNATURE_PARAMETERS: usize = "YYYYMMDDTHHMMSSZ&X-Amz-Expires=604800&X-Amz-SignedHeaders=".len();

/// Signs `request` in its query string, so that it is good from `date` on for `expires_in`.
#[must_use]
pub fn presign(request: &RequestToSign<'_>, key: &SigningKey, date: &AmzDate, expires_in: ExpiresIn) -> PresignedUrl {
    let headers = canonical_headers(request);
    let own = canonical_pairs(request.query);
    // The signature's own parameters are in the order of their names as they stand here, and next to each other.
    let (first, last) = own.split_at(own.partition_point(|(name, _)| name.as_str() < "X-Amz-"));
    let address = request.scheme.len() + "://".len() + request.host.len() + request.path.len() + "?".len();
    let names = headers.iter().map(|(name, _)| name.len() + "%3B".len()).sum::<usize>();
    let pairs = own.iter().map(|(name, value)| name.len() + value.len() + "=&".len()).sum::<usize>();
    let query = key.query_length() + SIGNATURE_PARAMETERS + names + pairs;

    // The URL is written once, and what of it is signed is read from there.
    let mut url = String::with_capacity(address + query + SIGNATURE.len() + SIGNATURE_LENGTH);
    for part in [request.scheme, "://", request.host, request.path, "?"] {
        url.push_str(part);
    }
    let query_begins = url.len();
    for part in first.iter().flat_map(|(name, value)| [name, "=", value, "&"]) {
        url.push_str(part);
    }
    for part in [key.algorithm_and_credential(), date.as_str(), "&X-Amz-Expires=", &expires_in.seconds().to_string()] {
        url.push_str(part);
    }
    url.push_str(key.token());
    url.push_str("&X-Amz-SignedHeaders=");
    for (i, (name, _)) in headers.iter().enumerate() {
        url.push_str(if i == 0 { "" } else { "%3B" });
        encode::push_component(&mut url, name);
    }
    for part in last.iter().flat_map(|(name, value)| ["&", name, "=", value]) {
        url.push_str(part);
    }
    let canonical = CanonicalRequest {
        method: request.method,
        path: request.path,
        query: url.get(query_begins..).unwrap_or_default(),
        headers: &headers,
        payload: UNSIGNED_PAYLOAD,
    };
    let signature = key.sign(&string_to_sign(date.as_str(), key.scope(), &canonical.hash()));
    url.push_str(SIGNATURE);
    encode::push_hex(&mut url, &signature);
    PresignedUrl::new(url)
}

/// Sorted by name, values trimmed and their runs of spaces folded into one.
fn canonical_headers<'a>(request: &RequestToSign<'a>) -> Vec<(&'a str, String)> {
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, fold_header_value(value))).collect();
    headers.push(("host", request.host.to_owned()));
    headers.sort();
    headers
}

/// Encoded, then sorted: the order of the encoded names is the one S3 computes.
fn canonical_pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> =
        query.iter().map(|(name, value)| (encode::component(name), encode::component(value))).collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::credentials::Credentials;

    /// The worked example of AWS's own documentation.
    #[test]
    fn the_documented_example_gives_the_documented_signature() {
        let credentials = Credentials::long_term("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let date = AmzDate::at(SystemTime::UNIX_EPOCH + Duration::from_hours(380_376)).unwrap();
        let key = SigningKey::derive(&credentials, &date, &"us-east-1".parse().unwrap());
        let request = RequestToSign {
            scheme: "https",
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/test.txt",
            query: &[],
            headers: &[],
        };
        let url = presign(&request, &key, &date, ExpiresIn::from_seconds(86_400).unwrap());
        assert!(url.expose().ends_with("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
    }

    #[test]
    fn parameters_stand_in_the_order_of_their_names() {
        let date = AmzDate::at(SystemTime::UNIX_EPOCH).unwrap();
        let credentials = Credentials::temporary("ASIA1", "secret", "token");
        let request = RequestToSign {
            scheme: "https",
            method: "GET",
            host: "h",
            path: "/k",
            query: &[("versionId", "a b"), ("Attributes", "1"), ("response-content-type", "text/plain"), ("X", "")],
            headers: &[("x-amz-meta-b", "2"), ("content-type", "text/plain")],
        };
        let key = SigningKey::derive(&credentials, &date, &"us-east-1".parse().unwrap());
        let url = presign(&request, &key, &date, ExpiresIn::from_seconds(604_800).unwrap());
        let (_, query) = url.expose().split_once('?').unwrap();
        let (signed, _) = query.split_once("&X-Amz-Signature=").unwrap();
        let expected = "Attributes=1&X=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA1%2F19700101%2Fus-east-1%2Fs3%2Faws4_request\
            &X-Amz-Date=19700101T000000Z&X-Amz-Expires=604800&X-Amz-Security-Token=token\
            &X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-meta-b&response-content-type=text%2Fplain&versionId=a%20b";
        assert_eq!(signed, expected);
    }
}
