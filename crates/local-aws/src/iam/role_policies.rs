//! The inline policies of roles.

use std::sync::Arc;

use http::StatusCode;

use super::store::PolicyDocument;
use super::{Answered, no_such_role, policy_name, role_name};
use crate::identity::Directory;
use crate::query::{Parameters, QueryError, encoded};

/// Of all inline policies of a role together, not counting white space.
/// Source: IAM user guide, "IAM and AWS STS quotas".
const CHARACTERS_OF_A_ROLE: usize = 10_240;

pub fn put(parameters: &Parameters, directory: &Directory) -> Answered {
    let (role, name) = (role_name(parameters)?, policy_name(parameters)?);
    let document = parameters.required("PolicyDocument")?;
    let policy = PolicyDocument::try_from(document.to_owned())?;
    directory.roles.change(|roles| {
        let role = roles.get_mut(role).ok_or_else(|| no_such_role(role))?;
        let others = role.policies.iter().filter(|(other, _)| *other != name);
        let characters: usize = others.map(|(_, other)| characters(&other.document)).sum();
        if characters + self::characters(&policy.document) > CHARACTERS_OF_A_ROLE {
            return Err(too_large(&role.name));
        }
        Arc::make_mut(role).policies.insert(name.to_owned(), policy);
        Ok::<_, QueryError>(())
    })?;
    Ok(None)
}

fn characters(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

fn too_large(role: &str) -> QueryError {
    let message = format!("Maximum policy size of {CHARACTERS_OF_A_ROLE} bytes exceeded for role {role}");
    QueryError::new(StatusCode::CONFLICT, "LimitExceeded", message)
}

pub fn get(parameters: &Parameters, directory: &Directory) -> Answered {
    let (role, name) = (role_name(parameters)?.to_owned(), policy_name(parameters)?.to_owned());
    let found = directory.roles.role(&role).ok_or_else(|| no_such_role(&role))?;
    let policy = found.policies.get(&name).ok_or_else(|| no_such_policy(&name))?.clone();
    Ok(Some(Box::new(move |xml| {
        xml.text("RoleName", &role).text("PolicyName", &name).text("PolicyDocument", &encoded(&policy.document))
    })))
}

pub fn delete(parameters: &Parameters, directory: &Directory) -> Answered {
    let (role, name) = (role_name(parameters)?, policy_name(parameters)?);
    directory.roles.change(|roles| {
        let role = roles.get_mut(role).ok_or_else(|| no_such_role(role))?;
        Arc::make_mut(role).policies.remove(name).map(|_| ()).ok_or_else(|| no_such_policy(name))
    })?;
    Ok(None)
}

pub fn list(parameters: &Parameters, directory: &Directory) -> Answered {
    let role = role_name(parameters)?;
    let role = directory.roles.role(role).ok_or_else(|| no_such_role(role))?;
    Ok(Some(Box::new(move |xml| {
        let xml =
            xml.element("PolicyNames", |xml| role.policies.keys().fold(xml, |xml, name| xml.text("member", name)));
        xml.text("IsTruncated", "false")
    })))
}

fn no_such_policy(name: &str) -> QueryError {
    let message = format!("The role policy with name {name} cannot be found.");
    QueryError::no_such_entity(message)
}
