//! Whether the policy of the KMS key, or a grant on it, lets the signer use the key.

use super::kms::of_key;
use super::request_context::state_principal;
use super::{as_sure_as_the_signer, fine, signer};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::{Facts, Looked, Principal};
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

const UNREAD: &str = "a grant on the key may allow it: they could not all be read";

pub(super) fn granted(facts: &Facts, signer: &Principal, action: &str) -> Granted {
    let (read, unread) = match &facts.grants {
        Looked::Found(grants) => (grants.read.as_slice(), grants.unread.is_some()),
        Looked::CouldNot(_) => ([].as_slice(), true),
        Looked::Nothing | Looked::NotAsked => ([].as_slice(), false),
    };
    let of_action = read.iter().filter(|grant| grant.operations.iter().any(|op| action.ends_with(op.as_str())));
    let admitting = of_action.map(|grant| match signer.is_called(&grant.grantee) {
        Some(false) => Granted::No,
        Some(true) if !grant.constrained => Granted::Yes,
        Some(true) => Granted::Perhaps(CONSTRAINED),
        None => Granted::Perhaps(OF_A_SESSION),
    });
    let of_unread = if unread { Granted::Perhaps(UNREAD) } else { Granted::No };
    admitting.max().unwrap_or(Granted::No).max(of_unread)
}

pub(super) fn key_policy(case: &Case) -> Outcome {
    of_key(
        case,
        |facts| &facts.key_policy,
        fine,
        |policy, facts| {
            let signer = match signer(facts) {
                Ok(signer) => signer,
                Err(outcome) => return outcome,
            };
            let Some(key) = facts.kms_key.found() else { return Outcome::NotApplicable };
            let asked = case.operation().kms_actions.iter();
            let found = asked.flat_map(|action| {
                let context = context(facts, signer, &key.arn, action);
                let granted = granted(facts, signer, action);
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
    let mut depends = Match::No;
    for statement in policy.statements.iter().filter(|statement| statement.effect == effect) {
        match statement.matches(context) {
            Match::Yes => return Match::Yes,
            Match::Depends(keys) if depends == Match::No => depends = Match::Depends(keys),
            Match::Depends(_) | Match::No => {}
        }
    }
    depends
}
