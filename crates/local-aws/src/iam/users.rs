//! The one user that there is, the administrator, and its access key.

use http::StatusCode;

use super::Content;
use crate::identity::{Administrator, Directory};
use crate::query::{Parameters, QueryError};

pub fn get(parameters: &Parameters, directory: &Directory) -> Result<Option<Content>, QueryError> {
    let name = named(parameters)?;
    let arn = format!("arn:aws:iam::{}:user/{name}", directory.account_id);
    Ok(Some(Box::new(move |xml| {
        xml.element("User", |xml| {
            xml.text("Path", "/")
                .text("UserName", Administrator::USER)
                .text("UserId", Administrator::USER_ID)
                .text("Arn", &arn)
                .text("CreateDate", CREATED)
        })
    })))
}

pub fn list_access_keys(parameters: &Parameters, directory: &Directory) -> Result<Option<Content>, QueryError> {
    named(parameters)?;
    let id = directory.administrator.access_key_id.clone();
    Ok(Some(Box::new(move |xml| {
        xml.members("AccessKeyMetadata", [id], |xml, id| {
            xml.text("UserName", Administrator::USER)
                .text("AccessKeyId", &id)
                .text("Status", "Active")
                .text("CreateDate", CREATED)
        })
        .text("IsTruncated", "false")
    })))
}

/// Whose key it is; when it was last used is not kept.
pub fn access_key_last_used(parameters: &Parameters, directory: &Directory) -> Result<Option<Content>, QueryError> {
    let id = parameters.required("AccessKeyId")?;
    if id != directory.administrator.access_key_id {
        let message = format!("The Access Key with id {id} cannot be found.");
        return Err(QueryError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message));
    }
    Ok(Some(Box::new(|xml| {
        xml.text("UserName", Administrator::USER).element("AccessKeyLastUsed", |xml| {
            xml.text("ServiceName", "N/A").text("Region", "N/A").text("LastUsedDate", CREATED)
        })
    })))
}

/// It was always there.
const CREATED: &str = "2026-01-01T00:00:00Z";

fn named(parameters: &Parameters) -> Result<&str, QueryError> {
    let name = parameters.required("UserName")?;
    if name == Administrator::USER {
        return Ok(name);
    }
    let message = format!("The user with name {name} cannot be found.");
    Err(QueryError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message))
}
