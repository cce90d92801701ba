use super::permission::{signer_may_decrypt, signer_may_generate_data_key, signer_permission};
use super::session_revoked::session_revoked;
use super::{DENIED, as_sure_as_the_signer, looked, when_found};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::facts::{KeyStatus, Looked};
use crate::finding::{Finding, Source};
use crate::policy::account_of;
use crate::text::{pasteable, quotable};

pub(super) const CHECKS: &[Check] = &[
    looked(
        "access-key-status",
        "The access key that signed is inactive or gone.",
        &[Symptom::code("InvalidAccessKeyId")],
        &["Policy change 1", "Policy change 2"],
        access_key_status,
    ),
    looked(
        "signer-gone",
        "The role or user that signed was deleted.",
        &[Symptom::code("InvalidAccessKeyId"), DENIED],
        &["AccessDenied 1", "Policy change 1"],
        signer_gone,
    ),
    looked(
        "signer-identity",
        "Whose access key signed, and as whom one looks.",
        &[],
        &["AccessDenied 1"],
        signer_identity,
    ),
    looked(
        "session-revoked",
        "The signing role's sessions from before a time were revoked.",
        &[DENIED],
        &["Policy change 5"],
        session_revoked,
    ),
    looked(
        "signer-permission",
        "IAM's simulator says whether the signer may do what the URL is for, its boundary and the organization's policies included.",
        &[DENIED],
        &["AccessDenied 4", "Policy change 3"],
        signer_permission,
    ),
    looked(
        "signer-may-decrypt",
        "IAM's simulator says whether the signer may `kms:Decrypt` with the object's key.",
        &[DENIED],
        &["SSE-KMS 1", "AccessDenied 7"],
        signer_may_decrypt,
    ),
    looked(
        "signer-may-generate-data-key",
        "IAM's simulator says whether the signer may `kms:GenerateDataKey` with the bucket's key.",
        &[DENIED],
        &["SSE-KMS 2", "AccessDenied 7"],
        signer_may_generate_data_key,
    ),
];

fn access_key_status(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.key_status,
        |status, facts| {
            let user =
                facts.key_user.found().map(|user| format!(" of the user `{}`", quotable(user))).unwrap_or_default();
            let id = quotable(case.url().access_key_id().unwrap_or_default());
            let (reason, paste) = match status {
                KeyStatus::Active => return None,
                KeyStatus::Inactive => (
                    format!("the access key that signed the URL{user} is inactive"),
                    format!(
                        "aws iam update-access-key --access-key-id {} --status Active --user-name USER",
                        pasteable(&id, "KEY_ID")
                    ),
                ),
                KeyStatus::Gone => (
                    format!("the access key that signed the URL{user} is gone"),
                    "aws iam list-access-keys --user-name USER".to_owned(),
                ),
            };
            let finding = Finding::certain(reason)
                .seen(Source::Account, format!("IAM about `{id}`"))
                .fix("sign again with an active key; if it was deactivated on purpose, so were its URLs")
                .paste(paste)
                .rules_out(&["permissions and policies: S3 does not get to them"]);
            Some(finding)
        },
    )
}

fn no_signer() -> Finding {
    Finding::certain("the role or user that signed the URL is not there any more, and its URLs ended with it")
        .seen(Source::Account, "IAM knows no such role or user in this account")
        .fix("sign again with a signer that exists; one of the same name that is made anew does not revive them")
        .rules_out(&["permissions and policies: S3 does not get to them"])
}

fn signer_gone(case: &Case) -> Outcome {
    match case.facts() {
        Some(facts) if facts.signer == Looked::Nothing => as_sure_as_the_signer(facts, no_signer()).into(),
        _ => when_found(case, |facts| &facts.signer, |_, _| None),
    }
}

fn signer_identity(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.key_account,
        |account, facts| {
            let account = quotable(account);
            let signer = facts.key_user.found().map_or_else(
                || format!("a session or user of the account {account}"),
                |user| format!("the user `{}` of the account {account}", quotable(user)),
            );
            let mut finding = Finding::hint(format!(
                "the URL acts as its signer, {signer}: whose permissions count is not who opens it"
            ))
            .seen(Source::Account, format!("STS: the access key belongs to the account {account}"));
            if let Some(caller) = facts.caller.found() {
                finding = finding.seen(Source::Account, format!("this look was made as `{}`", quotable(caller)));
            }
            let elsewhere =
                facts.caller.found().and_then(|caller| account_of(caller)).is_some_and(|own| own != account);
            let fix = if elsewhere {
                "look with credentials of the signer's account to see more"
            } else {
                "give permissions to the signer, not to the URL's holder"
            };
            Some(finding.fix(fix))
        },
    )
}
