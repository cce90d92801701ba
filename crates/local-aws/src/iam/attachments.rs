//! Which roles have which managed policies: attached to them, or as their boundary.

use std::sync::Arc;

use super::managed_policies::{found, required_in};
use super::store::Role;
use super::{Answered, no_such_role, role_name};
use crate::identity::Directory;
use crate::query::{Parameters, QueryError};

/// What a page of a list holds unless the call asks for fewer.
const PAGE: usize = 100;

pub fn attach(parameters: &Parameters, directory: &Directory) -> Answered {
    change(parameters, directory, "PolicyArn", |role, arn| {
        role.attached.insert(arn.to_owned());
        Ok(())
    })
}

pub fn detach(parameters: &Parameters, directory: &Directory) -> Answered {
    change(
        parameters,
        directory,
        "PolicyArn",
        |role, arn| {
            if role.attached.remove(arn) { Ok(()) } else { Err(not_attached(arn)) }
        },
    )
}

pub fn put_boundary(parameters: &Parameters, directory: &Directory) -> Answered {
    change(parameters, directory, "PermissionsBoundary", |role, arn| {
        role.boundary = Some(arn.to_owned());
        Ok(())
    })
}

pub fn delete_boundary(parameters: &Parameters, directory: &Directory) -> Answered {
    let name = role_name(parameters)?;
    directory.roles.change(|roles| {
        let role = roles.get_mut(name).ok_or_else(|| no_such_role(name))?;
        Arc::make_mut(role).boundary.take().map(|_| ()).ok_or_else(|| not_attached("a boundary"))
    })?;
    Ok(None)
}

/// Who has a policy: here only roles can. Without `PolicyUsageFilter`, those too that have it as their boundary.
pub fn list_entities(parameters: &Parameters, directory: &Directory) -> Answered {
    let (arn, _) = found(parameters, directory)?;
    let usage = parameters.get("PolicyUsageFilter");
    let roles_wanted = parameters.get("EntityFilter").is_none_or(|kind| kind == "Role");
    let has_it = |role: &Role| {
        (usage != Some("PermissionsBoundary") && role.attached.contains(&arn))
            || (usage != Some("PermissionsPolicy") && role.boundary.as_ref() == Some(&arn))
    };
    let after = parameters.get("Marker").unwrap_or_default();
    let most = parameters.number("MaxItems")?.and_then(|most| usize::try_from(most).ok()).unwrap_or(PAGE);
    let mut holders: Vec<_> = directory.roles.all();
    holders.retain(|role| roles_wanted && has_it(role) && role.name.as_str() > after);
    let truncated = holders.len() > most;
    holders.truncate(most);
    Ok(Some(Box::new(move |xml| {
        let xml = xml
            .members("PolicyRoles", &holders, |xml, role| xml.text("RoleName", &role.name).text("RoleId", &role.id))
            .element("PolicyUsers", |xml| xml)
            .element("PolicyGroups", |xml| xml)
            .text("IsTruncated", if truncated { "true" } else { "false" });
        match holders.last() {
            Some(last) if truncated => xml.text("Marker", &last.name),
            _ => xml,
        }
    })))
}

/// There are no groups here.
pub fn get_group(parameters: &Parameters, _: &Directory) -> Answered {
    let name = parameters.required("GroupName")?;
    let message = format!("The group with name {name} cannot be found.");
    Err(QueryError::no_such_entity(message))
}

pub fn list_attached(parameters: &Parameters, directory: &Directory) -> Answered {
    let name = role_name(parameters)?;
    let role = directory.roles.role(name).ok_or_else(|| no_such_role(name))?;
    let policies: Vec<_> =
        role.attached.iter().filter_map(|arn| Some((arn.clone(), directory.roles.policy(arn)?.name.clone()))).collect();
    Ok(Some(Box::new(move |xml| {
        xml.members("AttachedPolicies", &policies, |xml, (arn, name)| {
            xml.text("PolicyName", name).text("PolicyArn", arn)
        })
        .text("IsTruncated", "false")
    })))
}

fn change(
    parameters: &Parameters,
    directory: &Directory,
    policy: &str,
    change: impl FnOnce(&mut Role, &str) -> Result<(), QueryError>,
) -> Answered {
    let name = role_name(parameters)?;
    directory.roles.change_all(|entities| {
        let arn = required_in(entities, parameters, policy)?;
        let role = entities.roles.get_mut(name).ok_or_else(|| no_such_role(name))?;
        change(Arc::make_mut(role), arn)
    })?;
    Ok(None)
}

fn not_attached(what: &str) -> QueryError {
    QueryError::no_such_entity(format!("{what} is not attached to the role."))
}
