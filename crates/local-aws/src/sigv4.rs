//! Signature Version 4 in the `Authorization` header, as STS, IAM and EventBridge receive it.
//!
//! S3 has its own verifier (streaming bodies, presigned URLs, forms); this one knows whole bodies only.

use std::collections::BTreeMap;

use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::crypto::{hmac, hmac_matches, sha256_hex};
use crate::identity::{Caller, Directory, IdentityError};

/// Everything but RFC 3986's unreserved characters.
pub const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same, but for the slash between the segments of a path.
pub const STRICT_PATH: &AsciiSet = &STRICT.remove(b'/');

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Why a request is not taken as its signer's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("request is missing authentication token")]
    Missing,
    #[error("{0}")]
    Incomplete(&'static str),
    #[error("signature expired or not yet current: {signed} is more than 15 minutes from {now}")]
    Skewed { signed: String, now: String },
    #[error(
        "the request signature we calculated does not match the signature you provided; check your AWS secret access key \
         and signing method"
    )]
    Mismatch,
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// The parts of an `Authorization` header.
pub struct Authorization<'a> {
    pub access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    pub service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
    #[must_use]
    pub fn parse(header: &'a str) -> Option<Self> {
        let mut fields = BTreeMap::new();
        for field in header.strip_prefix(ALGORITHM)?.split(',') {
            let (name, value) = field.trim().split_once('=')?;
            fields.insert(name, value);
        }
        let mut credential = fields.get("Credential")?.rsplitn(5, '/');
        let (end, service, region, date, access_key_id) =
            (credential.next()?, credential.next()?, credential.next()?, credential.next()?, credential.next()?);
        (end == "aws4_request").then_some(Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers: fields.get("SignedHeaders")?,
            signature: fields.get("Signature")?,
        })
    }
}

/// Finds out who sent a request with a whole body.
///
/// # Errors
/// When the request is unsigned, signed wrongly, or by nobody the account knows.
pub fn verify(parts: &Parts, body: &[u8], directory: &Directory) -> Result<Caller, SignatureError> {
    let header = parts.headers.get(http::header::AUTHORIZATION).ok_or(SignatureError::Missing)?;
    let authorization =
        header.to_str().ok().and_then(Authorization::parse).ok_or(SignatureError::Incomplete(
            "authorization header requires credential, signed headers and signature",
        ))?;
    let stamp = text(parts, "x-amz-date").ok_or(SignatureError::Incomplete("the `x-amz-date` header is missing"))?;
    let signed_at = parse_date(stamp).ok_or(SignatureError::Incomplete("the `x-amz-date` header is malformed"))?;
    if !stamp.starts_with(authorization.date) {
        return Err(SignatureError::Incomplete("the credential's date is not that of `x-amz-date`"));
    }
    if !authorization.signed_headers.split(';').any(|name| name == "host") {
        return Err(SignatureError::Incomplete("`host` must be a signed header"));
    }
    let now = directory.clock.now();
    if now.duration_since(signed_at).abs() > CLOCK_SKEW {
        return Err(SignatureError::Skewed { signed: stamp.to_owned(), now: now.to_string() });
    }

    let secret = directory.secret(authorization.access_key_id).ok_or(IdentityError::UnknownKey)?;
    let scope = format!("{}/{}/{}/aws4_request", authorization.date, authorization.region, authorization.service);
    let canonical = canonical_request(parts, body, authorization.signed_headers).ok_or(SignatureError::Mismatch)?;
    let to_sign = format!("{ALGORITHM}\n{stamp}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    let key = [authorization.date, authorization.region, authorization.service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part.as_bytes()).to_vec());
    let signature = hex::decode(authorization.signature).map_err(|_| SignatureError::Mismatch)?;
    if !hmac_matches(&key, to_sign.as_bytes(), &signature) {
        return Err(SignatureError::Mismatch);
    }
    Ok(directory.caller(authorization.access_key_id, text(parts, "x-amz-security-token"))?)
}

/// `20260501T100000Z`.
#[must_use]
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let at = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn text<'a>(parts: &'a Parts, header: &str) -> Option<&'a str> {
    parts.headers.get(header).and_then(|value| value.to_str().ok())
}

fn canonical_request(parts: &Parts, body: &[u8], signed_headers: &str) -> Option<String> {
    let mut headers = String::new();
    for name in signed_headers.split(';') {
        let values: Vec<String> = parts
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().map(|value| value.split_whitespace().collect::<Vec<_>>().join(" ")))
            .collect::<Result<_, _>>()
            .ok()?;
        if values.is_empty() {
            return None;
        }
        headers.extend([name, ":", &values.join(","), "\n"]);
    }
    Some(format!(
        "{}\n{}\n{}\n{headers}\n{signed_headers}\n{}",
        parts.method,
        utf8_percent_encode(parts.uri.path(), STRICT_PATH),
        canonical_query(parts.uri.query().unwrap_or_default()),
        sha256_hex(body),
    ))
}

/// The query with every name and value strictly encoded, in byte order.
fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        percent_encoding::percent_encode(&decoded, STRICT).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authorization_header_is_read_field_by_field() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20260501/us-east-1/sts/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=00ff";
        let read = Authorization::parse(header).unwrap();
        assert_eq!((read.access_key_id, read.service, read.signed_headers), ("AKID", "sts", "host;x-amz-date"));
        assert!(Authorization::parse("Bearer token").is_none());
        assert!(
            Authorization::parse("AWS4-HMAC-SHA256 Credential=AKID/sts, SignedHeaders=host, Signature=0").is_none()
        );
    }

    #[test]
    fn a_query_is_put_in_byte_order_and_encoded_strictly() {
        assert_eq!(canonical_query("b=2&a=x%20y&a=%7E&c"), "a=x%20y&a=~&b=2&c=");
    }

    #[test]
    fn signing_dates_are_read_to_the_second() {
        assert_eq!(parse_date("20260501T100000Z").unwrap().to_string(), "2026-05-01T10:00:00Z");
        assert_eq!(parse_date("2026-05-01T10:00:00Z"), None);
    }
}
