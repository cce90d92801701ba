//! Access keys of the local administrator's user, beside the one that it begins with.

use http::StatusCode;

use super::Content;
use crate::clock::seconds;
use crate::crypto;
use crate::identity::{Administrator, Directory};
use crate::query::{Parameters, QueryError};

pub fn create(parameters: &Parameters, directory: &Directory) -> Result<Option<Content>, QueryError> {
    of_the_user(parameters)?;
    let failed = |error: getrandom::Error| {
        QueryError::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure", error.to_string())
    };
    let id = crypto::identifier("AKIA", 16).map_err(failed)?;
    let secret = directory.roles.master_key().secret(&id);
    directory.user_keys.add(&id);
    let created = seconds(directory.clock.now());
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

pub fn update(parameters: &Parameters, directory: &Directory) -> Result<Option<Content>, QueryError> {
    of_the_user(parameters)?;
    let active = match parameters.required("Status")? {
        "Active" => true,
        "Inactive" => false,
        _ => return Err(QueryError::invalid("`Status` must be `Active` or `Inactive`")),
    };
    let id = parameters.required("AccessKeyId")?;
    if directory.user_keys.set_active(id, active) { Ok(None) } else { Err(no_such_key(id)) }
}

pub fn delete(parameters: &Parameters, directory: &Directory) -> Result<Option<Content>, QueryError> {
    of_the_user(parameters)?;
    let id = parameters.required("AccessKeyId")?;
    if directory.user_keys.remove(id) { Ok(None) } else { Err(no_such_key(id)) }
}

fn of_the_user(parameters: &Parameters) -> Result<(), QueryError> {
    match parameters.get("UserName") {
        None | Some(Administrator::USER) => Ok(()),
        Some(name) => {
            let message = format!("The user with name {name} cannot be found.");
            Err(QueryError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message))
        }
    }
}

fn no_such_key(id: &str) -> QueryError {
    let message = format!("The Access Key with id {id} cannot be found.");
    QueryError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}
