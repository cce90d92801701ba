use aws_sdk_iam::Client;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use percent_encoding::percent_decode_str;
use presign::names::RoleArn;

use crate::RolePolicies;

/// The signing roles, as IAM has them.
#[derive(Debug, Clone)]
pub struct SigningRoles {
    iam: Client,
}

/// Why IAM did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IamError {
    #[error("this function's account has no role `{0}`")]
    NoSuchRole(RoleArn),
    #[error("this function's account has a role of that name, but it is `{found}`, not `{asked}`")]
    AnotherRole { asked: RoleArn, found: String },
    #[error(
        "the role's inline policy `{0}` is not the revocation of sessions that its name tells: give it another name"
    )]
    AnotherPolicy(String),
    /// IAM takes 10,240 characters of them.
    #[error(
        "the inline policies of `{0}` leave no room for the revocation: take one away, or attach it as a managed policy"
    )]
    Full(RoleArn),
    #[error(
        "the inline policies of `{0}` leave no room for one more: revoke the whole role, for which there is room in any case, or \
         take a policy away that is no revocation"
    )]
    FullForOne(RoleArn),
    #[error(
        "IAM refuses it to this function with `{0}`: where that is `AccessDenied`, its role must name the signing role under `SeeWhatIsRevoked` and `RevokeSessions`"
    )]
    Refused(String),
    #[error("IAM does not answer for now: {0}")]
    Unavailable(String),
}

const ABSENT: &str = "NoSuchEntity";
const FULL: &str = "LimitExceeded";
/// What will pass. IAM's own names, and those of AWS's APIs in common.
const PASSING: &[&str] = &[
    "ConcurrentModification",
    "RequestLimitExceeded",
    "ServiceFailure",
    "ServiceUnavailable",
    "InternalFailure",
    "Throttling",
    "ThrottlingException",
];

impl SigningRoles {
    #[must_use]
    pub fn new(iam: Client) -> Self {
        Self { iam }
    }

    /// Makes sure that IAM, which takes roles by their name, means this very role: names are unique in an account only.
    ///
    /// # Errors
    /// When the account has another role of that name, or none.
    pub async fn find(&self, role: &RoleArn) -> Result<(), IamError> {
        let answer = self.iam.get_role().role_name(role.name()).send().await.map_err(|error| of(role, &error))?;
        let found = answer.role().map(|role| role.arn().to_owned()).unwrap_or_default();
        if found == role.as_str() { Ok(()) } else { Err(IamError::AnotherRole { asked: role.clone(), found }) }
    }
}

impl RolePolicies for SigningRoles {
    async fn names(&self, role: &RoleArn) -> Result<Vec<String>, IamError> {
        let mut pages = self.iam.list_role_policies().role_name(role.name()).into_paginator().send();
        let mut names = vec![];
        let mut has_more = false;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| of(role, &error))?;
            names.extend_from_slice(page.policy_names());
            has_more = page.is_truncated();
        }
        // The SDK stops also for want of a new marker. A revocation that is not seen would be taken for one that is not there.
        if has_more {
            return Err(IamError::Unavailable("its answer ends before its last page".to_owned()));
        }
        Ok(names)
    }

    async fn document(&self, role: &RoleArn, name: &str) -> Result<Option<String>, IamError> {
        let call = self.iam.get_role_policy().role_name(role.name()).policy_name(name);
        match call.send().await {
            // IAM answers policies percent-encoded.
            Ok(answer) => Ok(Some(percent_decode_str(answer.policy_document()).decode_utf8_lossy().into_owned())),
            Err(error) if error.code() == Some(ABSENT) => Ok(None),
            Err(error) => Err(of(role, &error)),
        }
    }

    async fn put(&self, role: &RoleArn, name: &str, document: &str) -> Result<(), IamError> {
        let call = self.iam.put_role_policy().role_name(role.name()).policy_name(name).policy_document(document);
        call.send().await.map(drop).map_err(|error| of(role, &error))
    }

    async fn delete(&self, role: &RoleArn, name: &str) -> Result<(), IamError> {
        let call = self.iam.delete_role_policy().role_name(role.name()).policy_name(name);
        match call.send().await {
            Err(error) if error.code() != Some(ABSENT) => Err(of(role, &error)),
            _ => Ok(()),
        }
    }
}

/// By the service's own code where it answered: its text may hold a policy.
fn of<E>(role: &RoleArn, error: &SdkError<E>) -> IamError
where
    SdkError<E>: ProvideErrorMetadata,
    E: std::error::Error + 'static,
{
    // Whatever its code: the server has failed, or is asked too often.
    let passes = error.raw_response().map(|answer| answer.status().as_u16()).is_some_and(|it| it >= 500 || it == 429);
    match error.code() {
        Some(ABSENT) => IamError::NoSuchRole(role.clone()),
        Some(FULL) => IamError::Full(role.clone()),
        Some(code) if !passes && !PASSING.contains(&code) => IamError::Refused(code.to_owned()),
        Some(code) => IamError::Unavailable(code.to_owned()),
        None => IamError::Unavailable(logging::causes(error)),
    }
}
