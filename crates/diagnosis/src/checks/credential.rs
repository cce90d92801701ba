//! Whose access key signed it, and whether its token is there.

use super::{SIGNATURE, checked};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::text::quotable;

const INVALID_TOKEN: Symptom = Symptom::code("InvalidToken");
const INVALID_KEY: Symptom = Symptom::code("InvalidAccessKeyId");

pub(super) const CHECKS: &[Check] = &[
    checked(
        "token-missing",
        "A session signed it, and its token is not in the URL.",
        &[INVALID_KEY, INVALID_TOKEN],
        token_missing,
    ),
    checked(
        "token-unexpected",
        "A user's access key signed it, and a session token is in the URL.",
        &[INVALID_TOKEN],
        token_unexpected,
    ),
    checked(
        "access-key-kind",
        "The id in `X-Amz-Credential` is not that of an access key: a role's, a user's, or a placeholder.",
        &[INVALID_KEY, SIGNATURE],
        access_key_kind,
    ),
];

fn token_missing(case: &Case) -> Outcome {
    let url = case.url();
    let Some(id) = url.access_key_id() else { return Outcome::NotApplicable };
    let missing = (id.starts_with("ASIA") && !url.has_token()).then(|| {
        Finding::certain("a session's access key signed the URL, and its session token is not in it")
            .seen(
                Source::Url,
                format!(
                    "the access key id `{}` begins with `ASIA`, and there is no `X-Amz-Security-Token`",
                    quotable(id)
                ),
            )
            .fix("give the signer all three: access key id, secret access key and session token")
            .paste("export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_SESSION_TOKEN=…")
            .rules_out(&["permissions and policies: S3 does not know who signed"])
    });
    missing.into()
}

fn token_unexpected(case: &Case) -> Outcome {
    let url = case.url();
    let Some(id) = url.access_key_id() else { return Outcome::NotApplicable };
    let unexpected = (id.starts_with("AKIA") && url.has_token()).then(|| {
        Finding::certain(
            "a user's access key signed the URL, and a session token is in it, which belongs to another key",
        )
        .seen(
            Source::Url,
            format!("the access key id `{}` begins with `AKIA`, and `X-Amz-Security-Token` is there", quotable(id)),
        )
        .fix("take the left-over session token away from the signer's environment or profile")
        .paste("unset AWS_SESSION_TOKEN")
        .rules_out(&["permissions and policies: S3 did not get to them"])
    });
    unexpected.into()
}

fn access_key_kind(case: &Case) -> Outcome {
    let Some(id) = case.url().access_key_id().filter(|id| !id.is_empty()) else { return Outcome::NotApplicable };
    let kind = id.get(..4).unwrap_or_default();
    let what = match kind {
        "AKIA" | "ASIA" => return Outcome::Fine,
        "AROA" => "a role's unique id",
        "AIDA" => "a user's unique id",
        "AGPA" => "a group's unique id",
        "ANPA" | "ANVA" => "a managed policy's unique id",
        "AIPA" => "an instance profile's unique id",
        "ABIA" => "an STS service bearer token's id",
        "ACCA" => "a context-specific credential's id",
        _ if id.eq_ignore_ascii_case("undefined")
            || id.eq_ignore_ascii_case("null")
            || id.eq_ignore_ascii_case("none") =>
        {
            "a placeholder: the signer had no credentials"
        }
        _ => {
            return Finding::hint(
                "the access key id is not of AWS's form: it is of another S3 server, or was typed by hand",
            )
            .seen(Source::Url, format!("`{}`", quotable(id)))
            .fix("compare it with the signer's access key id")
            .into();
        }
    };
    Finding::certain(format!("what signed is no access key, but {what}"))
        .seen(Source::Url, format!("`{}` in `X-Amz-Credential`", quotable(id)))
        .fix("sign with an access key id, which begins with `AKIA` or `ASIA`, and its secret")
        .into()
}
