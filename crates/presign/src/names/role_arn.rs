use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::partition::is_partition;
use super::{AccountId, Principal};

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn(String, Principal);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of an IAM role, such as `arn:aws:iam::123456789012:role/signer`")]
pub struct RoleArnError(String);

super::checked_name!(RoleArn, RoleArnError);

impl RoleArn {
    /// The role as policy changes name it: by account and name, without the path.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.1
    }

    /// The name as the calls of IAM take it: without the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// How the ARN of each of the role's sessions begins.
    #[must_use]
    pub fn sessions(&self) -> String {
        format!("arn:{}:sts::{}:assumed-role/{}/", self.partition(), self.1.account(), self.name())
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or("aws")
    }
}

impl FromStr for RoleArn {
    type Err = RoleArnError;

    fn from_str(text: &str) -> Result<Self, RoleArnError> {
        let refused = || RoleArnError(text.to_owned());
        let ["arn", partition, "iam", "", account, resource] = *text.splitn(6, ':').collect::<Vec<_>>() else {
            return Err(refused());
        };
        let account: AccountId = account.parse().map_err(|_| refused())?;
        let path = resource.strip_prefix("role/").ok_or_else(refused)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        if !is_partition(partition) || path.contains(':') {
            return Err(refused());
        }
        let principal = Principal::role(account, name).map_err(|_| refused())?;
        Ok(Self(text.to_owned(), principal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_not_part_of_the_principal() {
        let plain: RoleArn = "arn:aws:iam::123456789012:role/signer".parse().unwrap();
        let nested: RoleArn = "arn:aws:iam::123456789012:role/team/a/signer".parse().unwrap();
        assert_eq!(plain.principal(), nested.principal());
        assert_eq!((nested.name(), nested.sessions()), (plain.name(), plain.sessions()));
        assert_eq!(nested.sessions(), "arn:aws:sts::123456789012:assumed-role/signer/");
    }

    #[test]
    fn only_role_arns_are_accepted() {
        for text in [
            "signer",
            "arn:aws:iam::123456789012:user/alice",
            "arn:aws:sts::123456789012:assumed-role/signer/me",
            "arn:aws:iam::12:role/signer",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws\":iam::123456789012:role/signer",
            "arn::iam::123456789012:role/signer",
        ] {
            assert!(text.parse::<RoleArn>().is_err(), "{text}");
        }
        assert!("arn:aws:iam:::role/signer".parse::<RoleArn>().is_ok(), "Ceph names no account");
    }
}
