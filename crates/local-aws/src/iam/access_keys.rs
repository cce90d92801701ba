//! Access keys of the local administrator's user. The one that it begins with can be neither changed nor deleted.

use super::Answered;
use super::users::{CREATED, of_the_user};
use crate::clock::seconds;
use crate::crypto;
use crate::identity::{Administrator, Directory};
use crate::query::{Parameters, QueryError};

pub fn create(parameters: &Parameters, directory: &Directory) -> Answered {
    of_the_user(parameters)?;
    let id = crypto::identifier("AKIA", 16)?;
    let secret = directory.roles.master_key().secret(&id);
    let now = directory.clock.now();
    directory.user_keys.add(&id, now);
    let created = seconds(now);
    Ok(Some(Box::new(move |xml| {
        xml.element("AccessKey", |xml| {
            xml.text("UserName", Administrator::USER)
                .text("AccessKeyId", &id)
                .text("Status", "Active")
                .text("SecretAccessKey", &secret)
                .text("CreateDate", &created)
        })
    })))
}

pub fn list(parameters: &Parameters, directory: &Directory) -> Answered {
    of_the_user(parameters)?;
    let first = (directory.administrator.access_key_id.clone(), "Active", CREATED.to_owned());
    let others = directory.user_keys.all().into_iter().map(|(id, key)| {
        let status = if key.active { "Active" } else { "Inactive" };
        (id, status, seconds(key.created_at))
    });
    let keys: Vec<_> = [first].into_iter().chain(others).collect();
    Ok(Some(Box::new(move |xml| {
        xml.members("AccessKeyMetadata", keys, |xml, (id, status, created)| {
            xml.text("UserName", Administrator::USER)
                .text("AccessKeyId", &id)
                .text("Status", status)
                .text("CreateDate", &created)
        })
        .text("IsTruncated", "false")
    })))
}

/// Whose key it is; when it was last used is not kept.
pub fn last_used(parameters: &Parameters, directory: &Directory) -> Answered {
    let id = parameters.required("AccessKeyId")?;
    if id != directory.administrator.access_key_id && !directory.user_keys.has(id) {
        return Err(no_such_key(id));
    }
    Ok(Some(Box::new(|xml| {
        xml.text("UserName", Administrator::USER).element("AccessKeyLastUsed", |xml| {
            xml.text("ServiceName", "N/A").text("Region", "N/A").text("LastUsedDate", CREATED)
        })
    })))
}

pub fn update(parameters: &Parameters, directory: &Directory) -> Answered {
    of_the_user(parameters)?;
    let active = match parameters.required("Status")? {
        "Active" => true,
        "Inactive" => false,
        _ => return Err(QueryError::invalid("`Status` must be `Active` or `Inactive`")),
    };
    let id = parameters.required("AccessKeyId")?;
    if directory.user_keys.set_active(id, active) { Ok(None) } else { Err(no_such_key(id)) }
}

pub fn delete(parameters: &Parameters, directory: &Directory) -> Answered {
    of_the_user(parameters)?;
    let id = parameters.required("AccessKeyId")?;
    if directory.user_keys.remove(id) { Ok(None) } else { Err(no_such_key(id)) }
}

fn no_such_key(id: &str) -> QueryError {
    let message = format!("The Access Key with id {id} cannot be found.");
    QueryError::no_such_entity(message)
}
