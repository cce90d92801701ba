//! `GetFederationToken`: some of what the caller may, for somebody else, and longer than a role's session.

use axum::body::Body;
use http::{Response, StatusCode};

use super::grant::{Grant, Wanted, session_policy};
use super::{NAMESPACE, tags};
use crate::identity::{Caller, Directory, Holder};
use crate::query::{Parameters, QueryError, answer, is_name};
use crate::xml::Xml;

const DEFAULT_DURATION: u32 = 43_200;
const LONGEST_DURATION: u32 = 129_600;

pub fn get_federation_token(
    parameters: &Parameters,
    caller: &Caller,
    directory: &Directory,
    request_id: &str,
) -> Result<Response<Body>, QueryError> {
    if matches!(caller, Caller::Session(_)) {
        let message = "Cannot call GetFederationToken with session credentials";
        return Err(QueryError::new(StatusCode::FORBIDDEN, "AccessDenied", message));
    }
    let name = parameters.required("Name")?;
    if !is_name(name, 2, 32, "_+=,.@-") {
        return Err(QueryError::invalid(r"`Name` must have 2 to 32 characters of [\w+=,.@-]"));
    }
    let duration = parameters.number("DurationSeconds")?.unwrap_or(DEFAULT_DURATION);
    if !(1..=LONGEST_DURATION).contains(&duration) {
        return Err(QueryError::invalid("`DurationSeconds` must be at least 1 (AWS: 900) and at most 129600"));
    }
    let grant = Grant::new(
        Wanted {
            holder: Holder::FederatedUser {},
            name: name.to_owned(),
            duration,
            policy: session_policy(parameters)?,
            source_identity: None,
            tags: tags::read(parameters)?,
        },
        directory,
    )?;
    let user = grant.caller();
    let result = |xml: Xml| {
        grant.credentials(xml).element("FederatedUser", |xml| {
            xml.text("FederatedUserId", &user.user_id()).text("Arn", &user.arn(&directory.account_id))
        })
    };
    Ok(answer("GetFederationToken", NAMESPACE, request_id, Some(result)))
}
