//! Whether the URL's time has come, and is not over.

use jiff::SignedDuration;

use super::checked;
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::url::CloudFrontPolicy;

/// How far ahead of S3's clock a signer's may be.
const SKEW: SignedDuration = SignedDuration::from_mins(15);

/// The longest that S3 accepts for Signature Version 4.
const SEVEN_DAYS: i64 = 604_800;

/// What S3 says to a URL of the future, what `MinIO` does, and what both say to a header of another time.
const NOT_YET_VALID: &[Symptom] = &[
    Symptom::said("AccessDenied", "not yet valid"),
    Symptom::said("AccessDenied", "not valid yet"),
    Symptom::code("RequestTimeTooSkewed"),
];

pub(super) const CHECKS: &[Check] = &[
    Check {
        checklist: &["SSE-KMS 7"],
        ..checked(
            "expired",
            "The URL's own lifetime is over.",
            &[Symptom::said("AccessDenied", "Request has expired")],
            expired,
        )
    },
    // CloudFront says no more of an expired URL than of any other that it refuses.
    Check {
        checklist: &["SSE-KMS 7"],
        ..checked("expired", "The URL's own lifetime is over.", &[Symptom::code("AccessDenied")], expired_at_cloudfront)
    },
    Check {
        checklist: &["SSE-KMS 7", "Expiry 3"],
        ..checked(
            "not-yet-valid",
            "`X-Amz-Date` lies in the future: the signer's clock is fast.",
            NOT_YET_VALID,
            not_yet_valid,
        )
    },
    checked(
        "not-yet-valid",
        "The policy in a CloudFront signed URL is for a time that has not come.",
        &[Symptom::code("AccessDenied")],
        not_yet_valid_at_cloudfront,
    ),
    Check {
        checklist: &["Expiry 1"],
        ..checked(
            "expires-over-seven-days",
            "`X-Amz-Expires` is over 604,800 seconds, which S3 refuses.",
            &[Symptom::code("AuthorizationQueryParametersError")],
            over_seven_days,
        )
    },
    Check {
        checklist: &["Expiry 2"],
        ..checked(
            "outlives-session",
            "It is signed by a session, and promises more than one can live.",
            &[Symptom::code("ExpiredToken")],
            outlives_session,
        )
    },
    Check {
        checklist: &["Expiry 3"],
        ..checked(
            "stale-when-made",
            "It was signed with a clock that is slow, or made long before it was used.",
            &[Symptom::said("AccessDenied", "Request has expired"), Symptom::code("RequestTimeTooSkewed")],
            stale_when_made,
        )
    },
];

fn expired(case: &Case) -> Outcome {
    if case.is_for_cloudfront() { Outcome::NotApplicable } else { ended(case, "S3") }
}

fn expired_at_cloudfront(case: &Case) -> Outcome {
    if case.is_for_cloudfront() { ended(case, "CloudFront") } else { Outcome::NotApplicable }
}

fn ended(case: &Case, server: &str) -> Outcome {
    let Some(end) = case.url().end() else { return Outcome::NotApplicable };
    let moment = case.moment();
    if moment < end {
        return Outcome::Fine;
    }
    let since = lasting(moment.duration_since(end));
    let lifetime = case.url().v4().and_then(|v4| v4.expires).filter(|seconds| *seconds > 0);
    let lived =
        lifetime.map(|seconds| format!(", {} after it was signed", lasting(SignedDuration::from_secs(seconds))));
    Finding::certain(format!("the URL expired {since} ago"))
        .seen(Source::Url, format!("it ended at {end}{}", lived.unwrap_or_default()))
        .seen(Source::Clock, format!("it was {moment}"))
        .fix("ask its issuer for a new one; if it is often used late, for a longer lifetime, as far as the signing session allows")
        .rules_out(&[&format!("permissions and policies: {server} refuses an expired URL before it looks at them")])
        .into()
}

fn not_yet_valid(case: &Case) -> Outcome {
    let Some(date) = case.url().v4().and_then(|v4| v4.date) else { return Outcome::NotApplicable };
    let ahead = date.duration_since(case.moment());
    if ahead <= SignedDuration::ZERO {
        return Outcome::Fine;
    }
    let reason = format!(
        "the URL is signed for a time that comes in {}: the signer's clock is fast, or ours is slow",
        lasting(ahead)
    );
    let finding = if ahead > SKEW { Finding::certain(reason) } else { Finding::hint(reason) };
    finding
        .seen(Source::Url, format!("`X-Amz-Date` is {date}"))
        .seen(Source::Clock, format!("it was {}", case.moment()))
        .fix("set the signer's clock by NTP, and sign again")
        .paste("chronyc tracking")
        .into()
}

fn not_yet_valid_at_cloudfront(case: &Case) -> Outcome {
    let policy = case.url().cloudfront().filter(|_| case.is_for_cloudfront()).and_then(CloudFrontPolicy::custom);
    let Some(starts) = policy.and_then(|policy| policy.starts) else { return Outcome::NotApplicable };
    let moment = case.moment();
    if moment >= starts {
        return Outcome::Fine;
    }
    Finding::certain(format!(
        "the policy in the URL is for a time that comes in {}",
        lasting(starts.duration_since(moment))
    ))
    .seen(Source::Url, format!("the policy's `DateGreaterThan` is {starts}"))
    .seen(Source::Clock, format!("it was {moment}"))
    .fix("use it later, or have one signed that is good at once")
    .rules_out(&["permissions and policies: CloudFront refuses it before it asks S3"])
    .into()
}

fn over_seven_days(case: &Case) -> Outcome {
    let Some(seconds) = case.url().v4().and_then(|v4| v4.expires) else { return Outcome::NotApplicable };
    let over = (seconds > SEVEN_DAYS).then(|| {
        Finding::certain(format!(
            "`X-Amz-Expires` is {seconds} seconds, and S3 accepts at most 604,800, which is seven days"
        ))
        .seen(Source::Url, format!("`X-Amz-Expires={seconds}`"))
        .fix("sign for 604,800 seconds or less; for longer, hand out a link to a service that signs when it is used")
        .rules_out(&["permissions and policies: S3 did not get to them"])
    });
    over.into()
}

fn outlives_session(case: &Case) -> Outcome {
    const LONGEST_ROLE_SESSION: i64 = 12 * 3600;
    const LONGEST_SESSION: i64 = 36 * 3600;
    const CHAINED_ROLE_SESSION: i64 = 3600;
    let url = case.url();
    let Some(v4) = url.v4() else { return Outcome::NotApplicable };
    let (Some(date), Some(expires)) = (v4.date, v4.expires) else { return Outcome::NotApplicable };
    if !url.has_token() && !url.access_key_id().is_some_and(|id| id.starts_with("ASIA")) {
        return Outcome::NotApplicable;
    }
    let age = case.moment().duration_since(date).as_secs();
    let expired_token = case.said("ExpiredToken", "");
    let promise = lasting(SignedDuration::from_secs(expires));
    let finding = if expires <= CHAINED_ROLE_SESSION && !expired_token {
        return Outcome::Fine;
    } else if expired_token || age > LONGEST_SESSION {
        Finding::certain(format!("the URL promises {promise}, and the session that signed it has ended"))
    } else if age > LONGEST_ROLE_SESSION {
        Finding::likely(format!(
            "the URL promises {promise}, and no role's session lives longer than 12 hours: the one that signed it has ended, unless it is a federation token's"
        ))
    } else if age > CHAINED_ROLE_SESSION {
        Finding::possible(format!(
            "the URL promises {promise}, but it dies with the session that signed it, which may have ended: a role assumed from Lambda or another role has one hour at most"
        ))
    } else {
        Finding::hint(format!(
            "the URL promises {promise}, but will die with the session that signed it: one hour for a role assumed from Lambda or another role, 12 for any role, 36 for a federation token"
        ))
    };
    finding
        .seen(Source::Url, "it is signed by a session: the access key id begins with `ASIA`, or a token is there")
        .seen(Source::Clock, format!("{} after it was signed", lasting(SignedDuration::from_secs(age.max(0)))))
        .fix("sign with a session whose `Expiration` is known, and for no longer than it has left; longer lifetimes need another kind of signer")
        .paste("aws iam get-role --role-name ROLE --query Role.MaxSessionDuration")
        .into()
}

fn stale_when_made(case: &Case) -> Outcome {
    let (Some(v4), Some(end)) = (case.url().v4(), case.url().end()) else { return Outcome::NotApplicable };
    let (Some(date), Some(expires)) = (v4.date, v4.expires) else { return Outcome::NotApplicable };
    let moment = case.moment();
    // A URL that dies this soon is meant to be used at once.
    let short = moment >= end && expires <= 3600 && moment.duration_since(date) > SignedDuration::from_hours(24);
    let stale = short.then(|| {
        Finding::hint("the URL was made for a short time, a day or more ago: it is served from a cache or a page that outlives it, or the signer's clock is slow")
            .seen(Source::Url, format!("signed at {date} for {}", lasting(SignedDuration::from_secs(expires))))
            .seen(Source::Clock, format!("it was {moment}"))
            .fix("let the cache, page or message that holds the URL expire before the URL does; compare the signer's clock with NTP")
    });
    stale.into()
}

/// `3 d 4 h`, `12 min`, `40 s`
pub(crate) fn lasting(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3600, seconds % 3600 / 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        for (seconds, text) in
            [(40, "40 s"), (720, "12 min"), (3600, "1 h"), (5400, "1 h 30 min"), (604_800, "7 d"), (90_000, "1 d 1 h")]
        {
            assert_eq!(lasting(SignedDuration::from_secs(seconds)), text);
        }
    }
}
