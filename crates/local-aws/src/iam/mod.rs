//! Identity and Access Management: roles, their inline policies, managed policies, and the administrator.

mod access_keys;
mod attachments;
mod managed_policies;
pub mod policy;
mod role_policies;
mod roles;
mod simulation;
pub mod store;
mod trail;
mod users;

use axum::body::Body;
use http::{Response, StatusCode};
pub use roles::seed;
pub use trail::record;

use crate::identity::{Caller, Directory};
use crate::query::{Parameters, QueryError, answer, is_name};
use crate::xml::Xml;
use policy::MalformedPolicy;
use store::StoreError;

/// The service's XML namespace.
pub const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// The calls that change something, and so appear in the trail.
const CHANGES: [&str; 18] = [
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
    "CreateRole",
    "DeleteRole",
    "UpdateRole",
    "UpdateAssumeRolePolicy",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
    "CreatePolicy",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "DeletePolicyVersion",
    "DeletePolicy",
];

/// Whether a call changes something.
#[must_use]
pub fn changes(action: &str) -> bool {
    CHANGES.contains(&action)
}

/// Answers one call.
///
/// # Errors
/// When the call is unknown, malformed or not allowed, or what it names does not exist.
pub fn call(
    action: &str,
    parameters: &Parameters,
    caller: &Caller,
    directory: &Directory,
    request_id: &str,
) -> Result<Response<Body>, QueryError> {
    let perform: Call = match action {
        "CreateAccessKey" => access_keys::create,
        "UpdateAccessKey" => access_keys::update,
        "DeleteAccessKey" => access_keys::delete,
        "CreateRole" => roles::create,
        "GetRole" => roles::get,
        "ListRoles" => roles::list,
        "UpdateRole" => roles::update,
        "UpdateAssumeRolePolicy" => roles::update_trust,
        "DeleteRole" => roles::delete,
        "PutRolePolicy" => role_policies::put,
        "GetRolePolicy" => role_policies::get,
        "DeleteRolePolicy" => role_policies::delete,
        "ListRolePolicies" => role_policies::list,
        "AttachRolePolicy" => attachments::attach,
        "DetachRolePolicy" => attachments::detach,
        "ListAttachedRolePolicies" => attachments::list_attached,
        "PutRolePermissionsBoundary" => attachments::put_boundary,
        "DeleteRolePermissionsBoundary" => attachments::delete_boundary,
        "ListEntitiesForPolicy" => attachments::list_entities,
        "GetGroup" => attachments::get_group,
        "CreatePolicy" => managed_policies::create,
        "GetPolicy" => managed_policies::get,
        "DeletePolicy" => managed_policies::delete,
        "CreatePolicyVersion" => managed_policies::create_version,
        "GetPolicyVersion" => managed_policies::get_version,
        "ListPolicyVersions" => managed_policies::list_versions,
        "SetDefaultPolicyVersion" => managed_policies::set_default,
        "DeletePolicyVersion" => managed_policies::delete_version,
        "GetUser" => users::get,
        "ListAccessKeys" => access_keys::list,
        "GetAccessKeyLastUsed" => access_keys::last_used,
        "SimulatePrincipalPolicy" => simulation::simulate_principal,
        other => return Err(QueryError::unknown_action(other)),
    };
    let resource = resource(parameters, directory);
    directory.authorize(caller, &format!("iam:{action}"), &resource, &directory.facts(caller))?;
    perform(parameters, directory).map(|result| answer(action, NAMESPACE, request_id, result))
}

/// What a call puts inside its result element.
type Content = Box<dyn FnOnce(Xml) -> Xml>;

/// A call: what it answers, or `None` when it has no result element.
type Call = fn(&Parameters, &Directory) -> Answered;

type Answered = Result<Option<Content>, QueryError>;

fn resource(parameters: &Parameters, directory: &Directory) -> String {
    let account = &directory.account_id;
    let Some(name) = parameters.get("RoleName") else {
        return match (parameters.get("PolicyArn"), parameters.get("PolicyName")) {
            (Some(arn), _) => arn.to_owned(),
            (None, Some(name)) => {
                format!("arn:aws:iam::{account}:policy{}{name}", parameters.get("Path").unwrap_or("/"))
            }
            (None, None) => "*".to_owned(),
        };
    };
    directory.roles.role(name).map_or_else(
        || format!("arn:aws:iam::{account}:role{}{name}", parameters.get("Path").unwrap_or("/")),
        |role| role.arn(account),
    )
}

/// A role or policy name that satisfies IAM's pattern.
fn name<'a>(parameters: &'a Parameters, parameter: &str, longest: usize) -> Result<&'a str, QueryError> {
    let name = parameters.required(parameter)?;
    if is_name(name, 1, longest, "_+=,.@-") {
        Ok(name)
    } else {
        Err(QueryError::invalid(format!(r"`{parameter}` must have 1 to {longest} characters of [\w+=,.@-]")))
    }
}

fn role_name(parameters: &Parameters) -> Result<&str, QueryError> {
    name(parameters, "RoleName", 64)
}

fn policy_name(parameters: &Parameters) -> Result<&str, QueryError> {
    name(parameters, "PolicyName", 128)
}

/// The path of a new role or policy.
fn path(parameters: &Parameters) -> Result<&str, QueryError> {
    let path = parameters.get("Path").unwrap_or("/");
    if path.starts_with('/') && path.ends_with('/') && path.len() <= 512 && path.is_ascii() {
        Ok(path)
    } else {
        Err(QueryError::invalid("`Path` must begin and end with a slash"))
    }
}

fn no_such_role(name: &str) -> QueryError {
    QueryError::no_such_entity(format!("The role with name {name} cannot be found."))
}

impl From<MalformedPolicy> for QueryError {
    fn from(error: MalformedPolicy) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MalformedPolicyDocument", error.to_string())
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the roles cannot be written");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure", error.to_string())
    }
}
