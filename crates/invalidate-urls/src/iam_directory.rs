use aws_sdk_iam::Client;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use presign::names::{AccountId, GroupName, PolicyArn, Principal, PrincipalError};
use presign::policy_change::{Holders, PrincipalDirectory};

/// IAM, of the account that the client's credentials belong to.
#[derive(Debug, Clone)]
pub struct IamDirectory {
    client: Client,
}

#[derive(Debug, thiserror::Error)]
pub enum IamDirectoryError {
    #[error("IAM does not answer: {0}")]
    Iam(String),
    #[error("IAM's answer ends before its last page")]
    Incomplete,
    #[error(transparent)]
    Principal(#[from] PrincipalError),
    #[error("IAM knows a group of this name in another account: `{0}`")]
    OtherAccount(String),
}

const ABSENT: &str = "NoSuchEntity";

impl IamDirectory {
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl PrincipalDirectory for IamDirectory {
    type Error = IamDirectoryError;

    /// `ListEntitiesForPolicy` without `PolicyUsageFilter`: who has the policy as boundary is listed too.
    async fn holders(&self, account: &AccountId, policy: &PolicyArn) -> Result<Holders, IamDirectoryError> {
        let mut found = Holders::default();
        let mut marker = None;
        loop {
            let call = self.client.list_entities_for_policy().policy_arn(policy.as_str()).set_marker(marker.clone());
            let page = match call.send().await {
                // IAM deletes no policy that somebody still has, and to take it from somebody is an event of its own.
                Err(error) if error.code() == Some(ABSENT) => return Ok(found),
                answer => answer.map_err(|error| described(&error))?,
            };
            for name in page.policy_roles().iter().filter_map(|role| role.role_name()) {
                found.principals.push(Principal::role(account.clone(), name)?);
            }
            for name in page.policy_users().iter().filter_map(|user| user.user_name()) {
                found.principals.push(Principal::user(account.clone(), name)?);
            }
            for name in page.policy_groups().iter().filter_map(|group| group.group_name()) {
                found.groups.push(name.parse().map_err(|_| PrincipalError::Name(name.to_owned()))?);
            }
            if !page.is_truncated() {
                return Ok(found);
            }
            marker = next(marker.as_deref(), page.marker())?;
        }
    }

    async fn members(&self, account: &AccountId, group: &GroupName) -> Result<Vec<Principal>, IamDirectoryError> {
        let mut found = vec![];
        let mut marker = None;
        loop {
            let call = self.client.get_group().group_name(group.as_str()).set_marker(marker.clone());
            let page = match call.send().await {
                // IAM deletes no group that somebody is still in; and to leave it is an event of its own, as is to rename it.
                Err(error) if error.code() == Some(ABSENT) => return Ok(found),
                answer => answer.map_err(|error| described(&error))?,
            };
            // A name alone says not whose group it is.
            let arn = page.group().map(aws_sdk_iam::types::Group::arn).unwrap_or_default();
            if arn.split(':').nth(4) != Some(account.as_str()) {
                return Err(IamDirectoryError::OtherAccount(arn.to_owned()));
            }
            for user in page.users() {
                found.push(Principal::user(account.clone(), user.user_name())?);
            }
            if !page.is_truncated() {
                return Ok(found);
            }
            marker = next(marker.as_deref(), page.marker())?;
        }
    }
}

/// Where the next page begins. To stop for want of a marker would be to take a part for the whole.
fn next(marker: Option<&str>, next: Option<&str>) -> Result<Option<String>, IamDirectoryError> {
    match next {
        Some(next) if marker != Some(next) => Ok(Some(next.to_owned())),
        _ => Err(IamDirectoryError::Incomplete),
    }
}

fn described<E, R>(error: &SdkError<E, R>) -> IamDirectoryError
where
    SdkError<E, R>: ProvideErrorMetadata,
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.code() {
        Some(code) => IamDirectoryError::Iam(code.to_owned()),
        None => IamDirectoryError::Iam(logging::causes(error)),
    }
}
