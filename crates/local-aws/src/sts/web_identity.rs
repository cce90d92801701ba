//! `AssumeRoleWithWebIdentity`: a session of a role for the bearer of a token, who needs no key of the account.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode};

use super::NAMESPACE;
use super::assume_role::{assumed, duration_of_role};
use super::grant::{Grant, Wanted, session_policy};
use crate::iam::policy::{Facts, Trusted};
use crate::identity::{Directory, Holder};
use crate::query::{Parameters, QueryError, answer, is_name};

/// The name of the call, which nobody signs.
pub const ACTION: &str = "AssumeRoleWithWebIdentity";

/// Who a token is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebIdentity {
    /// Its issuer's address without the scheme, as the ARN of an OIDC provider has it.
    pub provider: String,
    pub subject: String,
}

/// Tells whose token it is, if it is good.
pub type TokenVerifier = Arc<dyn Fn(&str) -> Option<WebIdentity> + Send + Sync>;

pub fn assume_role_with_web_identity(
    parameters: &Parameters,
    verifier: Option<&TokenVerifier>,
    directory: &Directory,
    request_id: &str,
) -> Result<Response<Body>, QueryError> {
    let refused = |code, message: &str| QueryError::new(StatusCode::BAD_REQUEST, code, message);
    let denied = || {
        let message = format!("Not authorized to perform sts:{ACTION}");
        QueryError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
    };
    let role_arn = parameters.required("RoleArn")?;
    let name = parameters.required("RoleSessionName")?;
    if !is_name(name, 2, 64, "_+=,.@-") {
        return Err(QueryError::invalid(r"`RoleSessionName` must have 2 to 64 characters of [\w+=,.@-]"));
    }
    let token = parameters.required("WebIdentityToken")?;
    let Some(identity) = verifier.and_then(|verify| verify(token)) else {
        return Err(refused("InvalidIdentityToken", "No OpenIDConnect provider of this account has issued the token"));
    };
    let policy = session_policy(parameters)?;
    let account = &directory.account_id;
    let role = directory.roles.role(role_arn.rsplit('/').next().unwrap_or_default());
    let role = role.filter(|role| role.arn(account) == role_arn).ok_or_else(denied)?;
    let provider = format!("arn:aws:iam::{account}:oidc-provider/{}", identity.provider);
    if role.trust.parsed.trusts(&format!("sts:{ACTION}"), std::slice::from_ref(&provider), account, &Facts::default())
        != Trusted::ByName
    {
        return Err(denied());
    }
    let grant = Grant::new(
        Wanted {
            holder: Holder::Role { role_name: role.name.clone(), role_id: role.id.clone() },
            name: name.to_owned(),
            duration: duration_of_role(parameters, &role)?,
            policy,
            source_identity: None,
            tags: BTreeMap::new(),
        },
        directory,
    )?;
    let result = |xml| {
        assumed(xml, &grant, directory)
            .text("SubjectFromWebIdentityToken", &identity.subject)
            .text("Provider", &provider)
    };
    Ok(answer(ACTION, NAMESPACE, request_id, Some(result)))
}
