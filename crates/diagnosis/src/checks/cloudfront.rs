//! What the policy of a CloudFront signed URL says, against the URL itself.

use super::checked;
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::policy::{is_in, matches};
use crate::text::quotable;
use crate::url::{CloudFrontPolicy, CustomPolicy};

pub(super) const CHECKS: &[Check] = &[checked(
    "cloudfront-policy",
    "The policy in a CloudFront signed URL cannot be read, or is not for this URL or this address.",
    &[Symptom::code("AccessDenied"), Symptom::code("MalformedPolicy")],
    policy,
)];

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
