//! What the policy of a CloudFront signed URL says, against the URL itself.

use super::{SIGNATURE, checked};
use crate::case::Case;
use crate::check::{Check, Needs, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::policy::{is_in, matches};
use crate::text::{list, quotable};
use crate::url::{CloudFrontPolicy, CustomPolicy, Endpoint};

pub(super) const CHECKS: &[Check] = &[
    checked(
        "cloudfront-policy",
        "The policy in a CloudFront signed URL cannot be read, or is not for this URL or this address.",
        &[Symptom::code("AccessDenied"), Symptom::code("MalformedPolicy")],
        policy,
    ),
    checked(
        "cloudfront-encoding",
        "A CloudFront signed URL has characters that browsers encode, and CloudFront's signature is over the very bytes.",
        &[Symptom::code("AccessDenied")],
        encoding,
    ),
    Check {
        needs: Needs::Error,
        ..checked(
            "host-forwarded",
            "CloudFront signs its requests to S3 itself, and passes on the viewer's `Host` besides.",
            &[SIGNATURE],
            host_forwarded,
        )
    },
];

fn policy(case: &Case) -> Outcome {
    let Some(policy) = case.url().cloudfront().filter(|_| case.is_for_cloudfront()) else {
        return Outcome::NotApplicable;
    };
    let finding = match policy {
        CloudFrontPolicy::Canned { .. } => return Outcome::Fine,
        CloudFrontPolicy::Unreadable => {
            Finding::certain("the policy in the URL cannot be read, and CloudFront gives nothing out without it")
                .seen(
                    Source::Url,
                    "`Policy` is not base64, with `-`, `_` and `~`, of one statement with `DateLessThan`",
                )
                .fix("let a library sign; or take the URL as the signer made it, since its end may be missing")
        }
        CloudFrontPolicy::Custom(policy) => {
            if is_too_long(case, policy) {
                return Outcome::CouldNotLook(format!(
                    "CloudFront takes no URL of more than {LONGEST} bytes: the policy's `Resource` was not compared with it"
                ));
            }
            match of_another_url(case, policy).or_else(|| of_another_address(case, policy)) {
                Some(finding) => finding,
                None => return Outcome::Fine,
            }
        }
    };
    finding.into()
}

/// Source: the URL Standard of the WHATWG, "percent-encode sets" of a path and of a query; what comes of it,
/// <https://github.com/aws/aws-sdk-js/issues/2308>.
fn encoding(case: &Case) -> Outcome {
    const IN_PATH: &str = "\"<>^`{}";
    const IN_QUERY: &str = "\"'<>";
    if !case.is_for_cloudfront() {
        return Outcome::NotApplicable;
    }
    let signed = case.url().resource_of_cloudfront();
    let (path, query) = signed.split_once('?').unwrap_or((&signed, ""));
    let bare = |text: &str, set: &str| set.chars().filter(|c| text.contains(*c)).map(String::from).collect::<Vec<_>>();
    let (in_path, in_query) = (bare(path, IN_PATH), bare(query, IN_QUERY));
    if in_path.is_empty() && in_query.is_empty() {
        return Outcome::Fine;
    }
    let reason = "the URL has characters that browsers encode before they send it: CloudFront compares the signature with the URL as it is sent";
    let finding = if case.said("AccessDenied", "") { Finding::likely(reason) } else { Finding::possible(reason) };
    [(in_path, "path"), (in_query, "query")]
        .into_iter()
        .filter(|(found, _)| !found.is_empty())
        .fold(finding, |finding, (found, part)| finding.seen(Source::Url, format!("{} in the {part}", list(&found))))
        .fix("encode them, as `%27` for `'`, and sign the URL as it is then")
        .into()
}

/// Whether S3 saw a signature of the request's headers, which is not of the URL.
pub(super) fn signs_headers(case: &Case) -> bool {
    let seen = case.error().and_then(|error| error.canonical()).filter(|_| case.url().v4().is_none());
    seen.is_some_and(|seen| seen.signed_headers.split(';').any(|name| name == "x-amz-date"))
}

/// Source: <https://github.com/webiny/webiny-js/issues/2639>; Amazon CloudFront developer guide, "Use managed origin request
/// policies".
fn host_forwarded(case: &Case) -> Outcome {
    let seen = case.error().and_then(|error| error.canonical()).filter(|_| signs_headers(case));
    let Some(host) = seen.and_then(|seen| seen.header("host")) else { return Outcome::NotApplicable };
    let url = case.url();
    let reason = "CloudFront signs its requests to S3 itself (origin access), for the bucket's host, and passes on the viewer's `Host` in its place";
    let finding = if host.shown().ends_with(".cloudfront.net") {
        Finding::likely(reason)
    } else if url.place().endpoint == Endpoint::Other && host.shown().eq_ignore_ascii_case(url.host_header()) {
        Finding::possible(reason)
    } else {
        return Outcome::Fine;
    };
    finding
        .seen(Source::Error, format!("S3 saw the host `{host}`, in a request that was signed by its headers"))
        .fix("take `Host` out of what the distribution passes on: AWS's origin request policy AllViewerExceptHostHeader does")
        .into()
}

/// A URL's length in bytes; and so a policy's, which stands in it.
///
/// Source: Amazon CloudFront developer guide, "Quotas": maximum length of a URL.
const LONGEST: usize = 8192;

/// To compare long texts with many wildcards takes longer than anyone waits.
fn is_too_long(case: &Case, policy: &CustomPolicy) -> bool {
    policy.resource.as_ref().is_some_and(|it| it.len().max(case.url().resource_of_cloudfront().len()) > LONGEST)
}

fn of_another_url(case: &Case, policy: &CustomPolicy) -> Option<Finding> {
    let resource = policy.resource.as_deref()?;
    if matches(resource, &case.url().resource_of_cloudfront()) {
        return None;
    }
    // A query has more places for a token than can be told.
    let (shown, more) = resource.split_once('?').map_or((resource, ""), |(shown, _)| (shown, "?…"));
    let finding = Finding::likely("the policy in the URL is for another resource than the URL's")
        .seen(Source::Url, format!("the policy's `Resource` is `{}{more}`", quotable(shown)))
        .seen(Source::Url, format!("the URL is `{}`", case.url()))
        .fix("sign for the URL that is used: scheme, host, path and query, without the signature's own parameters; `*` stands for any characters");
    Some(finding)
}

fn of_another_address(case: &Case, policy: &CustomPolicy) -> Option<Finding> {
    let addresses = policy.source.as_deref()?;
    let source = case.facts()?.circumstances.source_ip.as_deref()?;
    if is_in(source, addresses) {
        return None;
    }
    let finding =
        Finding::likely("the policy in the URL is for other addresses than the one that the request comes from")
            .seen(Source::Url, format!("the policy's `IpAddress` is `{}`", quotable(addresses)))
            .seen(Source::Account, format!("it is said to come from `{}`", quotable(source)))
            .fix("sign for the addresses that it is used from, as CloudFront sees them");
    Some(finding)
}
