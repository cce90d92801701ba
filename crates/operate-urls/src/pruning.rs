use std::time::{Duration, SystemTime};

use lambda_runtime::Diagnostic;
use presign::names::{AccountId, RoleArn};
use presign::reconcile::in_turn;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::{IamError, Operator, Standing};

/// What came of looking through the signing roles.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    pub roles: usize,
    /// How many revocations that could hit no session any more were taken away, or that another covers.
    pub pruned: usize,
    /// For how many there was no time. The next run begins with others.
    pub late: usize,
}

/// The others have been looked through; these will be the next time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} of the signing roles could not be looked through, the first of them `{first}`: {reason}")]
pub struct PruneError {
    pub count: usize,
    pub first: RoleArn,
    pub reason: IamError,
}

impl From<PruneError> for Diagnostic {
    fn from(error: PruneError) -> Self {
        Self { error_type: "RolesNotPruned".to_owned(), error_message: error.to_string() }
    }
}

/// The schedule of `template.yaml`.
const INTERVAL: Duration = Duration::from_hours(1);
/// How long a run may take: well under the 25 seconds that Lambda grants it. A run that is ended counts nothing.
const LONGEST: Duration = Duration::from_secs(18);

impl Operator {
    /// Takes away the revocations that can hit no session any more, of all signing roles of the account `home`, as far as there is time:
    /// those of others cannot be revoked from here.
    ///
    /// # Errors
    /// When IAM does not do it for some role.
    pub async fn prune(&self, home: Option<&AccountId>) -> Result<Pruned, PruneError> {
        let of_home = |role: &&RoleArn| home == Some(role.principal().account());
        let roles = self.profiles.signing_roles().into_iter().filter(of_home).collect();
        // Apart, since futures in one another to the depth of the client's are more than the compiler lays out.
        let prune = async |role: &RoleArn| Box::pin(self.prune_role(role)).await;
        let (pruned, failed) = look_through(roles, self.now(), prune).await;
        let count = failed.len();
        for (name, figure) in counts(&pruned, count) {
            metrics::counter!(name).increment(figure as u64);
        }
        match failed.into_iter().next() {
            Some((first, reason)) => Err(PruneError { count, first: first.clone(), reason }),
            None => Ok(pruned),
        }
    }

    async fn prune_role(&self, role: &RoleArn) -> Result<usize, IamError> {
        self.roles.find(role).await?;
        Standing::find(&self.roles, role).await?.prune(self.now()).await
    }
}

/// What is late comes to its turn in a later run, so it is no failure.
fn counts(pruned: &Pruned, failed: usize) -> [(&'static str, usize); 3] {
    [("RevocationPruned", pruned.pruned), ("RoleNotPruned", failed), ("RoleLate", pruned.late)]
}

/// Prunes one role after another, with others as the first each time, and answers also those at which it failed.
async fn look_through<'a>(
    roles: Vec<&'a RoleArn>,
    now: SystemTime,
    prune: impl AsyncFn(&RoleArn) -> Result<usize, IamError>,
) -> (Pruned, Vec<(&'a RoleArn, IamError)>) {
    let deadline = Instant::now() + LONGEST;
    let mut pruned = Pruned::default();
    let mut failed = vec![];
    for (turn, role) in in_turn(roles, now, INTERVAL).into_iter().enumerate() {
        // Wherever it is cut short, what was killed stays dead.
        match timeout_at(deadline, prune(role)).await {
            Ok(Ok(count)) => {
                tracing::info!(%role, pruned = count, "looked for revocations that do nothing any more");
                pruned.roles += 1;
                pruned.pruned += count;
            }
            // It is not revoked from here either.
            Ok(Err(error @ (IamError::NoSuchRole(_) | IamError::AnotherRole { .. }))) => {
                tracing::info!(%role, %error, "no revocations to look for");
            }
            Ok(Err(error)) => {
                tracing::warn!(%role, %error, "revocations that do nothing any more stay");
                failed.push((role, error));
            }
            // It has had all the time there is, and would have no more in a later run.
            Err(_) if turn == 0 => {
                let error = IamError::Unavailable("a whole run was too short".to_owned());
                tracing::warn!(%role, %error, "revocations that do nothing any more stay");
                failed.push((role, error));
            }
            Err(_) => {
                tracing::warn!(%role, "there was no time to look for revocations that do nothing any more");
                pruned.late += 1;
            }
        }
    }
    (pruned, failed)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    fn roles(count: usize) -> Vec<RoleArn> {
        (0..count).map(|i| format!("arn:aws:iam::123456789012:role/signer-{i}").parse().unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_ends_before_lambda_ends_it_and_the_next_ones_look_through_the_rest() {
        let roles = roles(150);
        let looked_through = RefCell::new(BTreeSet::new());
        for hour in 0..10 {
            let began = Instant::now();
            let now = SystemTime::UNIX_EPOCH + Duration::from_hours(hour);
            // Three calls of 100 ms.
            let prune = async |role: &RoleArn| {
                tokio::time::sleep(Duration::from_millis(300)).await;
                looked_through.borrow_mut().insert(role.to_string());
                Ok(1)
            };
            let (pruned, failed) = look_through(roles.iter().collect(), now, prune).await;
            assert!(began.elapsed() <= LONGEST, "{:?}", began.elapsed());
            assert_eq!((pruned.roles + pruned.late, pruned.pruned, failed.len()), (150, pruned.roles, 0));
            assert!((55..=60).contains(&pruned.roles), "{pruned:?}");
            let figures = [("RevocationPruned", pruned.roles), ("RoleNotPruned", 0), ("RoleLate", pruned.late)];
            assert_eq!(counts(&pruned, failed.len())[..], figures, "to be late is no failure");
        }
        assert_eq!(looked_through.borrow().len(), 150);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_in_which_iam_hangs_ends_too_and_says_what_was_not_looked_through() {
        let roles = roles(20);
        // Of one that has had all the time there is, it is told as well.
        for (takes, failures) in [(4, 4), (600, 1)] {
            let began = Instant::now();
            let prune = async |_: &RoleArn| {
                tokio::time::sleep(Duration::from_secs(takes)).await;
                Err(IamError::Unavailable("no answer".to_owned()))
            };
            let (pruned, failed) = look_through(roles.iter().collect(), SystemTime::UNIX_EPOCH, prune).await;
            assert!(began.elapsed() <= LONGEST, "{:?}", began.elapsed());
            assert_eq!((failed.len(), pruned), (failures, Pruned { late: 20 - failures, ..Pruned::default() }));
        }
    }
}
