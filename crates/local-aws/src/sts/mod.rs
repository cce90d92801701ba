//! The Security Token Service: role sessions.

mod assume_role;
mod get_federation_token;
mod grant;
mod tags;
pub mod web_identity;

use axum::body::Body;
use http::Response;

use crate::identity::{Caller, Directory};
use crate::query::{Parameters, QueryError, answer, is_name};
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
        "GetAccessKeyInfo" => get_access_key_info(parameters, directory, request_id),
        other => Err(QueryError::unknown_action(other)),
    }
}

/// The one account has all keys that there are; what is no key id is refused as STS does.
fn get_access_key_info(
    parameters: &Parameters,
    directory: &Directory,
    request_id: &str,
) -> Result<Response<Body>, QueryError> {
    let id = parameters.required("AccessKeyId")?;
    if !is_name(id, 16, 128, "_") {
        return Err(QueryError::invalid("`AccessKeyId` must have 16 to 128 letters, digits or underscores"));
    }
    let result = |xml: Xml| xml.text("Account", &directory.account_id);
    Ok(answer("GetAccessKeyInfo", NAMESPACE, request_id, Some(result)))
}

/// Needs no permission, as on AWS.
fn get_caller_identity(caller: &Caller, directory: &Directory, request_id: &str) -> Response<Body> {
    let account = &directory.account_id;
    let result =
        |xml: Xml| xml.text("Arn", &caller.arn(account)).text("UserId", &caller.user_id()).text("Account", account);
    answer("GetCallerIdentity", NAMESPACE, request_id, Some(result))
}
