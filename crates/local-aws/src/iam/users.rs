//! The one user that there is: the administrator.

use super::Answered;
use crate::identity::{Administrator, Directory};
use crate::query::{Parameters, QueryError};

/// The user, and the key that it begins with, were always there.
pub const CREATED: &str = "2026-01-01T00:00:00Z";

pub fn get(parameters: &Parameters, directory: &Directory) -> Answered {
    of_the_user(parameters)?;
    let arn = format!("arn:aws:iam::{}:user/{}", directory.account_id, Administrator::USER);
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

/// Refuses a call about another user; one that names none is about its caller.
pub fn of_the_user(parameters: &Parameters) -> Result<(), QueryError> {
    match parameters.get("UserName") {
        None | Some(Administrator::USER) => Ok(()),
        Some(name) => {
            let message = format!("The user with name {name} cannot be found.");
            Err(QueryError::no_such_entity(message))
        }
    }
}
