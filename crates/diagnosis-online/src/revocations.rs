use diagnosis::facts::{Looked, Revocations};
use futures_util::stream::{self, StreamExt};

use crate::Account;

/// The inline policy that IAM's console writes to revoke a role's sessions.
const REVOKE: &str = "AWSRevokeOlderSessions";

/// How many policies are read at once. A role that is full of revocations has some 60, and someone waits.
const AT_ONCE: usize = 8;

/// What revokes a role's sessions: every inline policy by whose name it may. One that cannot be read may revoke anything, and
/// hides none of the others.
pub async fn revocations(account: &impl Account, role: &str) -> Looked<Revocations> {
    let names = match account.role_policies(role).await {
        Looked::Found(names) => names,
        Looked::Nothing => return Looked::Nothing,
        Looked::CouldNot(reason) => return Looked::CouldNot(reason),
        Looked::NotAsked => return Looked::NotAsked,
    };
    let read = names.into_iter().filter(|name| may_revoke(name)).map(|name| async move {
        let policy = account.role_policy(role, &name).await;
        (name, policy)
    });
    let mut read = stream::iter(read).buffered(AT_ONCE);
    let mut found = Revocations::default();
    while let Some((name, policy)) = read.next().await {
        match policy {
            Looked::Found(policy) => found.add(&name, &policy),
            Looked::CouldNot(reason) => found.unread = Some(reason),
            // It was taken away meanwhile.
            Looked::Nothing | Looked::NotAsked => {}
        }
    }
    Looked::Found(found)
}

/// What lies beside the console's policy is of one moment, or of some of the role's sessions, and has a name that begins as it does.
fn may_revoke(policy_name: &str) -> bool {
    policy_name.strip_prefix(REVOKE).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocations_are_known_by_the_beginning_of_their_names() {
        for name in [REVOKE, "AWSRevokeOlderSessions-all-5", "AWSRevokeOlderSessions-tenants-8-2a97-1795420096"] {
            assert!(may_revoke(name), "{name}");
        }
        assert!(!may_revoke("sign-urls") && !may_revoke("AWSRevokeOlderSessionsToo"));
    }
}
