use std::time::{Duration, SystemTime};

use aws_connection::in_time;
use presign::names::{AccountId, RoleArn};
use presign::reconcile::in_turn;
use serde::Serialize;
use tokio::time::Instant;

use crate::{IamError, Operator, Standing};

/// What came of looking through the signing roles.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    pub roles: usize,
    /// How many revocations that could hit no session any more were taken away, or that another covers.
    pub pruned: usize,
    /// For how many there was no time. The next run begins with others.
    pub late: usize,
    /// At how many IAM did not do it. The log names them, and `RoleNotPruned` counts them: an error of the run could not be told
    /// from a crash, and Lambda would repeat it twice.
    pub failed: usize,
}

/// The schedule of `template.yaml`.
const INTERVAL: Duration = Duration::from_hours(1);
/// How long a run may take: well under the 25 seconds that Lambda grants it. A run that is ended counts nothing.
const LONGEST: Duration = Duration::from_secs(18);

impl Operator {
    /// Takes away the revocations that can hit no session any more, of all signing roles of the account `home`, as far as there is time:
    /// those of others cannot be revoked from here.
    pub async fn prune(&self, home: Option<&AccountId>) -> Pruned {
        let of_home = |role: &&RoleArn| home == Some(role.principal().account());
        let roles = self.profiles.signing_roles().into_iter().filter(of_home).collect();
        // Apart, since futures in one another to the depth of the client's are more than the compiler lays out.
        let prune = async |role: &RoleArn| Box::pin(self.prune_role(role)).await;
        let pruned = look_through(roles, self.now(), prune).await;
        for (name, figure) in counts(&pruned) {
            metrics::counter!(name).increment(figure as u64);
        }
        pruned
    }

    async fn prune_role(&self, role: &RoleArn) -> Result<usize, IamError> {
        self.roles.find(role).await?;
        Standing::find(&self.roles, role).await?.prune(self.now()).await
    }
}

/// What is late comes to its turn in a later run, so it is no failure.
fn counts(pruned: &Pruned) -> [(&'static str, usize); 3] {
    [("RevocationPruned", pruned.pruned), ("RoleNotPruned", pruned.failed), ("RoleLate", pruned.late)]
}

/// Prunes one role after another, with others as the first each time.
async fn look_through(
    roles: Vec<&RoleArn>,
    now: SystemTime,
    prune: impl AsyncFn(&RoleArn) -> Result<usize, IamError>,
) -> Pruned {
    let deadline = Instant::now() + LONGEST;
    let mut pruned = Pruned::default();
    for role in in_turn(roles, now, INTERVAL) {
        // Wherever it is cut short, what was killed stays dead, and what was taken away by then stays away.
        match in_time(deadline, prune(role)).await {
            Some(Ok(count)) => {
                tracing::info!(%role, pruned = count, "looked for revocations that do nothing any more");
                pruned.roles += 1;
                pruned.pruned += count;
            }
            // It is not revoked from here either.
            Some(Err(error @ (IamError::NoSuchRole(_) | IamError::AnotherRole { .. }))) => {
                tracing::info!(%role, %error, "no revocations to look for");
            }
            Some(Err(error)) => {
                tracing::warn!(%role, %error, "revocations that do nothing any more stay");
                pruned.failed += 1;
            }
            None => {
                tracing::warn!(%role, "there was no time to look for revocations that do nothing any more");
                pruned.late += 1;
            }
        }
    }
    pruned
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;

    use super::*;

    fn roles(count: usize) -> Vec<RoleArn> {
        (0..count).map(|i| format!("arn:aws:iam::123456789012:role/signer-{i}").parse().unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_ends_before_lambda_ends_it_and_the_next_ones_look_through_the_rest() {
        let roles = roles(150);
        let looked_through = RefCell::new(BTreeSet::new());
        let calls = Cell::new(0);
        for hour in 0..10 {
            let began = Instant::now();
            calls.set(0);
            let now = SystemTime::UNIX_EPOCH + Duration::from_hours(hour);
            // Two calls.
            let prune = async |role: &RoleArn| {
                calls.set(calls.get() + 1);
                tokio::time::sleep(Duration::from_millis(290)).await;
                looked_through.borrow_mut().insert(role.to_string());
                Ok(1)
            };
            let pruned = look_through(roles.iter().collect(), now, prune).await;
            assert!(began.elapsed() <= LONGEST, "{:?}", began.elapsed());
            assert_eq!((pruned.roles + pruned.late, pruned.pruned, pruned.failed), (150, pruned.roles, 0));
            assert!((55..=62).contains(&pruned.roles), "{pruned:?}");
            assert_eq!(calls.get(), pruned.roles + 1, "one is cut short, and none is begun after that");
            let figures = [("RevocationPruned", pruned.roles), ("RoleNotPruned", 0), ("RoleLate", pruned.late)];
            assert_eq!(counts(&pruned), figures, "to be late is no failure");
        }
        assert_eq!(looked_through.borrow().len(), 150);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_in_which_iam_hangs_ends_too_and_says_what_was_not_looked_through() {
        let roles = roles(20);
        // What has had all the time there is may have taken some away, and goes on with the others in a later run.
        for (takes, failed) in [(4, 4), (600, 0)] {
            let began = Instant::now();
            let prune = async |_: &RoleArn| {
                tokio::time::sleep(Duration::from_secs(takes)).await;
                Err(IamError::Unavailable("no answer".to_owned()))
            };
            let pruned = look_through(roles.iter().collect(), SystemTime::UNIX_EPOCH, prune).await;
            assert!(began.elapsed() <= LONGEST, "{:?}", began.elapsed());
            assert_eq!(pruned, Pruned { failed, late: 20 - failed, ..Pruned::default() });
            let figures = [("RevocationPruned", 0), ("RoleNotPruned", failed), ("RoleLate", 20 - failed)];
            assert_eq!(counts(&pruned), figures);
        }
    }
}
