//! Managed policies and their versions, of which one is in force.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;

use super::store::{Entities, ManagedPolicy, PolicyDocument, PolicyVersion};
use super::{Answered, Content, path, policy_name};
use crate::clock::seconds;
use crate::crypto;
use crate::identity::Directory;
use crate::query::{Parameters, QueryError, encoded};
use crate::xml::Xml;

const MOST_VERSIONS: usize = 5;

pub fn create(parameters: &Parameters, directory: &Directory) -> Answered {
    let name = policy_name(parameters)?;
    let policy = ManagedPolicy {
        name: name.to_owned(),
        id: crypto::identifier("ANPA", 17)?,
        path: path(parameters)?.to_owned(),
        created_at: directory.clock.now(),
        versions: BTreeMap::from([(1, version(parameters, directory)?)]),
        default: 1,
    };
    let arn = policy.arn(&directory.account_id);
    let policy = Arc::new(policy);
    directory.roles.change_all(|entities| {
        if entities.policies.contains_key(&arn) {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(QueryError::new(StatusCode::CONFLICT, "EntityAlreadyExists", message));
        }
        entities.policies.insert(arn.clone(), Arc::clone(&policy));
        Ok(())
    })?;
    Ok(Some(described(policy, arn, 0)))
}

pub fn get(parameters: &Parameters, directory: &Directory) -> Answered {
    let (arn, policy) = found(parameters, directory)?;
    let attachments = directory.roles.all().iter().filter(|role| role.attached.contains(&arn)).count();
    Ok(Some(described(policy, arn, attachments)))
}

pub fn create_version(parameters: &Parameters, directory: &Directory) -> Answered {
    let version = version(parameters, directory)?;
    let in_force = parameters.get("SetAsDefault") == Some("true");
    let (number, created) = change(parameters, directory, |policy| {
        if policy.versions.len() >= MOST_VERSIONS {
            let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                           existing version.";
            return Err(QueryError::new(StatusCode::CONFLICT, "LimitExceeded", message));
        }
        let number = policy.versions.keys().next_back().copied().unwrap_or_default() + 1;
        policy.versions.insert(number, version.clone());
        if in_force {
            policy.default = number;
        }
        Ok((number, version))
    })?;
    Ok(Some(Box::new(move |xml| {
        xml.element("PolicyVersion", |xml| describe_version(xml, number, &created, in_force, false))
    })))
}

pub fn get_version(parameters: &Parameters, directory: &Directory) -> Answered {
    let (arn, policy) = found(parameters, directory)?;
    let number = version_id(parameters)?;
    let version = policy.versions.get(&number).cloned().ok_or_else(|| no_such_version(&arn, number))?;
    let in_force = policy.default == number;
    Ok(Some(Box::new(move |xml| {
        xml.element("PolicyVersion", |xml| describe_version(xml, number, &version, in_force, true))
    })))
}

pub fn list_versions(parameters: &Parameters, directory: &Directory) -> Answered {
    let (_, policy) = found(parameters, directory)?;
    Ok(Some(Box::new(move |xml| {
        let versions = policy.versions.iter().rev();
        xml.members("Versions", versions, |xml, (number, version)| {
            describe_version(xml, *number, version, policy.default == *number, false)
        })
        .text("IsTruncated", "false")
    })))
}

pub fn set_default(parameters: &Parameters, directory: &Directory) -> Answered {
    let (arn, number) = (parameters.required("PolicyArn")?, version_id(parameters)?);
    change(parameters, directory, |policy| {
        if !policy.versions.contains_key(&number) {
            return Err(no_such_version(arn, number));
        }
        policy.default = number;
        Ok(())
    })?;
    Ok(None)
}

pub fn delete_version(parameters: &Parameters, directory: &Directory) -> Answered {
    let (arn, number) = (parameters.required("PolicyArn")?, version_id(parameters)?);
    change(parameters, directory, |policy| {
        if policy.default == number {
            return Err(conflict("Cannot delete the default version of a policy."));
        }
        policy.versions.remove(&number).map(|_| ()).ok_or_else(|| no_such_version(arn, number))
    })?;
    Ok(None)
}

pub fn delete(parameters: &Parameters, directory: &Directory) -> Answered {
    let arn = parameters.required("PolicyArn")?;
    directory.roles.change_all(|entities| {
        let policy = entities.policies.get(arn).ok_or_else(|| no_such_policy(arn))?;
        if policy.versions.len() > 1 {
            return Err(conflict("This policy has more than one version. Before you delete it, delete the others."));
        }
        if entities.roles.values().any(|role| role.attached.contains(arn) || role.boundary.as_deref() == Some(arn)) {
            return Err(conflict("Cannot delete a policy attached to entities."));
        }
        entities.policies.remove(arn);
        Ok(())
    })?;
    Ok(None)
}

/// The policy that a call names by its ARN.
///
/// # Errors
/// When there is none.
pub fn required_in<'a>(
    entities: &Entities,
    parameters: &'a Parameters,
    parameter: &str,
) -> Result<&'a str, QueryError> {
    let arn = parameters.required(parameter)?;
    if entities.policies.contains_key(arn) { Ok(arn) } else { Err(no_such_policy(arn)) }
}

pub fn no_such_policy(arn: &str) -> QueryError {
    QueryError::no_such_entity(format!("Policy {arn} was not found."))
}

/// The policy that a call names, with its ARN.
pub fn found(parameters: &Parameters, directory: &Directory) -> Result<(String, Arc<ManagedPolicy>), QueryError> {
    let arn = parameters.required("PolicyArn")?;
    let policy = directory.roles.policy(arn).ok_or_else(|| no_such_policy(arn))?;
    Ok((arn.to_owned(), policy))
}

fn change<T>(
    parameters: &Parameters,
    directory: &Directory,
    change: impl FnOnce(&mut ManagedPolicy) -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    let arn = parameters.required("PolicyArn")?;
    directory.roles.change_all(|entities| {
        change(Arc::make_mut(entities.policies.get_mut(arn).ok_or_else(|| no_such_policy(arn))?))
    })
}

fn version(parameters: &Parameters, directory: &Directory) -> Result<PolicyVersion, QueryError> {
    let policy = PolicyDocument::try_from(parameters.required("PolicyDocument")?.to_owned())?;
    Ok(PolicyVersion(directory.clock.now(), policy))
}

/// `v3` is the third.
fn version_id(parameters: &Parameters) -> Result<u32, QueryError> {
    let id = parameters.required("VersionId")?;
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    number.ok_or_else(|| QueryError::invalid(format!("`{id}` is not the id of a version, such as `v1`")))
}

fn no_such_version(arn: &str, number: u32) -> QueryError {
    let message = format!("Policy {arn} version v{number} does not exist or is not attachable.");
    QueryError::no_such_entity(message)
}

fn conflict(message: &str) -> QueryError {
    QueryError::new(StatusCode::CONFLICT, "DeleteConflict", message)
}

fn described(policy: Arc<ManagedPolicy>, arn: String, attachments: usize) -> Content {
    Box::new(move |xml| {
        xml.element("Policy", |xml| {
            xml.text("PolicyName", &policy.name)
                .text("PolicyId", &policy.id)
                .text("Arn", &arn)
                .text("Path", &policy.path)
                .text("DefaultVersionId", &format!("v{}", policy.default))
                .text("AttachmentCount", &attachments.to_string())
                .text("IsAttachable", "true")
                .text("CreateDate", &seconds(policy.created_at))
        })
    })
}

fn describe_version(xml: Xml, number: u32, version: &PolicyVersion, in_force: bool, whole: bool) -> Xml {
    let PolicyVersion(created_at, policy) = version;
    let xml = xml
        .text("VersionId", &format!("v{number}"))
        .text("IsDefaultVersion", if in_force { "true" } else { "false" })
        .text("CreateDate", &seconds(*created_at));
    if whole { xml.text("Document", &encoded(&policy.document)) } else { xml }
}
