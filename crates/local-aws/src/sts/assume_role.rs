//! `AssumeRole`: a session of a role, for those its trust policy lets in.

use std::collections::BTreeMap;

use axum::body::Body;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::{NAMESPACE, tags};
use crate::clock::seconds;
use crate::crypto;
use crate::iam::policy::{Fact, Policy, TagsOf, Trusted, Verdict};
use crate::iam::store::Role;
use crate::identity::{Caller, Directory, Session};
use crate::query::{Parameters, QueryError, answer, is_name};
use crate::xml::Xml;

const ASSUME_ROLE: &str = "sts:AssumeRole";
const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

const DEFAULT_DURATION: u32 = 3600;
/// The longest session of a role that was assumed from another role's session.
const CHAINED_DURATION: u32 = 3600;
const POLICY_CHARACTERS: usize = 2048;

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
        return Err(QueryError::invalid("the local stack has no managed policies: `PolicyArns` is not supported"));
    }
    let policy = session_policy(parameters)?;
    let tags = tags::read(parameters)?;
    let role = admitted(role_arn, parameters, &tags, caller, directory)?;
    let duration = duration(parameters, caller, &role)?;

    let issued_at = whole_seconds(directory.clock.now());
    let expires_at = issued_at + SignedDuration::from_secs(i64::from(duration));
    let session = Session {
        access_key_id: crypto::identifier("ASIA", 16).map_err(internal)?,
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        name: session_name.to_owned(),
        issued_at,
        expires_at,
        policy,
        source_identity: source_identity(parameters, caller).map(str::to_owned),
        tags,
    };
    let master_key = directory.roles.master_key();
    let secret = master_key.secret(&session.access_key_id);
    let token = master_key.seal(&session).map_err(internal)?;
    let assumed = Caller::Session(Box::new(session.clone()));
    let result = |xml: Xml| {
        xml.element("Credentials", |xml| {
            xml.text("AccessKeyId", &session.access_key_id)
                .text("SecretAccessKey", &secret)
                .text("SessionToken", &token)
                .text("Expiration", &seconds(expires_at))
        })
        .element("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", &assumed.user_id()).text("Arn", &assumed.arn(&directory.account_id))
        })
    };
    Ok(answer("AssumeRole", NAMESPACE, request_id, Some(result)))
}

fn session_policy(parameters: &Parameters) -> Result<Option<String>, QueryError> {
    let Some(document) = parameters.get("Policy") else { return Ok(None) };
    if document.chars().count() > POLICY_CHARACTERS {
        let message = format!("a session policy has at most {POLICY_CHARACTERS} characters");
        return Err(QueryError::invalid(message));
    }
    Policy::parse(document)
        .map_err(|error| QueryError::new(StatusCode::BAD_REQUEST, "MalformedPolicyDocument", error.to_string()))?;
    Ok(Some(document.to_owned()))
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
        match role.trust.trusts(action, &names, account, &facts) {
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
    let asked = parameters.number("DurationSeconds")?.unwrap_or(DEFAULT_DURATION);
    if asked < 1 {
        return Err(QueryError::invalid("`DurationSeconds` must be at least 1 (AWS: 900)"));
    }
    if asked > role.max_session_duration {
        return Err(QueryError::invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    if asked > CHAINED_DURATION && matches!(caller, Caller::Session(_)) {
        return Err(QueryError::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    Ok(asked)
}

/// Sessions are issued and expire on whole seconds.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn internal(error: impl std::error::Error) -> QueryError {
    QueryError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", error.to_string())
}
