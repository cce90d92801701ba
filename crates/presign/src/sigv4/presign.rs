use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::canonical::{
    CanonicalHeader, UNSIGNED_PAYLOAD, before_query, fold_header_value, push_after_query, string_to_sign,
};
use super::{AmzDate, SigningKey, encode};
use crate::credentials::Secret;
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

/// All of a query but what differs from URL to URL: names, the algorithm, a date, and a signature in hexadecimal.
const SAME_IN_ALL: usize =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=&X-Amz-Date=YYYYMMDDTHHMMSSZ&X-Amz-Expires=604800\
    &X-Amz-Security-Token=&X-Amz-SignedHeaders=&X-Amz-Signature="
        .len()
        + 64;

/// Signs `request` in its query string, so that it is good from `date` on for `expires_in`.
#[must_use]
pub fn presign(request: &RequestToSign<'_>, key: &SigningKey, date: &AmzDate, expires_in: ExpiresIn) -> PresignedUrl {
    let headers = canonical_headers(request);
    let own = canonical_pairs(request.query);
    let token = key.encoded_token().map(Secret::expose);
    let address = request.scheme.len() + "://".len() + request.host.len() + request.path.len() + "?".len();
    let pairs = own.iter().map(|(name, value)| name.len() + value.len() + "=&".len()).sum::<usize>();
    let names = headers.iter().map(|(name, _)| name.len() + "%3B".len()).sum::<usize>();
    let after_query = headers.iter().map(|(name, value)| 2 * name.len() + value.len() + ":\n;".len()).sum::<usize>();
    let of_key = key.encoded_credential().len() + token.map_or(0, str::len);

    // The URL is written once, and what of it is signed is hashed where it stands. Each parameter ends with the `&` before the next.
    let mut url = String::with_capacity(address + SAME_IN_ALL + of_key + names + pairs + after_query);
    push_parts(&mut url, [request.scheme, "://", request.host, request.path, "?"]);
    let query_begins = url.len();
    let mut own = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).peekable();
    // In the order of all names, with the request's own parameters in between.
    let mut begin = |url: &mut String, name: &str| {
        while let Some((own, value)) = own.next_if(|(own, _)| *own < name) {
            push_parts(url, [own, "=", value, "&"]);
        }
        push_parts(url, [name, "="]);
    };
    begin(&mut url, "X-Amz-Algorithm");
    url.push_str("AWS4-HMAC-SHA256&");
    begin(&mut url, "X-Amz-Credential");
    push_parts(&mut url, [key.encoded_credential(), "&"]);
    begin(&mut url, "X-Amz-Date");
    push_parts(&mut url, [date.as_str(), "&"]);
    begin(&mut url, "X-Amz-Expires");
    // Nothing keeps a number from being written to a `String`.
    let _ = write!(url, "{}&", expires_in.seconds());
    if let Some(token) = token {
        begin(&mut url, "X-Amz-Security-Token");
        push_parts(&mut url, [token, "&"]);
    }
    begin(&mut url, "X-Amz-SignedHeaders");
    for (i, (name, _)) in headers.iter().enumerate() {
        url.push_str(if i == 0 { "" } else { "%3B" });
        encode::push_component(&mut url, name);
    }
    for (name, value) in own {
        push_parts(&mut url, ["&", name, "=", value]);
    }
    // What follows the query in the canonical request stands behind it meanwhile, to be hashed in one piece: many small ones take longer.
    let query_ends = url.len();
    push_after_query(&mut url, &headers, UNSIGNED_PAYLOAD);
    let mut hash = Sha256::new();
    for part in before_query(request.method, request.path).into_iter().chain(url.get(query_begins..)) {
        hash.update(part);
    }
    url.truncate(query_ends);
    let signature = key.sign(&string_to_sign(date.as_str(), key.scope(), &hash.finalize().into()));
    url.push_str("&X-Amz-Signature=");
    encode::push_hex(&mut url, &signature);
    PresignedUrl::new(url)
}

/// Sorted by name, values trimmed and their runs of spaces folded into one.
fn canonical_headers<'a>(request: &RequestToSign<'a>) -> Vec<CanonicalHeader<'a>> {
    let given = request.headers.iter().map(|(name, value)| (*name, fold_header_value(value)));
    let mut headers: Vec<_> = given.chain([("host", request.host.into())]).collect();
    headers.sort();
    headers
}

fn push_parts<const N: usize>(url: &mut String, parts: [&str; N]) {
    for part in parts {
        url.push_str(part);
    }
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
            query: &[
                ("versionId", "a b"),
                ("Attributes", "1"),
                ("response-content-type", "text/plain"),
                ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
            ],
            headers: &[("x-amz-meta-b", "2"), ("content-type", "text/plain")],
        };
        let key = SigningKey::derive(&credentials, &date, &"us-east-1".parse().unwrap());
        let url = presign(&request, &key, &date, ExpiresIn::from_seconds(604_800).unwrap());
        let (_, query) = url.expose().split_once('?').unwrap();
        let (signed, _) = query.split_once("&X-Amz-Signature=").unwrap();
        let expected = "Attributes=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Credential=ASIA1%2F19700101%2Fus-east-1%2Fs3%2Faws4_request\
            &X-Amz-Date=19700101T000000Z&X-Amz-Expires=604800&X-Amz-Security-Token=token\
            &X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-meta-b&response-content-type=text%2Fplain&versionId=a%20b";
        assert_eq!(signed, expected);
    }
}
