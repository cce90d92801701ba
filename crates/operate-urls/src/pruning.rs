use lambda_runtime::Diagnostic;
use presign::names::{AccountId, RoleArn};
use serde::Serialize;

use crate::{IamError, Operator, Standing};

/// What came of looking through the signing roles.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    pub roles: usize,
    /// How many revocations that could hit no session any more were taken away, or that another covers.
    pub pruned: usize,
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

impl Operator {
    /// Takes away the revocations that can hit no session any more, of all signing roles of the account `home`: those of others cannot be
    /// revoked from here.
    ///
    /// # Errors
    /// When IAM does not do it for some role.
    pub async fn prune(&self, home: Option<&AccountId>) -> Result<Pruned, PruneError> {
        let mut pruned = Pruned::default();
        let mut failed = vec![];
        let of_home = |role: &&RoleArn| home == Some(role.principal().account());
        for role in self.profiles.signing_roles().into_iter().filter(of_home) {
            match self.prune_role(role).await {
                Ok(count) => {
                    tracing::info!(%role, pruned = count, "looked for revocations that do nothing any more");
                    pruned.roles += 1;
                    pruned.pruned += count;
                }
                // It is not revoked from here either.
                Err(error @ (IamError::NoSuchRole(_) | IamError::AnotherRole { .. })) => {
                    tracing::info!(%role, %error, "no revocations to look for");
                }
                Err(error) => {
                    tracing::warn!(%role, %error, "revocations that do nothing any more stay");
                    failed.push((role, error));
                }
            }
        }
        for (name, count) in [("RevocationPruned", pruned.pruned), ("RoleNotPruned", failed.len())] {
            metrics::counter!(name).increment(count as u64);
        }
        let count = failed.len();
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
