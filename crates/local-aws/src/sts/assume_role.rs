//! `AssumeRole`: a session of a role, for those its trust policy lets in.

use std::collections::BTreeMap;

use axum::body::Body;
use http::{Response, StatusCode};

use super::grant::{Grant, Wanted, session_policy};
use super::{NAMESPACE, tags};
use crate::iam::policy::{Fact, TagsOf, Trusted, Verdict};
use crate::iam::store::Role;
use crate::identity::{Caller, Directory, Holder};
use crate::query::{Parameters, QueryError, answer, is_name};
use crate::xml::Xml;

const ASSUME_ROLE: &str = "sts:AssumeRole";
const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

const DEFAULT_DURATION: u32 = 3600;
/// The longest session of a role that was assumed from another role's session.
const CHAINED_DURATION: u32 = 3600;

pub fn assume_role(
    parameters: &Parameters,
    caller: &Caller,
    directory: &Directory,
    request_id: &str,
) -> Result<Response<Body>, QueryError> {
    let role_arn = parameters.required("RoleArn")?;
    let session_name = parameters.required("RoleSessionName")?;
    if !is_name(session_name, 2, 64, "_+=,.@-") {
        return Err(QueryError::invalid(r"`RoleSessionName` must have 2 to 64 characters of [\w+=,.@-]"));
    }
    if let Some(identity) = parameters.get("SourceIdentity")
        && !is_name(identity, 2, 64, "_+=,.@-")
    {
        return Err(QueryError::invalid(r"`SourceIdentity` must have 2 to 64 characters of [\w+=,.@-]"));
    }
    if parameters.any("PolicyArns.member") {
        return Err(QueryError::invalid(
            "the local stack does not support `PolicyArns`: say the policy itself in `Policy`",
        ));
    }
    let policy = session_policy(parameters)?;
    let tags = tags::read(parameters)?;
    let role = admitted(role_arn, parameters, &tags, caller, directory)?;
    let duration = duration(parameters, caller, &role)?;

    let grant = Grant::new(
        Wanted {
            holder: Holder::Role { role_name: role.name.clone(), role_id: role.id.clone() },
            name: session_name.to_owned(),
            duration,
            policy,
            source_identity: source_identity(parameters, caller).map(str::to_owned),
            tags,
        },
        directory,
    )?;
    Ok(answer("AssumeRole", NAMESPACE, request_id, Some(|xml| assumed(xml, &grant, directory))))
}

/// What tells of a role's session.
pub fn assumed(xml: Xml, grant: &Grant, directory: &Directory) -> Xml {
    let caller = grant.caller();
    grant.credentials(xml).element("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &caller.user_id()).text("Arn", &caller.arn(&directory.account_id))
    })
}

/// A session that is taken from another keeps its source identity.
fn source_identity<'a>(parameters: &'a Parameters, caller: &'a Caller) -> Option<&'a str> {
    let kept = match caller {
        Caller::Session(session) => session.source_identity.as_deref(),
        Caller::Administrator { .. } => None,
    };
    kept.or_else(|| parameters.get("SourceIdentity"))
}

/// The role, if it exists, trusts the caller, and the caller may take it, and say of its session what it says. All refusals sound
/// alike, as on AWS.
fn admitted(
    role_arn: &str,
    parameters: &Parameters,
    tags: &BTreeMap<String, String>,
    caller: &Caller,
    directory: &Directory,
) -> Result<std::sync::Arc<Role>, QueryError> {
    let account = &directory.account_id;
    let refused = |action: &str| {
        let caller = caller.arn(account);
        let message = format!("User: {caller} is not authorized to perform: {action} on resource: {role_arn}");
        QueryError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
    };
    if !role_arn.starts_with("arn:aws:iam::") || !role_arn.contains(":role/") {
        return Err(QueryError::invalid(format!("`{role_arn}` is not the ARN of a role")));
    }
    let name = role_arn.rsplit('/').next().unwrap_or_default();
    let role = directory.roles.role(name).filter(|role| role.arn(account) == role_arn);
    let role = role.ok_or_else(|| refused(ASSUME_ROLE))?;

    let mut facts = directory.facts(caller);
    if let Some(external_id) = parameters.get("ExternalId") {
        facts.state("sts:externalid", Fact::Text(external_id.to_owned()));
    }
    facts.state_tags(TagsOf::Request, tags);
    if let Some(name) = parameters.get("RoleSessionName") {
        facts.state("sts:rolesessionname", Fact::Text(name.to_owned()));
    }
    let identity = source_identity(parameters, caller);
    if let Some(identity) = identity {
        facts.state("sts:sourceidentity", Fact::Text(identity.to_owned()));
    }
    let mut names = vec![caller.arn(account)];
    let own = match caller {
        Caller::Session(session) => directory.role_of(session),
        Caller::Administrator { .. } => None,
    };
    names.extend(own.iter().map(|own| own.arn(account)));
    if parameters.get("SourceIdentity").is_some_and(|asked| Some(asked) != identity) {
        return Err(refused(SET_SOURCE_IDENTITY));
    }
    let actions = [
        Some(ASSUME_ROLE),
        (!tags.is_empty()).then_some("sts:TagSession"),
        identity.is_some().then_some(SET_SOURCE_IDENTITY),
    ];
    for action in actions.into_iter().flatten() {
        if own.as_ref().is_some_and(|own| directory.roles.verdict(own, action, role_arn, &facts) == Verdict::Deny) {
            return Err(refused(action));
        }
        match role.trust.parsed.trusts(action, &names, account, &facts) {
            Trusted::No => return Err(refused(action)),
            Trusted::ByAccount => {
                directory.authorize(caller, action, role_arn, &facts).map_err(|_| refused(action))?;
            }
            Trusted::ByName => {}
        }
    }
    Ok(role)
}

fn duration(parameters: &Parameters, caller: &Caller, role: &Role) -> Result<u32, QueryError> {
    let asked = duration_of_role(parameters, role)?;
    if asked > CHAINED_DURATION && matches!(caller, Caller::Session(_)) {
        return Err(QueryError::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    Ok(asked)
}

/// How long a session is to be that may be as long as the role allows.
pub fn duration_of_role(parameters: &Parameters, role: &Role) -> Result<u32, QueryError> {
    let asked = parameters.number("DurationSeconds")?.unwrap_or(DEFAULT_DURATION);
    if asked < 1 {
        return Err(QueryError::invalid("`DurationSeconds` must be at least 1 (AWS: 900)"));
    }
    if asked > role.max_session_duration {
        return Err(QueryError::invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(asked)
}
