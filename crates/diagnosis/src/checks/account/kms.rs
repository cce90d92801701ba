use super::{DENIED, as_sure_as_the_signer, fine, looked, when_found};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::facts::Facts;
use crate::finding::{Finding, Source};
use crate::policy::{Context, Effect, Match, Policy};
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

fn key_state(case: &Case) -> Outcome {
    when_found(
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
    when_found(
        case,
        |facts| &facts.kms_key,
        fine,
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

/// What the URL's request asks of the key.
fn key_actions(case: &Case) -> &'static [&'static str] {
    let multipart = case.url().query().find("uploadId").is_some();
    match case.method() {
        "PUT" | "POST" if multipart => &["kms:GenerateDataKey", "kms:Decrypt"],
        "PUT" | "POST" => &["kms:GenerateDataKey"],
        _ => &["kms:Decrypt"],
    }
}

/// What a key's policy sees of one action that S3 asks of it for the signer.
pub(super) fn context(facts: &Facts, key: &str, action: &str) -> Option<Context> {
    let signer = facts.signer.found()?;
    let account = signer.split(':').nth(4)?;
    let partition = signer.split(':').nth(1)?;
    let region = key.split(':').nth(3).unwrap_or_default();
    let principals = vec![signer.clone(), account.to_owned(), format!("arn:{partition}:iam::{account}:root")];
    let mut context = Context::new(action, key, principals);
    context.state("kms:ViaService", format!("s3.{region}.amazonaws.com"));
    context.state("kms:CallerAccount", account);
    context.state("aws:PrincipalArn", signer.as_str());
    context.state("aws:PrincipalAccount", account);
    Some(context)
}

/// Whether a grant admits the signer, whatever its own policies and the key's say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Granted {
    No,
    /// For some encryption contexts, of which it is not known whether the object's is one.
    UnderConstraints,
    Yes,
}

/// What is told of a grant that does not hold always.
pub(super) const CONSTRAINED: &str = "a grant on the key may allow it: it is constrained to an encryption context, which must be that of the object or bucket";

pub(super) fn granted(facts: &Facts, context: &Context) -> Granted {
    let grants = facts.grants.found().map(Vec::as_slice).unwrap_or_default();
    let admitting = grants.iter().filter(|grant| {
        context.principals.contains(&grant.grantee)
            && grant.operations.iter().any(|op| context.action.ends_with(op.as_str()))
    });
    admitting
        .map(|grant| if grant.constrained { Granted::UnderConstraints } else { Granted::Yes })
        .max()
        .unwrap_or(Granted::No)
}

fn matching(policy: &Policy, effect: Effect, context: &Context) -> bool {
    policy.statements.iter().any(|statement| statement.effect == effect && statement.matches(context) == Match::Yes)
}

fn key_policy(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.key_policy,
        fine,
        |policy, facts| {
            let key = facts.kms_key.found()?;
            for action in key_actions(case) {
                let context = context(facts, &key.arn, action)?;
                let action = quotable(&context.action);
                let signer = facts.signer.found().map(|signer| quotable(signer)).unwrap_or_default();
                if matching(policy, Effect::Deny, &context) {
                    let finding =
                        Finding::certain(format!("the key policy denies `{action}` to the signer `{signer}`"))
                            .seen(
                                Source::Account,
                                format!("a Deny statement in the policy of `{}`", quotable(&key.arn)),
                            )
                            .fix("except the signer from it");
                    return Some(as_sure_as_the_signer(facts, finding));
                }
                let granted = granted(facts, &context);
                if !matching(policy, Effect::Allow, &context) && granted != Granted::Yes {
                    let statement = serde_json::json!({"Effect": "Allow", "Principal": {"AWS": facts.signer.found()}, "Action": context.action, "Resource": "*"});
                    let reason = format!(
                        "the key policy does not admit the signer `{signer}` for `{action}`, neither itself nor through its account's root"
                    );
                    let finding = if granted == Granted::No {
                        Finding::likely(reason)
                    } else {
                        Finding::possible(reason).seen(Source::Account, CONSTRAINED)
                    };
                    let finding = finding
                        .seen(
                            Source::Account,
                            format!("no Allow statement in the policy of `{}` matches", quotable(&key.arn)),
                        )
                        .fix("admit the signer in the key policy; across accounts its own policy must allow it as well")
                        .paste(statement.to_string());
                    return Some(as_sure_as_the_signer(facts, finding));
                }
            }
            None
        },
    )
}

fn grants(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.grants,
        fine,
        |grants, facts| {
            let signer = facts.signer.found()?;
            let grant = grants.iter().find(|grant| grant.grantee == *signer)?;
            let under = if grant.constrained { ", for some encryption contexts" } else { "" };
            let finding = Finding::hint("a grant on the KMS key admits the signer, whatever the key policy says")
                .seen(Source::Account, format!("it grants {}{under}", crate::text::list(&grant.operations)))
                .fix("nothing: but who takes the grant away takes the URL's permission away");
            Some(finding)
        },
    )
}
