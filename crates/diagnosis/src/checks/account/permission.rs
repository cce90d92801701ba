use super::key_policy::{self, Granted};
use super::{as_fine_as_the_method, as_sure_as_the_signer, request_context};
use crate::answers::{Denial, PolicyKind, Reason};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::{Decision, Facts, Looked, Permission, Principal};
use crate::finding::{Certainty, Finding, Source};
use crate::policy::{Context, Effect, Match, Policy, account_of};
use crate::text::{list, one_resource, pasteable, quotable};

/// Whether the signer may all that the request needs.
pub(super) fn signer_permission(case: &Case) -> Outcome {
    let Some(facts) = case.facts() else { return Outcome::NotApplicable };
    let each = std::iter::once(&facts.may_request).chain(&facts.may_further).map(|looked| denied(case, facts, looked));
    each.min_by_key(|outcome| match outcome {
        Outcome::Found(finding) => (0, Some(finding.certainty)),
        Outcome::CouldNotLook(_) => (1, None),
        Outcome::Fine => (2, None),
        Outcome::NotApplicable => (3, None),
    })
    .unwrap_or(Outcome::NotApplicable)
}

pub(super) fn signer_may_decrypt(case: &Case) -> Outcome {
    case.facts().map_or(Outcome::NotApplicable, |facts| denied(case, facts, &facts.may_decrypt))
}

pub(super) fn signer_may_generate_data_key(case: &Case) -> Outcome {
    case.facts().map_or(Outcome::NotApplicable, |facts| denied(case, facts, &facts.may_generate_data_key))
}

/// What the simulator says. It knows the signer's own policies only.
fn denied(case: &Case, facts: &Facts, looked: &Looked<Permission>) -> Outcome {
    let outcome = match looked {
        Looked::Found(permission) => denied_by(case, facts, permission).into(),
        Looked::CouldNot(reason) => Outcome::CouldNotLook(reason.clone()),
        Looked::Nothing => Outcome::Fine,
        Looked::NotAsked => Outcome::NotApplicable,
    };
    as_fine_as_the_method(case, outcome)
}

fn denied_by(case: &Case, facts: &Facts, permission: &Permission) -> Option<Finding> {
    if permission.decision == Decision::Allowed {
        return None;
    }
    let why = Why::of(permission);
    let made_up_for = match why.left_to_the_resource(facts, permission) {
        Some(signer) => by_the_resource(case, facts, permission, &signer),
        None => MadeUpFor::No,
    };
    if made_up_for == MadeUpFor::Yes {
        return None;
    }
    let mut finding = finding(facts, permission, why, made_up_for);
    let denial = case.denial().filter(|denial| denial.action == permission.action);
    finding.explains = denial.and_then(|denial| why.said_by(&denial));
    let doubtful = case.further().iter().any(|further| further.action == permission.action && !further.sure);
    if !doubtful {
        return Some(finding);
    }
    let reason = format!("S3 does not look for `{}` with every request of this kind", quotable(&permission.action));
    Some(finding.at_most(Certainty::Possible, Source::Url, reason))
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

    /// To whom a policy of bucket or key may allow it all the same. What a boundary only leaves out, it may allow to a user or to
    /// a session by name, and to no role.
    ///
    /// Source: IAM user guide, "Permissions boundaries for IAM entities", on resource-based policies.
    fn left_to_the_resource(self, facts: &Facts, permission: &Permission) -> Option<Principal> {
        let signer = facts.signer.found()?;
        match self {
            Self::NoAllow => Some(signer.clone()),
            Self::Boundary if permission.decision != Decision::ExplicitDeny => Some(signer.without_role()),
            Self::Boundary | Self::Organization | Self::Deny => None,
        }
    }

    fn cause(self) -> &'static str {
        match self {
            Self::Organization => "the organization's service control policies do not allow it",
            Self::Boundary => "its permissions boundary does not allow it",
            Self::Deny => "a Deny statement in its policies forbids it",
            Self::NoAllow => "no Allow statement in its policies covers it",
        }
    }

    /// The check of S3's own words, where they are about this.
    fn said_by(self, denial: &Denial) -> Option<&'static str> {
        match self {
            Self::Organization => denial.check_if(PolicyKind::ServiceControl, denial.reason),
            Self::Boundary => denial.check_if(PolicyKind::Boundary, denial.reason),
            Self::Deny => denial.check_if(PolicyKind::Identity, Reason::ExplicitDeny),
            Self::NoAllow => denial.check_if(PolicyKind::Identity, Reason::NoAllow),
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
        let policies: Vec<_> = permission.policies.iter().map(|id| inline_policy(facts, id).unwrap_or(id)).collect();
        finding = finding.seen(Source::Account, format!("by a statement in {}", list(&policies)));
    }
    if !told_all {
        finding = finding.seen(Source::Account, format!("it was not told {}", list(&permission.missing_context)));
    }
    if let MadeUpFor::Perhaps(why) = made_up_for {
        finding = finding.seen(Source::Account, why);
    }
    let finding = as_sure_as_the_signer(facts, finding.fix(why.fix()));
    match paste(facts, permission, why, &signer) {
        Some(paste) => finding.paste(paste),
        None => finding,
    }
}

/// The name of the inline policy that the simulator calls `role_ROLE_POLICY`; a managed one it calls by its name alone. No
/// reference tells the form: it is that of answers which people have published.
fn inline_policy<'a>(facts: &Facts, id: &'a str) -> Option<&'a str> {
    let role = facts.signer.found()?.role_name()?;
    id.strip_prefix("role_")?.strip_prefix(role)?.strip_prefix('_').filter(|name| !name.is_empty())
}

fn paste(facts: &Facts, permission: &Permission, why: Why, signer: &str) -> Option<String> {
    let signer = Principal::of(signer);
    let role = signer.role_name().map(|role| pasteable(role, "ROLE"));
    match why {
        Why::NoAllow => Some(
            serde_json::json!({"Effect": "Allow", "Action": permission.action, "Resource": one_resource(&permission.resource)})
                .to_string(),
        ),
        Why::Boundary => role.map(|role| format!("aws iam get-role --role-name {role} --query Role.PermissionsBoundary")),
        Why::Deny => role.map(|role| match permission.policies.as_slice() {
            [id] if let Some(name) = inline_policy(facts, id) => {
                format!("aws iam get-role-policy --role-name {role} --policy-name {}", pasteable(name, "POLICY"))
            }
            _ => format!("aws iam list-role-policies --role-name {role} && aws iam list-attached-role-policies --role-name {role}"),
        }),
        Why::Organization => None,
    }
}

/// Whether the resource's own policy allows it to `signer`.
fn by_the_resource(case: &Case, facts: &Facts, permission: &Permission, signer: &Principal) -> MadeUpFor {
    if permission.action.starts_with("kms:") {
        let key = facts.kms_key.found().map_or(permission.resource.as_str(), |key| key.arn.as_str());
        let Some(own) = facts.signer.found() else { return MadeUpFor::No };
        let mut context = key_policy::context(facts, own, key, &permission.action);
        context.signer = Some(signer.clone());
        let granted = key_policy::granted(facts, signer, &permission.action);
        match (granted, of_policy("key", &facts.key_policy, &context, facts, account_of(key))) {
            (Granted::Yes, _) => MadeUpFor::Yes,
            (Granted::Perhaps(why), MadeUpFor::No) => MadeUpFor::Perhaps(why.to_owned()),
            (_, by_policy) => by_policy,
        }
    } else {
        let Some(context) = request_context::of(case, facts, case.moment()) else { return MadeUpFor::No };
        // It was looked at for this one, whatever the method may be.
        let mut context = context.for_action(permission.action.clone());
        if let Some(bucket) = bucket_of(&permission.resource) {
            if Some(bucket) != bucket_of(&context.resource) {
                let reason = "the other bucket's policy, which may allow it, was not looked at";
                return MadeUpFor::Perhaps(reason.to_owned());
            }
            // A copy may read its source from the bucket that it writes to.
            context.resource.clone_from(&permission.resource);
        }
        context.signer = Some(signer.clone());
        // S3 gives a bucket's policy to nobody of another account than the bucket's.
        let owner = facts.caller.found().and_then(|caller| account_of(caller));
        of_policy("bucket", &facts.bucket_policy, &context, facts, owner)
    }
}

fn bucket_of(arn: &str) -> Option<&str> {
    arn.split_once(":s3:::").and_then(|(_, object)| object.split('/').next())
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
