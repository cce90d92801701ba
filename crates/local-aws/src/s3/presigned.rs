//! What S3 demands of a presigned request beyond a matching signature.

use http::request::Parts;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;

use super::error::Refusal;
use crate::clock::seconds;
use crate::sigv4;

/// The longest that a signature may be good for: seven days.
const LONGEST: i64 = 604_800;

/// The regions that still take Signature Version 2; all that opened since 2014 do not.
const VERSION_2_REGIONS: [&str; 8] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
];

/// Whether a request is signed under Signature Version 2.
pub fn is_version_2(headers: &HeaderMap, query: &Query<'_>) -> bool {
    let header = headers.get(http::header::AUTHORIZATION).map(http::HeaderValue::as_bytes);
    header.is_some_and(|header| header.starts_with(b"AWS ")) || query.get("Signature").is_some()
}

/// Checks the parameters of a presigned request, its age, and that no `x-amz-*` header came along unsigned. Requests that
/// are not presigned pass, save those under Signature Version 2 where the region does not take it.
pub fn check(parts: &Parts, region: &str, now: Timestamp) -> Result<(), Refusal> {
    let query = Query(parts.uri.query().unwrap_or_default());
    if is_version_2(&parts.headers, &query) && !VERSION_2_REGIONS.contains(&region) {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ));
    }
    if query.get("X-Amz-Signature").is_none() && query.get("X-Amz-Algorithm").is_none() {
        return Ok(());
    }
    let (Some(_), Some(_), Some(_), Some(date), Some(signed), Some(expires)) = (
        query.get("X-Amz-Algorithm"),
        query.get("X-Amz-Credential"),
        query.get("X-Amz-Signature"),
        query.get("X-Amz-Date"),
        query.get("X-Amz-SignedHeaders"),
        query.get("X-Amz-Expires"),
    ) else {
        return Err(malformed(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
             X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ));
    };
    expiry(&date, &expires, now)?;
    signed_headers(parts, &signed)
}

fn expiry(date: &str, expires: &str, now: Timestamp) -> Result<(), Refusal> {
    let signed_at = sigv4::parse_date(date)
        .ok_or_else(|| malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""))?;
    let lifetime: i64 = expires.parse().map_err(|_| malformed("X-Amz-Expires should be a number"))?;
    if lifetime < 1 {
        return Err(malformed("X-Amz-Expires must be non-negative"));
    }
    if lifetime > LONGEST {
        return Err(malformed(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds",
        ));
    }
    let end = signed_at + SignedDuration::from_secs(lifetime);
    if now >= end {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired")
            .with("X-Amz-Expires", lifetime.to_string())
            .with("Expires", seconds(end))
            .with("ServerTime", seconds(now)));
    }
    Ok(())
}

fn signed_headers(parts: &Parts, signed: &str) -> Result<(), Refusal> {
    let signed: Vec<String> = signed.split(';').map(str::to_ascii_lowercase).collect();
    if !signed.iter().any(|name| name == "host") {
        return Err(malformed("X-Amz-SignedHeaders must include host"));
    }
    let mut unsigned: Vec<&str> = parts
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && !signed.iter().any(|signed| signed == name))
        .collect();
    if unsigned.is_empty() {
        return Ok(());
    }
    unsigned.sort_unstable();
    let message = "There were headers present in the request which were not signed";
    Err(Refusal::new(StatusCode::FORBIDDEN, "AccessDenied", message).with("HeadersNotSigned", unsigned.join(", ")))
}

fn malformed(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError", message)
}

/// A query string that is looked up by name.
pub struct Query<'a>(pub &'a str);

impl Query<'_> {
    /// The decoded value of the first parameter of this name.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.0.split('&').find_map(|pair| {
            let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
            (found == name).then_some(value)
        })?;
        percent_decode_str(value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const NOW: &str = "2026-05-01T10:00:00Z";

    fn checked(date: &str, expires: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let uri = format!(
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=0&X-Amz-Date={date}\
             &X-Amz-SignedHeaders=host%3Bx-amz-meta-a&X-Amz-Expires={expires}"
        );
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0, "us-east-1", NOW.parse().unwrap())
    }

    #[test]
    fn a_presigned_request_lives_from_its_date_for_its_expiry() {
        assert_eq!(checked("20260501T095900Z", "61", &[]), Ok(()));
        let expired = checked("20260501T095900Z", "60", &[]).unwrap_err();
        assert_eq!((expired.status, expired.code), (StatusCode::FORBIDDEN, "AccessDenied"));
        assert!(expired.details.contains(&("Expires", NOW.to_owned())));
    }

    #[test]
    fn an_expiry_is_between_a_second_and_a_week() {
        assert_eq!(checked("20260501T100000Z", "604800", &[]), Ok(()));
        for expires in ["0", "-1", "604801", "soon", ""] {
            let refused = checked("20260501T100000Z", expires, &[]).unwrap_err();
            assert_eq!(refused.code, "AuthorizationQueryParametersError", "{expires}");
        }
    }

    #[test]
    fn amazon_headers_must_be_signed_and_others_need_not_be() {
        assert_eq!(checked("20260501T100000Z", "60", &[("x-amz-meta-a", "1"), ("range", "bytes=0-1")]), Ok(()));
        let refused = checked("20260501T100000Z", "60", &[("X-Amz-Acl", "public-read")]).unwrap_err();
        assert_eq!(refused.details, [("HeadersNotSigned", "x-amz-acl".to_owned())]);
    }

    #[test]
    fn signature_version_2_is_taken_in_the_oldest_regions_only() {
        let parts = Request::get("/b/k?AWSAccessKeyId=a&Expires=1&Signature=x").body(()).unwrap().into_parts().0;
        assert_eq!(check(&parts, "us-east-1", NOW.parse().unwrap()), Ok(()));
        let refused = check(&parts, "eu-central-1", NOW.parse().unwrap()).unwrap_err();
        assert_eq!(refused.code, "InvalidRequest");
    }
}
