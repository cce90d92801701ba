use super::key_policy::{self, Granted};
use super::{as_fine_as_the_method, as_sure_as_the_signer, fine, request_context, when_found};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::{Decision, Facts, Looked, Permission, Principal};
use crate::finding::{Finding, Source};
use crate::policy::{Context, Effect, Match, Policy, account_of};
use crate::text::{list, one_resource, pasteable, quotable};

pub(super) fn signer_permission(case: &Case) -> Outcome {
    denied(case, |facts| &facts.may_request)
}

pub(super) fn signer_may_decrypt(case: &Case) -> Outcome {
    denied(case, |facts| &facts.may_decrypt)
}

pub(super) fn signer_may_generate_data_key(case: &Case) -> Outcome {
    denied(case, |facts| &facts.may_generate_data_key)
}

/// What the simulator says. It knows the signer's own policies only.
fn denied(case: &Case, of: fn(&Facts) -> &Looked<Permission>) -> Outcome {
    let outcome = when_found(case, of, fine, |permission, facts| {
        if permission.decision == Decision::Allowed {
            return None;
        }
        let why = Why::of(permission);
        let made_up_for = if why.leaves_it_to_the_resource(facts, permission) {
            by_the_resource(case, facts, permission)
        } else {
            MadeUpFor::No
        };
        if made_up_for == MadeUpFor::Yes { None } else { Some(finding(facts, permission, why, made_up_for)) }
    });
    as_fine_as_the_method(case, outcome)
}

/// Which of the policies that the simulator looked at is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Organization,
    Boundary,
    Deny,
    NoAllow,
}

/// Whether the policy of bucket or key allows what the signer's own do not: within one account either will do.
///
/// Source: IAM user guide, "Policy evaluation logic".
#[derive(Debug, Clone, PartialEq, Eq)]
enum MadeUpFor {
    Yes,
    /// It may, and this is not known.
    Perhaps(String),
    No,
}

impl Why {
    fn of(permission: &Permission) -> Self {
        match (permission.decision, permission.organization_allows, permission.boundary_allows) {
            (_, Some(false), _) => Self::Organization,
            (_, _, Some(false)) => Self::Boundary,
            (Decision::ExplicitDeny, _, _) => Self::Deny,
            _ => Self::NoAllow,
        }
    }

    /// Whether a policy of bucket or key may allow it all the same. What a boundary only leaves out, it may allow to a user by
    /// name, and to no role.
    ///
    /// Source: IAM user guide, "Permissions boundaries for IAM entities", on resource-based policies.
    fn leaves_it_to_the_resource(self, facts: &Facts, permission: &Permission) -> bool {
        let is_user = facts.signer.found().is_some_and(|signer| signer.arn.contains(":user/"));
        self == Self::NoAllow || (self == Self::Boundary && permission.decision != Decision::ExplicitDeny && is_user)
    }

    fn cause(self) -> &'static str {
        match self {
            Self::Organization => "the organization's service control policies do not allow it",
            Self::Boundary => "its permissions boundary does not allow it",
            Self::Deny => "a Deny statement in its policies forbids it",
            Self::NoAllow => "no Allow statement in its policies covers it",
        }
    }

    fn fix(self) -> &'static str {
        match self {
            Self::Organization => {
                "have the organization's management account take the statement away that denies it, or allow it there: no policy of the account's own can"
            }
            Self::Boundary => "allow it in the boundary, or take away the statement there that denies it",
            Self::Deny => {
                "take the Deny statement away, or except the signer from it: an Allow statement cannot outdo it"
            }
            Self::NoAllow => "allow it to the signer, where it is missing",
        }
    }
}

fn finding(facts: &Facts, permission: &Permission, why: Why, made_up_for: MadeUpFor) -> Finding {
    let signer = facts.signer.found().map(|signer| quotable(&signer.arn)).unwrap_or_default();
    let action = quotable(&permission.action);
    let reason = format!("the signer `{signer}` may not `{action}`: {}", why.cause());
    let told_all = permission.missing_context.is_empty();
    let certain = told_all && made_up_for == MadeUpFor::No;
    let mut finding = if certain { Finding::certain(reason) } else { Finding::possible(reason) };
    finding = finding.seen(
        Source::Account,
        format!("IAM's simulator: `{action}` on `{}` is denied", quotable(&permission.resource)),
    );
    if why != Why::NoAllow && !permission.policies.is_empty() {
        finding = finding.seen(Source::Account, format!("by a statement in {}", list(&permission.policies)));
    }
    if !told_all {
        finding = finding.seen(Source::Account, format!("it was not told {}", list(&permission.missing_context)));
    }
    if let MadeUpFor::Perhaps(why) = made_up_for {
        finding = finding.seen(Source::Account, why);
    }
    let finding = as_sure_as_the_signer(facts, finding.fix(why.fix()));
    match paste(permission, why, &signer) {
        Some(paste) => finding.paste(paste),
        None => finding,
    }
}

fn paste(permission: &Permission, why: Why, signer: &str) -> Option<String> {
    let role = signer.split_once(":role/").and_then(|(_, path)| path.rsplit('/').next());
    let role = role.map(|role| pasteable(role, "ROLE"));
    match why {
        Why::NoAllow => Some(
            serde_json::json!({"Effect": "Allow", "Action": permission.action, "Resource": one_resource(&permission.resource)})
                .to_string(),
        ),
        Why::Boundary => role.map(|role| format!("aws iam get-role --role-name {role} --query Role.PermissionsBoundary")),
        Why::Deny => role.map(|role| {
            format!("aws iam list-role-policies --role-name {role} && aws iam list-attached-role-policies --role-name {role}")
        }),
        Why::Organization => None,
    }
}

fn by_the_resource(case: &Case, facts: &Facts, permission: &Permission) -> MadeUpFor {
    if permission.action.starts_with("kms:") {
        let key = facts.kms_key.found().map_or(permission.resource.as_str(), |key| key.arn.as_str());
        let Some(signer) = facts.signer.found() else { return MadeUpFor::No };
        let context = key_policy::context(facts, signer, key, &permission.action);
        let granted = key_policy::granted(facts, signer, &permission.action);
        match (granted, of_policy("key", &facts.key_policy, &context, facts, account_of(key))) {
            (Granted::Yes, _) => MadeUpFor::Yes,
            (Granted::Perhaps(why), MadeUpFor::No) => MadeUpFor::Perhaps(why.to_owned()),
            (_, by_policy) => by_policy,
        }
    } else {
        let Some(mut context) = request_context::of(case, facts, case.moment()) else { return MadeUpFor::No };
        // It was looked at for this one, whatever the method may be.
        context.actions = vec![permission.action.clone()];
        // S3 gives a bucket's policy to nobody of another account than the bucket's.
        let owner = facts.caller.found().and_then(|caller| account_of(caller));
        of_policy("bucket", &facts.bucket_policy, &context, facts, owner)
    }
}

fn of_policy(whose: &str, policy: &Looked<Policy>, context: &Context, facts: &Facts, owner: Option<&str>) -> MadeUpFor {
    let policy = match policy {
        Looked::Found(policy) => policy,
        Looked::CouldNot(reason) => {
            return MadeUpFor::Perhaps(format!("the {whose} policy, which may allow it, could not be read: {reason}"));
        }
        Looked::Nothing | Looked::NotAsked => return MadeUpFor::No,
    };
    // To allow it to the account is to leave it to the signer's own policies.
    let signer = facts.signer.found();
    let context = context.of_signer_alone();
    let allows = policy.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let mut perhaps = MadeUpFor::No;
    for statement in allows {
        let name = quotable(&statement.name());
        match statement.matches(&context) {
            Match::Yes if owner.is_none() => {
                let unknown = "whether both are of one account is not known";
                perhaps = MadeUpFor::Perhaps(format!("`{name}` of the {whose} policy allows it: {unknown}"));
            }
            // Across accounts the signer's own policies must allow it as well.
            Match::Yes | Match::Depends(_) if owner.is_some() && owner != signer.and_then(Principal::account) => {
                return MadeUpFor::No;
            }
            Match::Yes => return MadeUpFor::Yes,
            Match::Depends(keys) if perhaps == MadeUpFor::No => {
                let keys = list(&keys);
                perhaps =
                    MadeUpFor::Perhaps(format!("`{name}` of the {whose} policy may allow it: not known is {keys}"));
            }
            Match::Depends(_) | Match::No => {}
        }
    }
    perhaps
}
