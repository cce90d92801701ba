use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_connection::in_time;
use futures_util::StreamExt;
use futures_util::stream;
use presign::generation::Scope;
use presign::names::{AccountId, Principal};
use presign::policy_change::{PrincipalDirectory, Unnamed};
use tokio::time::Instant;

/// How long a batch waits for all its look-ups together: well under what the queue and Lambda grant it.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// Few enough that IAM, whose rate limits are low, is not throttled by a batch.
const AT_ONCE: usize = 4;

/// Why the principals of an event could not be found.
#[derive(Debug, thiserror::Error)]
enum NotFound {
    #[error("they are in another account than this function")]
    OtherAccount,
    #[error("IAM does not answer in time")]
    TooSlow,
    #[error("{0}")]
    Directory(String),
}

/// Finds out who is meant, and answers the scopes to advance: for whoever cannot be found, the whole account.
///
/// `home` is the account that this function runs in, and so the one that `directory` knows. Groups that hold a policy are
/// looked into only if `users` may sign: roles are in none.
pub async fn resolve<D: PrincipalDirectory>(
    directory: &D,
    home: Option<&AccountId>,
    users: bool,
    unnamed: BTreeSet<Unnamed>,
) -> BTreeMap<Unnamed, Vec<Scope>> {
    let deadline = Instant::now() + LONGEST_WAIT;
    let found = unnamed.into_iter().map(|unnamed| async move {
        let found = if home == Some(unnamed.account()) {
            in_time(deadline, find(directory, users, &unnamed)).await.unwrap_or(Err(NotFound::TooSlow))
        } else {
            Err(NotFound::OtherAccount)
        };
        let scopes = match found {
            Ok(principals) => principals.into_iter().map(Scope::Principal).collect(),
            Err(reason) => {
                let account = unnamed.account();
                tracing::warn!(%unnamed, %account, %reason, "a change concerns unknown principals, so all of the account");
                vec![Scope::Account(account.clone())]
            }
        };
        (unnamed, scopes)
    });
    let found: Vec<_> = found.collect();
    stream::iter(found).buffer_unordered(AT_ONCE).collect().await
}

async fn find<D: PrincipalDirectory>(
    directory: &D,
    users: bool,
    unnamed: &Unnamed,
) -> Result<BTreeSet<Principal>, NotFound> {
    let failed = |error: D::Error| NotFound::Directory(error.to_string());
    match unnamed {
        Unnamed::Holders { account, policy } if policy.is_usable_in(account) => {
            let holders = directory.holders(account, policy).await.map_err(failed)?;
            let mut found: BTreeSet<Principal> = holders.principals.into_iter().collect();
            for group in holders.groups.iter().filter(|_| users) {
                found.extend(directory.members(account, group).await.map_err(failed)?);
            }
            Ok(found)
        }
        Unnamed::Holders { .. } => Err(NotFound::OtherAccount),
        Unnamed::Members { account, group } => {
            Ok(directory.members(account, group).await.map_err(failed)?.into_iter().collect())
        }
    }
}
