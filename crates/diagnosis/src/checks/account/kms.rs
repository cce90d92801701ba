use super::key_policy::key_policy;
use super::{DENIED, as_fine_as_the_method, looked, signer, when_found_or};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::facts::{Facts, Looked};
use crate::finding::{Finding, Source};
use crate::further::COPY_SOURCE;
use crate::text::{pasteable, quotable};

pub(super) const CHECKS: &[Check] = &[
    looked(
        "kms-key-state",
        "The KMS key is disabled, waits to be deleted, or cannot be used otherwise.",
        &[Symptom::code("KMS.DisabledException"), Symptom::code("KMS.KMSInvalidStateException"), DENIED],
        &["SSE-KMS 8"],
        key_state,
    ),
    looked(
        "kms-key-region",
        "The KMS key is in another region than the bucket.",
        &[Symptom::code("KMS.NotFoundException"), DENIED],
        &["SSE-KMS 8"],
        key_region,
    ),
    looked(
        "kms-key-policy",
        "The key policy admits the signer neither directly nor through the account's root, or denies it.",
        &[DENIED],
        &["SSE-KMS 4", "AccessDenied 7"],
        key_policy,
    ),
    looked(
        "kms-grants",
        "A grant on the key admits the signer, whatever its policy says.",
        &[],
        &["SSE-KMS 4"],
        grants,
    ),
];

fn no_key() -> Outcome {
    Finding::certain("the KMS key that encrypts the object is not there any more, or not in this region")
        .seen(Source::Account, "KMS knows no such key")
        .fix("name a key of the bucket's region by its ARN; what a deleted key encrypted is lost")
        .into()
}

/// Reasons about what one look at the key showed, if the request needs it.
pub(super) fn of_key<T, R: Into<Outcome>>(
    case: &Case,
    of: fn(&Facts) -> &Looked<T>,
    nothing: fn() -> Outcome,
    found: impl FnOnce(&T, &Facts) -> R,
) -> Outcome {
    if case.kms_actions().is_empty() {
        return Outcome::NotApplicable;
    }
    match as_fine_as_the_method(case, when_found_or(case, of, nothing, found)) {
        Outcome::Fine if case.states(COPY_SOURCE) => Outcome::CouldNotLook(
            "it is fine with the key of what is written: a copy decrypts its source with that one's, of which nothing was seen"
                .to_owned(),
        ),
        outcome => outcome,
    }
}

fn key_state(case: &Case) -> Outcome {
    of_key(
        case,
        |facts| &facts.kms_key,
        no_key,
        |key, _| {
            let id = pasteable(&key.arn, "KEY_ARN");
            let paste = match key.state.as_str() {
                "Enabled" => return None,
                "PendingDeletion" => {
                    format!("aws kms cancel-key-deletion --key-id {id} && aws kms enable-key --key-id {id}")
                }
                _ => format!("aws kms enable-key --key-id {id}"),
            };
            let finding = Finding::certain("the KMS key cannot be used in the state that it is in")
                .seen(Source::Account, format!("KMS: `{}` is `{}`", quotable(&key.arn), quotable(&key.state)))
                .fix("bring the key back to `Enabled`")
                .paste(paste)
                .rules_out(&["signature, expiry and token: KMS is asked only when these are right"]);
            Some(finding)
        },
    )
}

fn key_region(case: &Case) -> Outcome {
    of_key(
        case,
        |facts| &facts.kms_key,
        || Outcome::NotApplicable,
        |key, facts| {
            let of_bucket = facts.bucket_region.found().map(String::as_str).or_else(|| case.url().v4()?.region())?;
            let of_key = key.arn.split(':').nth(3)?;
            (of_key != of_bucket).then(|| {
                Finding::certain("the KMS key is in another region than the bucket, and S3 uses only keys of its own")
                    .seen(
                        Source::Account,
                        format!("the key is in `{}`, the bucket in `{}`", quotable(of_key), quotable(of_bucket)),
                    )
                    .fix("encrypt with a key of the bucket's region, named by its ARN")
            })
        },
    )
}

fn grants(case: &Case) -> Outcome {
    of_key(
        case,
        |facts| &facts.grants,
        || Outcome::NotApplicable,
        |grants, facts| {
            let signer = match signer(facts) {
                Ok(signer) => signer,
                Err(outcome) => return outcome,
            };
            let Some(grant) = grants.read.iter().find(|grant| signer.is_called(&grant.grantee) == Some(true)) else {
                return grants.unread.clone().map_or(Outcome::Fine, Outcome::CouldNotLook);
            };
            let under = if grant.constrained { ", for some encryption contexts" } else { "" };
            Finding::hint("a grant on the KMS key admits the signer, whatever the key policy says")
                .seen(Source::Account, format!("it grants {}{under}", crate::text::list(&grant.operations)))
                .fix("nothing: but who takes the grant away takes the URL's permission away")
                .into()
        },
    )
}
