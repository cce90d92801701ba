//! The Security Token Service: role sessions.

mod assume_role;
mod get_federation_token;
mod grant;
mod tags;
pub mod web_identity;

use axum::body::Body;
use http::Response;

use crate::identity::{Caller, Directory};
use crate::query::{Parameters, QueryError, answer};
use crate::xml::Xml;

/// The service's XML namespace.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers one call.
///
/// # Errors
/// When the call is unknown, malformed or not allowed.
pub fn call(
    action: &str,
    parameters: &Parameters,
    caller: &Caller,
    directory: &Directory,
    request_id: &str,
) -> Result<Response<Body>, QueryError> {
    match action {
        "AssumeRole" => assume_role::assume_role(parameters, caller, directory, request_id),
        "GetFederationToken" => get_federation_token::get_federation_token(parameters, caller, directory, request_id),
        "GetCallerIdentity" => Ok(get_caller_identity(caller, directory, request_id)),
        other => Err(QueryError::unknown_action(other)),
    }
}

/// Needs no permission, as on AWS.
fn get_caller_identity(caller: &Caller, directory: &Directory, request_id: &str) -> Response<Body> {
    let account = &directory.account_id;
    let result =
        |xml: Xml| xml.text("Arn", &caller.arn(account)).text("UserId", &caller.user_id()).text("Account", account);
    answer("GetCallerIdentity", NAMESPACE, request_id, Some(result))
}
