//! Whether the policy of the KMS key, or a grant on it, lets the signer use the key.

use super::kms::of_key;
use super::request_context::state_principal;
use super::{as_sure_as_the_signer, signer};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::{Facts, Grant, Looked, Principal};
use crate::finding::{Finding, Source};
use crate::policy::{Context, Effect, Match, Policy};
use crate::text::{list, pasteable, quotable};

/// What a key's policy sees of one action that S3 asks of it for the signer.
pub(super) fn context(facts: &Facts, signer: &Principal, key: &str, action: &str) -> Context {
    let region = key.split(':').nth(3).unwrap_or_default();
    let mut context = Context::new(vec![action.to_owned()], key, Some(signer.clone()));
    context.bounded = facts.signer_is_bounded();
    context.state("kms:ViaService", format!("s3.{region}.amazonaws.com"));
    if let Some(account) = signer.account() {
        context.state("kms:CallerAccount", account);
    }
    state_principal(signer, &mut context);
    context
}

/// Whether a grant admits the signer, whatever its own policies and the key's say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Granted {
    No,
    /// It may, for the reason that is given.
    Perhaps(&'static str),
    Yes,
}

const CONSTRAINED: &str = "a grant on the key may allow it: it is constrained to an encryption context, which must be that of the object or bucket";
const OF_A_SESSION: &str = "a grant on the key may allow it: it is for one session of the role, or a role of this name";
const OF_THE_ACCOUNT: &str =
    "a grant on the key may allow it: it is for the signer's account, whose own policies decide who may";
const UNREAD: &str = "a grant on the key may allow it: they could not all be read";

pub(super) fn granted(facts: &Facts, signer: &Principal, action: &str) -> Granted {
    let unread = match &facts.grants {
        Looked::Found(grants) => grants.unread.is_some(),
        Looked::CouldNot(_) => true,
        Looked::Nothing | Looked::NotAsked => false,
    };
    let admitting = of_action(facts, action).map(|grant| match signer.is_called(&grant.grantee) {
        Some(false) => Granted::No,
        Some(true) if !grant.constrained => Granted::Yes,
        Some(true) => Granted::Perhaps(CONSTRAINED),
        None => Granted::Perhaps(OF_A_SESSION),
    });
    let of_unread = if unread { Granted::Perhaps(UNREAD) } else { Granted::No };
    admitting.max().unwrap_or(Granted::No).max(of_unread)
}

/// A grant to an account leaves it to the account's own policies which of its signers may use the key: it stands in for the key's
/// policy, and not for the signer's own.
///
/// Source: AWS KMS developer guide, "Grants in AWS KMS", on grantee principals.
fn granted_to_account(facts: &Facts, signer: &Principal, action: &str) -> Granted {
    let granted = of_action(facts, action).any(|grant| signer.is_of_account(&grant.grantee));
    if granted { Granted::Perhaps(OF_THE_ACCOUNT) } else { Granted::No }
}

fn of_action<'a>(facts: &'a Facts, action: &'a str) -> impl Iterator<Item = &'a Grant> {
    let read = facts.grants.found().map(|grants| grants.read.as_slice()).unwrap_or_default();
    read.iter().filter(|grant| grant.operations.iter().any(|op| action.ends_with(op.as_str())))
}

pub(super) fn key_policy(case: &Case) -> Outcome {
    of_key(
        case,
        |facts| &facts.key_policy,
        || Outcome::NotApplicable,
        |policy, facts| {
            let signer = match signer(facts) {
                Ok(signer) => signer,
                Err(outcome) => return outcome,
            };
            let key = match &facts.kms_key {
                Looked::Found(key) => key,
                // Whatever the policy says, its region and account are told by the key.
                Looked::CouldNot(reason) => return Outcome::CouldNotLook(reason.clone()),
                Looked::Nothing | Looked::NotAsked => return Outcome::NotApplicable,
            };
            let found = case.kms_actions().into_iter().flat_map(|action| {
                let context = context(facts, signer, &key.arn, action);
                let granted = granted(facts, signer, action).max(granted_to_account(facts, signer, action));
                [denied(policy, &context, action), not_admitted(policy, &context, action, granted)]
            });
            let surest = found.flatten().min_by_key(|finding| finding.certainty);
            surest.map(|finding| as_sure_as_the_signer(facts, finding)).into()
        },
    )
}

fn denied(policy: &Policy, context: &Context, action: &str) -> Option<Finding> {
    let who = who(context);
    let finding = match surest(policy, Effect::Deny, context) {
        Match::No => return None,
        Match::Yes => Finding::certain(format!("the key policy denies `{action}` to the signer `{who}`")),
        Match::Depends(keys) => Finding::possible(format!("the key policy may deny `{action}` to the signer `{who}`"))
            .seen(Source::Account, format!("not known is {}", list(&keys))),
    };
    let finding = finding
        .seen(Source::Account, format!("a Deny statement in the policy of `{}`", quotable(&context.resource)))
        .fix("except the signer from it");
    Some(finding)
}

fn not_admitted(policy: &Policy, context: &Context, action: &str, granted: Granted) -> Option<Finding> {
    let reason = format!(
        "the key policy does not admit the signer `{}` for `{action}`, neither itself nor through its account's root",
        who(context)
    );
    let finding = match (surest(policy, Effect::Allow, context), granted) {
        (Match::Yes, _) | (_, Granted::Yes) => return None,
        (Match::Depends(keys), _) => {
            Finding::possible(format!("{reason}, unless conditions hold that are not known here"))
                .seen(Source::Account, format!("not known is {}", list(&keys)))
        }
        (Match::No, Granted::Perhaps(why)) => Finding::possible(reason).seen(Source::Account, why),
        (Match::No, Granted::No) => Finding::likely(reason),
    };
    let signer = context.signer.as_ref().map_or("SIGNER_ARN", |signer| pasteable(&signer.arn, "SIGNER_ARN"));
    let statement =
        serde_json::json!({"Effect": "Allow", "Principal": {"AWS": signer}, "Action": action, "Resource": "*"});
    let finding = finding
        .seen(
            Source::Account,
            format!("no Allow statement in the policy of `{}` surely matches", quotable(&context.resource)),
        )
        .fix("admit the signer in the key policy; across accounts its own policy must allow it as well")
        .paste(statement.to_string());
    Some(finding)
}

fn who(context: &Context) -> String {
    context.signer.as_ref().map(|signer| quotable(&signer.arn)).unwrap_or_default()
}

/// How surely one of the policy's statements of this effect matches.
fn surest(policy: &Policy, effect: Effect, context: &Context) -> Match {
    let of_effect = policy.statements.iter().filter(|statement| statement.effect == effect);
    Match::surest(of_effect.map(|statement| statement.matches(context)))
}
