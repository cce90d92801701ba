use std::time::{Duration, SystemTime};

use authorization::{Action, Denied, Resource};
use http_api::Caller;
use presign::cache::{Advance, GenerationLedger};
use presign::generation::Scope;
use presign::names::{BucketName, RoleArn};
use presign::revocation::{CutOff, CutOffError};
use url_cache::Wanted;

use crate::{IamError, Operator};

/// What is to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    pub signing_role: RoleArn,
    /// As the operator states it, in RFC 3339: sessions before it are to die. Without it, all until now.
    pub issued_before: Option<String>,
    /// Whether only to say what would be done.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// What the sessions that are dead, or would be, are older than.
    pub cut_off: CutOff,
    /// Whether the role's policy was changed, or would be: else all of these sessions were dead before.
    pub changed: bool,
    /// How many URLs that have not ended yet the cache knows of the role; none where it does not answer in time.
    pub cached_urls: Option<u64>,
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevokeError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("no bucket's profile signs with `{0}`")]
    NotServed(RoleArn),
    #[error(transparent)]
    CutOff(#[from] CutOffError),
    #[error(transparent)]
    Iam(#[from] IamError),
}

/// How far the clock of STS may be behind this function's.
const CLOCK_SKEW: Duration = Duration::from_millis(200);
/// What an answer waits for the count.
const COUNT_TIMEOUT: Duration = Duration::from_secs(3);

impl Operator {
    /// Kills what the sessions of a signing role have signed until now.
    ///
    /// Of two that run at the same moment the one that began first may be the last to write: then the sessions of the second
    /// between them live.
    ///
    /// # Errors
    /// When the policies do not permit it, the role signs nothing, or IAM does not take it.
    pub async fn revoke(&self, caller: &Caller, wanted: &Revocation) -> Result<Revoked, RevokeError> {
        let role = &wanted.signing_role;
        let permitted_by = self.admit(caller, Action::Revoke, Resource::SigningRole(role))?;
        let buckets = self.profiles.signed_by(role);
        if buckets.is_empty() {
            return Err(RevokeError::NotServed(role.clone()));
        }
        let now = self.now();
        let cut_off = match &wanted.issued_before {
            Some(stated) => CutOff::stated(stated, now)?,
            None => CutOff::just_after(now),
        };
        self.roles.find(role).await?;
        let before = self.roles.revoked_before(role).await?.filter(|before| *before >= cut_off);
        let cached_urls = self.count(role, &buckets, now).await;
        let changed = before.is_none();
        if changed && !wanted.dry_run {
            // Sessions must be newer than this once there is a reason to take them: the change is such a reason.
            tokio::time::sleep(cut_off.wait(self.now(), CLOCK_SKEW)).await;
            self.roles.revoke(role, cut_off).await?;
            self.advance(role).await;
        }
        Ok(Revoked { cut_off: before.unwrap_or(cut_off), changed, cached_urls, permitted_by })
    }

    /// Does at once what the event of the change does when it comes, some minutes later: until then the issuer would go on with
    /// URLs and sessions that are dead.
    async fn advance(&self, role: &RoleArn) {
        let now = self.now();
        let scope = Scope::Principal(role.principal().clone());
        let advance = Advance { scope: &scope, events: &[], regardless: true, hold_until: now + self.hold, now };
        if let Err(error) = self.table.advance(advance).await {
            tracing::warn!(%scope, %error, "the cache learns of a revocation only by its event");
        }
    }

    async fn count(&self, role: &RoleArn, buckets: &[&BucketName], now: SystemTime) -> Option<u64> {
        let wanted = Wanted { signing_role: Some(role), ..Wanted::default() };
        let count = async {
            let mut count = 0;
            for bucket in buckets {
                count += self.table.count_issued(bucket, wanted, now).await.map_err(|error| error.to_string())?;
            }
            Ok(count)
        };
        let counted = tokio::time::timeout(COUNT_TIMEOUT, count).await;
        let counted = counted.unwrap_or_else(|_| Err("they are too many to be counted in time".to_owned()));
        counted.inspect_err(|error| tracing::warn!(error, "the URLs that are out could not be counted")).ok()
    }
}
