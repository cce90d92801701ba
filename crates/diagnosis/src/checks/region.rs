//! Whether the URL is signed for the region that it leads to.

use super::SIGNATURE;
use crate::blocked::Blocked;
use crate::canonical::Difference;
use crate::case::Case;
use crate::check::{Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::text::{pasteable, quotable};
use crate::url::{Endpoint, Place};

/// What S3 says to a signature for another region.
const ANOTHER_REGION: Symptom = Symptom::said("AuthorizationQueryParametersError", "region");

pub(super) const WRONG_REGION: &[Symptom] = &[
    ANOTHER_REGION,
    Symptom::said("AuthorizationHeaderMalformed", "region"),
    Symptom::code("PermanentRedirect"),
    Symptom::code("TemporaryRedirect"),
    Symptom::code("IllegalLocationConstraintException"),
    SIGNATURE,
];

/// What S3 says where a multi-region access point is asked with a signature for one region.
pub(super) const OF_ONE_REGION: &[Symptom] =
    &[ANOTHER_REGION, Symptom::said("AuthorizationHeaderMalformed", "region"), SIGNATURE];

/// The check of such a signature.
pub(crate) const REGIONAL_SIGNATURE: &str = "regional-signature";

/// What to do about it.
///
/// Source: Amazon S3 user guide, "Using Multi-Region Access Points with supported API operations".
pub(crate) const SIGN_FOR_ALL: &str = "sign under Signature Version 4A, for the region set `*`; with a session's credentials, let them be of a regional STS endpoint: the global one's tokens do not do";

/// The region that S3's answer names, in an element, a message or a header.
fn region_of_answer(case: &Case) -> Option<String> {
    let error = case.error();
    let element = error.and_then(|error| error.detail("Region")).map(str::to_owned);
    let expecting = error.and_then(|error| error.message().split_once("expecting '")).map(|(_, rest)| rest);
    let expecting = expecting.and_then(|rest| rest.split('\'').next()).map(str::to_owned);
    let told = element.or(expecting).or_else(|| case.answered_region.clone());
    told.or_else(|| led_to(case).and_then(|(_, place)| place.region)).filter(|region| !region.is_empty())
}

/// The host that S3 saw in place of the URL's, where it is the same bucket's in its region: a client that follows a redirect
/// there takes the signature along.
///
/// Source: <https://github.com/boto/boto3/issues/2989>.
pub(super) fn led_to(case: &Case) -> Option<(String, Place)> {
    let host = case.differences()?.iter().find_map(|difference| match difference {
        Difference::Header { name, seen, .. } if name == "host" => Some(seen.shown()),
        _ => None,
    })?;
    let own = case.url().place();
    let place = Place::of(host, &case.error()?.canonical()?.path);
    let elsewhere =
        own.endpoint == Endpoint::Global || own.endpoint == Endpoint::Regional && own.region != place.region;
    let same = own.bucket.is_some() && (&own.bucket, &own.key) == (&place.bucket, &place.key);
    (elsewhere && same && place.endpoint == Endpoint::Regional).then(|| (host.to_owned(), place))
}

pub(super) fn region_mismatch(case: &Case) -> Outcome {
    let url = case.url();
    // A multi-region access point has no region; whatever it is signed for is another check's.
    if url.place().endpoint == Endpoint::MultiRegion {
        return Outcome::NotApplicable;
    }
    let Some(signed) = url.v4().and_then(|v4| v4.region()) else { return Outcome::NotApplicable };
    if let Some(actual) = region_of_answer(case).filter(|actual| actual != signed) {
        return Finding::certain(format!(
            "the bucket is in `{}`, and the URL is signed for `{}`",
            quotable(&actual),
            quotable(signed)
        ))
        .seen(
            Source::Error,
            match led_to(case) {
                Some((host, _)) => format!("S3 saw the host `{}`", quotable(&host)),
                None => format!("S3 names the region `{}`", quotable(&actual)),
            },
        )
        .seen(Source::Url, format!("the scope in `X-Amz-Credential` says `{}`", quotable(signed)))
        .fix("sign with the bucket's region, for the bucket's regional endpoint")
        .paste(format!("aws s3 presign s3://BUCKET/KEY --region {}", pasteable(&actual, "REGION")))
        .rules_out(&["permissions and policies: S3 did not get to them"])
        .into();
    }
    let Some(host) = url.place().region.as_deref().filter(|host| *host != signed) else { return Outcome::Fine };
    if url.v4().is_some_and(crate::url::V4Parameters::is_4a) {
        return Outcome::NotApplicable;
    }
    Finding::certain(format!("the URL is signed for `{}` and sent to `{host}`", quotable(signed)))
        .seen(
            Source::Url,
            format!("the scope in `X-Amz-Credential` says `{}`, the host `{}`", quotable(signed), quotable(url.host())),
        )
        .fix("sign with the bucket's region, for the bucket's regional endpoint")
        .paste("aws s3api get-bucket-location --bucket BUCKET")
        .rules_out(&["permissions and policies: S3 does not get to them"])
        .into()
}

/// Source: <https://github.com/boto/boto3/issues/4627>, for what S3 answers.
pub(super) fn regional_signature(case: &Case) -> Outcome {
    let url = case.url();
    let Some(v4) = url.v4().filter(|_| url.place().endpoint == Endpoint::MultiRegion) else {
        return Outcome::NotApplicable;
    };
    if v4.algorithm.as_deref() != Some("AWS4-HMAC-SHA256") {
        return Outcome::Fine;
    }
    let reason = "the host is a multi-region access point, and the URL is signed for one region: it is refused wherever else it is led to";
    let refused = case.error().is_some_and(|error| ANOTHER_REGION.is_of(error) && error.bodyless().is_none());
    let finding = if refused { Finding::certain(reason) } else { Finding::likely(reason) };
    let finding = finding.seen(
        Source::Url,
        format!("the host `{}`, signed for `{}`", quotable(url.host()), quotable(v4.region().unwrap_or_default())),
    );
    let finding = match region_of_answer(case) {
        Some(led_to) => finding.seen(Source::Error, format!("it was led to `{}`", quotable(&led_to))),
        None => finding,
    };
    finding
        .fix(SIGN_FOR_ALL)
        .rules_out(if refused { &["permissions and policies: S3 did not get to them"] } else { &[] })
        .into()
}

pub(super) fn global_endpoint(case: &Case) -> Outcome {
    let url = case.url();
    if url.place().endpoint != Endpoint::Global {
        return Outcome::Fine;
    }
    let signed = url.v4().and_then(|v4| v4.region()).unwrap_or("us-east-1");
    // No browser follows a redirect of its preflight.
    let blocked =
        matches!(case.blocked(), Some(Blocked::ByCors(words)) if words.to_ascii_lowercase().contains("redirect"));
    if signed == "us-east-1" && case.error().is_none() && !blocked {
        return Outcome::Fine;
    }
    let led_to = led_to(case);
    let redirected = case.said("PermanentRedirect", "")
        || case.said("TemporaryRedirect", "")
        || case.redirects > 0
        || led_to.is_some();
    let reason = "the host is the global endpoint: for a bucket in another region than us-east-1 it redirects, to a host that was not signed";
    let finding = if redirected {
        Finding::certain(reason)
    } else if blocked {
        Finding::likely(reason).seen(Source::Error, "the browser says that its preflight was redirected")
    } else if signed == "us-east-1" {
        return Outcome::Fine;
    } else {
        Finding::possible(reason)
    };
    let finding =
        finding.seen(Source::Url, format!("the host `{}`, signed for `{}`", quotable(url.host()), quotable(signed)));
    let finding = match led_to {
        Some((host, _)) => finding.seen(Source::Error, format!("S3 saw the host `{}`", quotable(&host))),
        None => finding,
    };
    finding
        .fix("presign with the bucket's regional endpoint; a new bucket's name may take hours to reach the global one")
        .paste("boto3.client('s3', region_name='REGION', endpoint_url='https://s3.REGION.amazonaws.com')")
        .into()
}

pub(super) fn partition_mismatch(case: &Case) -> Outcome {
    let url = case.url();
    let Some(region) = url.v4().and_then(|v4| v4.region()) else { return Outcome::NotApplicable };
    let host = url.host().to_ascii_lowercase();
    let chinese_host = host.ends_with(".amazonaws.com.cn");
    let mismatch = (host.ends_with(".amazonaws.com") || chinese_host) && chinese_host != region.starts_with("cn-");
    let mismatch = mismatch.then(|| {
        Finding::certain(
            "region and host are of different partitions: China's have accounts and endpoints of their own",
        )
        .seen(Source::Url, format!("signed for `{}`, the host is `{}`", quotable(region), quotable(&host)))
        .fix("in China use `…amazonaws.com.cn` and an account of that partition")
    });
    mismatch.into()
}
