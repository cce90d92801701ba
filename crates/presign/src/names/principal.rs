use std::fmt;
use std::sync::Arc;

use super::AccountId;

/// Who a session belongs to, as a change of its permissions names it: the account and the name of a role or user.
///
/// The path is left out because CloudTrail's `roleName` and `userName` carry none, and names are unique in an account
/// whatever the path. They are unique whatever the case too, so the name is kept in lower case.
/// Source: IAM user guide, "IAM and AWS STS quotas: IAM name requirements".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal {
    kind: PrincipalKind,
    account: AccountId,
    name: Arc<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum PrincipalKind {
    Role,
    User,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    #[error("`{0}` is not a name of an IAM role or user")]
    Name(String),
    #[error("`{0}` is not the ARN of a role session, role or user")]
    Arn(String),
}

impl Principal {
    /// # Errors
    /// When `name` cannot be a role's.
    pub fn role(account: AccountId, name: &str) -> Result<Self, PrincipalError> {
        Self::of(PrincipalKind::Role, account, name)
    }

    /// # Errors
    /// When `name` cannot be a user's.
    pub fn user(account: AccountId, name: &str) -> Result<Self, PrincipalError> {
        Self::of(PrincipalKind::User, account, name)
    }

    fn of(kind: PrincipalKind, account: AccountId, name: &str) -> Result<Self, PrincipalError> {
        if super::is_iam_name(name, 64) {
            Ok(Self { kind, account, name: name.to_ascii_lowercase().into() })
        } else {
            Err(PrincipalError::Name(name.to_owned()))
        }
    }

    /// The role or user behind the ARN that STS's `GetCallerIdentity` answers with.
    ///
    /// # Errors
    /// When the ARN is of something else, such as the account's root or a federated user.
    pub fn from_caller_arn(arn: &str) -> Result<Self, PrincipalError> {
        let refused = || PrincipalError::Arn(arn.to_owned());
        let ["arn", _, _, "", account, resource] = *arn.splitn(6, ':').collect::<Vec<_>>() else {
            return Err(refused());
        };
        let account: AccountId = account.parse().map_err(|_| refused())?;
        match *resource.split('/').collect::<Vec<_>>() {
            ["assumed-role", role, _session] => Self::role(account, role),
            ["user", .., user] => Self::user(account, user),
            ["role", .., role] => Self::role(account, role),
            _ => Err(refused()),
        }
    }

    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// What it is written as, piece by piece.
    pub(crate) fn pieces(&self) -> [&str; 4] {
        let kind = match self.kind {
            PrincipalKind::Role => "role/",
            PrincipalKind::User => "user/",
        };
        [kind, self.account.as_str(), "/", &self.name]
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().into_iter().try_for_each(|piece| f.write_str(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_belongs_to_its_role() {
        let account: AccountId = "123456789012".parse().unwrap();
        let session = Principal::from_caller_arn("arn:aws:sts::123456789012:assumed-role/Signer/alice");
        assert_eq!(session, Principal::role(account.clone(), "signer"));
        assert_ne!(session, Principal::user(account, "signer"));
    }

    #[test]
    fn partitions_and_paths_are_not_part_of_it() {
        let account: AccountId = "123456789012".parse().unwrap();
        let role = Principal::role(account.clone(), "signer").unwrap();
        for arn in [
            "arn:aws-cn:sts::123456789012:assumed-role/signer/me",
            "arn:aws-us-gov:sts::123456789012:assumed-role/signer/me",
            "arn:aws-cn:iam::123456789012:role/team/a/signer",
        ] {
            assert_eq!(Principal::from_caller_arn(arn).unwrap(), role, "{arn}");
        }
        let user = Principal::from_caller_arn("arn:aws-us-gov:iam::123456789012:user/team/bob");
        assert_eq!(user, Principal::user(account, "bob"));
    }

    #[test]
    fn the_root_user_is_no_signer() {
        assert!(Principal::from_caller_arn("arn:aws:iam::123456789012:root").is_err());
    }
}
