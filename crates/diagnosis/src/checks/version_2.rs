//! What Signature Version 2 signs beside the URL, against what S3 saw, or was sent.

use super::{SIGNATURE, checked};
use crate::canonical::StringToSign;
use crate::case::Case;
use crate::check::{Check, Needs, Outcome};
use crate::finding::{Finding, Source};
use crate::guarded::Guarded;
use crate::text::quotable;
use crate::url::Signing;

pub(super) const CHECKS: &[Check] = &[Check {
    needs: Needs::Error,
    ..checked(
        "version-2-headers",
        "Signature Version 2 signs `Content-Type`, `Content-MD5` and every `x-amz-…` header, and some were sent; or S3 saw another path.",
        &[SIGNATURE],
        headers,
    )
}];

/// Source: Amazon S3 user guide, "Signing and authenticating REST requests (AWS signature version 2)"; what browsers add,
/// <https://github.com/aws/aws-sdk-js/issues/557>.
fn headers(case: &Case) -> Outcome {
    if !matches!(case.url().signing(), Signing::V2(_)) || !case.said("SignatureDoesNotMatch", "") {
        return Outcome::NotApplicable;
    }
    let seen = case.error().and_then(|error| error.string_to_sign()).and_then(StringToSign::v2);
    let (from, headers): (_, Vec<(&str, &Guarded)>) = match (seen, case.request()) {
        (Some(seen), _) => (Source::Error, seen.headers.iter().map(|(name, value)| (&**name, value)).collect()),
        (None, Some(request)) => {
            (Source::Request, request.headers().iter().map(|header| (&*header.name, &header.value)).collect())
        }
        (None, None) => return Outcome::NotApplicable,
    };
    let added: Vec<String> = headers
        .into_iter()
        .filter(|(name, value)| is_signed(name) && !stands_in_query(case, name, value))
        .map(|(name, value)| format!("`{}` is `{value}`", quotable(name)))
        .collect();
    if added.is_empty() {
        return path(case, seen.map(|seen| seen.resource.as_str()));
    }
    let reason = "the URL is signed under Signature Version 2, which signs `Content-Type`, `Content-MD5` and every `x-amz-…` header that is sent: these were not signed, or with another value";
    added
        .into_iter()
        .fold(Finding::likely(reason), |finding, text| finding.seen(from, text))
        .fix("send them only as they were signed, `Content-Type` too, which browsers and libraries add by themselves; or sign under Signature Version 4, for which only what it names counts")
        .rules_out(&["permissions and policies: S3 looks at the signature first"])
        .into()
}

/// It is signed as it is sent, neither decoded nor encoded. What S3 shows of it has the bucket before it, and parameters behind.
fn path(case: &Case, resource: Option<&str>) -> Outcome {
    let sent = case.url().path();
    let seen = resource.and_then(|resource| resource.split('?').next()).filter(|seen| !seen.ends_with(sent));
    let differs = seen.map(|seen| {
        Finding::likely("the URL is signed under Signature Version 2, which signs the path's very bytes: S3 saw others")
            .seen(Source::Error, format!("S3 saw `{}`", quotable(seen)))
            .seen(Source::Url, format!("the URL has `{}`", quotable(sent)))
            .fix("encode the key before it is signed as clients do before they send it: `'` is `%27`")
            .rules_out(&["permissions and policies: S3 looks at the signature first"])
    });
    differs.into()
}

fn is_signed(name: &str) -> bool {
    ["content-md5", "content-type"].contains(&name) || name.starts_with("x-amz-")
}

/// What was signed along is in the query of most signers' URLs; a token's value is nowhere shown.
fn stands_in_query(case: &Case, name: &str, value: &Guarded) -> bool {
    let pair = case.url().query().find(name);
    pair.is_some_and(|pair| pair.decoded_value().is_none_or(|signed| Guarded::header(name, &signed) == *value))
}
