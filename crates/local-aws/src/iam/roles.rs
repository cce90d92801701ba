//! Roles themselves: who may take them, and for how long.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::StatusCode;

use super::store::{PolicyDocument, Role, TrustDocument};
use super::{Answered, Content, no_such_role, path, role_name};
use crate::clock::seconds;
use crate::crypto;
use crate::identity::Directory;
use crate::query::{Parameters, QueryError, encoded};
use crate::xml::Xml;

const DEFAULT_SESSION_DURATION: u32 = 3600;

pub fn create(parameters: &Parameters, directory: &Directory) -> Answered {
    let name = role_name(parameters)?;
    let path = path(parameters)?;
    for unsupported in ["PermissionsBoundary", "Tags.member"] {
        if parameters.any(unsupported) {
            return Err(QueryError::invalid(format!("the local stack does not support `{unsupported}`")));
        }
    }
    let role = Role {
        path: path.to_owned(),
        description: parameters.get("Description").map(str::to_owned),
        max_session_duration: session_duration(parameters)?.unwrap_or(DEFAULT_SESSION_DURATION),
        ..new(name, parameters.required("AssumeRolePolicyDocument")?, directory)?
    };
    let role = directory.roles.change(|roles| {
        if roles.contains_key(name) {
            let message = format!("Role with name {name} already exists.");
            return Err(QueryError::new(StatusCode::CONFLICT, "EntityAlreadyExists", message));
        }
        let role = Arc::new(role);
        roles.insert(name.to_owned(), Arc::clone(&role));
        Ok(role)
    })?;
    Ok(Some(described(role, directory)))
}

pub fn get(parameters: &Parameters, directory: &Directory) -> Answered {
    let name = role_name(parameters)?;
    let role = directory.roles.role(name).ok_or_else(|| no_such_role(name))?;
    Ok(Some(described(role, directory)))
}

pub fn list(parameters: &Parameters, directory: &Directory) -> Answered {
    let prefix = parameters.get("PathPrefix").unwrap_or("/").to_owned();
    if !prefix.starts_with('/') {
        return Err(QueryError::invalid("`PathPrefix` must begin with a slash"));
    }
    let account = Arc::clone(&directory.account_id);
    let roles = directory.roles.all();
    Ok(Some(Box::new(move |xml| {
        let roles = roles.into_iter().filter(|role| role.path.starts_with(&prefix));
        xml.members("Roles", roles, |xml, role| describe(xml, &role, &account)).text("IsTruncated", "false")
    })))
}

pub fn update(parameters: &Parameters, directory: &Directory) -> Answered {
    let duration = session_duration(parameters)?;
    change(parameters, directory, |role| {
        if let Some(duration) = duration {
            role.max_session_duration = duration;
        }
        if let Some(description) = parameters.get("Description") {
            role.description = Some(description.to_owned());
        }
    })?;
    Ok(Some(Box::new(|xml| xml)))
}

pub fn update_trust(parameters: &Parameters, directory: &Directory) -> Answered {
    let trust = TrustDocument::try_from(parameters.required("PolicyDocument")?.to_owned())?;
    change(parameters, directory, |role| role.trust = trust)?;
    Ok(None)
}

pub fn delete(parameters: &Parameters, directory: &Directory) -> Answered {
    let name = role_name(parameters)?;
    directory.roles.change(|roles| {
        let role = roles.get(name).ok_or_else(|| no_such_role(name))?;
        if !role.policies.is_empty() || !role.attached.is_empty() {
            let message = "Cannot delete entity, must delete policies first.";
            return Err(QueryError::new(StatusCode::CONFLICT, "DeleteConflict", message));
        }
        roles.remove(name);
        Ok(())
    })?;
    Ok(None)
}

/// Makes a role with inline policies unless there is one of this name.
///
/// # Errors
/// When a document is not one the evaluator can honour, or the roles cannot be written.
pub fn seed(directory: &Directory, name: &str, trust: &str, policies: &[(&str, &str)]) -> Result<(), QueryError> {
    let policies = policies
        .iter()
        .map(|(policy, document)| Ok(((*policy).to_owned(), PolicyDocument::try_from((*document).to_owned())?)))
        .collect::<Result<_, QueryError>>()?;
    let role = Role { policies, ..new(name, trust, directory)? };
    directory.roles.change(|roles| {
        roles.entry(name.to_owned()).or_insert_with(|| Arc::new(role));
        Ok(())
    })
}

fn new(name: &str, trust: &str, directory: &Directory) -> Result<Role, QueryError> {
    Ok(Role {
        name: name.to_owned(),
        id: crypto::identifier("AROA", 17)?,
        path: "/".to_owned(),
        description: None,
        created_at: directory.clock.now(),
        max_session_duration: DEFAULT_SESSION_DURATION,
        trust: TrustDocument::try_from(trust.to_owned())?,
        policies: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary: None,
    })
}

fn change(parameters: &Parameters, directory: &Directory, change: impl FnOnce(&mut Role)) -> Result<(), QueryError> {
    let name = role_name(parameters)?;
    directory.roles.change(|roles| {
        change(Arc::make_mut(roles.get_mut(name).ok_or_else(|| no_such_role(name))?));
        Ok(())
    })
}

fn session_duration(parameters: &Parameters) -> Result<Option<u32>, QueryError> {
    let duration = parameters.number("MaxSessionDuration")?;
    match duration {
        Some(seconds) if !(3600..=43200).contains(&seconds) => {
            Err(QueryError::invalid("`MaxSessionDuration` must be between 3600 and 43200"))
        }
        duration => Ok(duration),
    }
}

fn described(role: Arc<Role>, directory: &Directory) -> Content {
    let account = Arc::clone(&directory.account_id);
    Box::new(move |xml| xml.element("Role", |xml| describe(xml, &role, &account)))
}

fn describe(xml: Xml, role: &Role, account: &str) -> Xml {
    let xml = xml
        .text("Path", &role.path)
        .text("RoleName", &role.name)
        .text("RoleId", &role.id)
        .text("Arn", &role.arn(account))
        .text("CreateDate", &seconds(role.created_at))
        .text("AssumeRolePolicyDocument", &encoded(&role.trust.document))
        .text("MaxSessionDuration", &role.max_session_duration.to_string());
    let xml = match &role.description {
        Some(description) => xml.text("Description", description),
        None => xml,
    };
    match &role.boundary {
        Some(arn) => xml.element("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy").text("PermissionsBoundaryArn", arn)
        }),
        None => xml,
    }
}
