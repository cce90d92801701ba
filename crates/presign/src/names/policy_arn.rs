use std::str::FromStr;

use super::AccountId;
use super::partition::is_partition;

/// The ARN of a managed policy: `arn:PARTITION:iam::ACCOUNT:policy/PATH/NAME`, with the account `aws` for AWS's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyArn(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of a managed policy, such as `arn:aws:iam::123456789012:policy/team/signers`")]
pub struct PolicyArnError(String);

super::checked_name!(PolicyArn, PolicyArnError);

impl PolicyArn {
    /// The longest that IAM takes.
    const LONGEST: usize = 2048;

    /// Whether the policy is one that `account` can use: its own, or AWS's.
    #[must_use]
    pub fn is_usable_in(&self, account: &AccountId) -> bool {
        matches!(self.0.split(':').nth(4), Some(owner) if owner == "aws" || owner == account.as_str())
    }
}

impl FromStr for PolicyArn {
    type Err = PolicyArnError;

    fn from_str(text: &str) -> Result<Self, PolicyArnError> {
        let refused = || PolicyArnError(text.to_owned());
        let ["arn", partition, "iam", "", account, resource] = *text.splitn(6, ':').collect::<Vec<_>>() else {
            return Err(refused());
        };
        let path = resource.strip_prefix("policy/").ok_or_else(refused)?;
        let of_aws = account == "aws";
        let plain = path.bytes().all(|b| b.is_ascii_graphic()) && !path.ends_with('/') && !path.is_empty();
        if !is_partition(partition)
            || !plain
            || text.len() > Self::LONGEST
            || (!of_aws && account.parse::<AccountId>().is_err())
        {
            return Err(refused());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_its_accounts_or_awss() {
        let account: AccountId = "123456789012".parse().unwrap();
        for (arn, usable) in [
            ("arn:aws:iam::123456789012:policy/signers", true),
            ("arn:aws-us-gov:iam::123456789012:policy/team/a/signers", true),
            ("arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess", true),
            ("arn:aws:iam::999999999999:policy/signers", false),
        ] {
            assert_eq!(arn.parse::<PolicyArn>().unwrap().is_usable_in(&account), usable, "{arn}");
        }
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "signers",
            "arn:aws:iam::123456789012:role/signer",
            "arn:aws:iam::123456789012:policy/",
            "arn:aws:iam::123456789012:policy/team/",
            "arn:aws:iam::12:policy/p",
            "arn:aws:iam::123456789012:policy/a b",
            "arn:aws\":iam::123456789012:policy/signers",
            "arn:AWS:iam::123456789012:policy/signers",
        ] {
            assert!(text.parse::<PolicyArn>().is_err(), "{text}");
        }
    }
}
