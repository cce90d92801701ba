use std::error::Error;

use crate::names::{AccountId, GroupName, PolicyArn, Principal};

/// Principals that an event concerns without naming them. IAM knows who they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unnamed {
    /// Whoever has this managed policy in `account`: as permissions, directly or by a group, or as boundary.
    Holders { account: AccountId, policy: PolicyArn },
    /// The users in a group of `account`.
    Members { account: AccountId, group: GroupName },
}

impl Unnamed {
    /// The account they are in: what stands for them where they cannot be found.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Holders { account, .. } | Self::Members { account, .. } => account,
        }
    }
}

impl std::fmt::Display for Unnamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Holders { policy, .. } => write!(f, "the holders of `{policy}`"),
            Self::Members { account, group } => write!(f, "the members of the group `{group}` of {account}"),
        }
    }
}

/// Who has a managed policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    pub principals: Vec<Principal>,
    pub groups: Vec<GroupName>,
}

/// IAM's knowledge of who is where, in the account that this runs in.
///
/// It tells how things are now, not at the time of an event. That is enough: whoever came or went since has an event of its
/// own, which names it. So a policy or group that there is no longer has nobody: that is an answer and no error.
pub trait PrincipalDirectory {
    type Error: Error + Send + Sync + 'static;

    /// Everyone who has `policy` in `account`, as permissions or as boundary.
    fn holders(
        &self,
        account: &AccountId,
        policy: &PolicyArn,
    ) -> impl Future<Output = Result<Holders, Self::Error>> + Send;

    /// The users in `group` of `account`.
    fn members(
        &self,
        account: &AccountId,
        group: &GroupName,
    ) -> impl Future<Output = Result<Vec<Principal>, Self::Error>> + Send;
}
