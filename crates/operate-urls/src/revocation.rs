use std::time::{Duration, SystemTime};

use authorization::{Action, Denied, Resource};
use http_api::Caller;
use presign::attribution::Whose;
use presign::cache::{Advance, GenerationLedger};
use presign::generation::Scope;
use presign::names::{BucketName, RoleArn, SessionTag};
use presign::profile::BucketProfile;
use presign::revocation::{CutOff, CutOffError, Denial};
use url_cache::Wanted;

use crate::standing::CLOCK_SKEW;
use crate::{IamError, InForce, Operator, SigningRoles, Standing};

/// What is to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    pub signing_role: RoleArn,
    /// Only what was signed in the name of this caller or tenant, since the profiles have the tag that says so.
    pub of: Option<(Whose, String)>,
    /// As the operator states it, in RFC 3339: sessions before it are to die. Without it, all until now.
    pub issued_before: Option<String>,
    /// Whether only to say what would be done.
    pub dry_run: bool,
}

impl Revocation {
    /// The caller or tenant in whose name it is.
    #[must_use]
    pub fn name_of(&self, whose: Whose) -> Option<&str> {
        self.of.as_ref().filter(|(of, _)| *of == whose).map(|(_, name)| name.as_str())
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// What the sessions that are dead, or would be, are older than.
    pub cut_off: CutOff,
    /// The policy of the role that kills them, or would.
    pub policy_name: String,
    /// Whether the role's policies were changed, or would be: else all of these sessions were dead before.
    pub changed: bool,
    /// How many URLs that have not ended yet the cache knows of them; none where it does not answer in time.
    pub cached_urls: Option<u64>,
    /// Whether caches have been told; none of what was not done. Else they learn of it by the event of the change alone.
    pub caches_told: Option<bool>,
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevokeError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("no bucket's profile signs with `{0}`")]
    NotServed(RoleArn),
    #[error(
        "the profile of the bucket `{bucket}` signs with the role without `sessionTag = \"{}\"`, so that some of its URLs would \
         live on: revoke the whole role",
        whose.as_str()
    )]
    NotTagged { bucket: BucketName, whose: Whose },
    #[error(transparent)]
    CutOff(#[from] CutOffError),
    #[error(transparent)]
    Iam(#[from] IamError),
}

/// What an answer waits for the count.
const COUNT_TIMEOUT: Duration = Duration::from_secs(3);
/// What an answer waits for the role's policies to be tidied. The next revocation goes on with it, or the schedule.
const TIDY_TIMEOUT: Duration = Duration::from_secs(3);

impl Operator {
    /// Kills what the sessions of a signing role have signed until now, or those among them of one caller or tenant.
    ///
    /// Of two of the whole role that run at the same moment the one that began first may be the last to write: then the sessions
    /// of the second between them live.
    ///
    /// # Errors
    /// When the policies do not permit it, the role signs nothing, or not in their name, or IAM does not take it.
    pub async fn revoke(&self, caller: &Caller, wanted: &Revocation) -> Result<Revoked, RevokeError> {
        let role = &wanted.signing_role;
        let permitted_by = self.admit(caller, Action::Revoke, Resource::SigningRole(role))?;
        let profiles: Vec<_> = self.profiles.signed_by(role).collect();
        if profiles.is_empty() {
            return Err(RevokeError::NotServed(role.clone()));
        }
        let tag = match &wanted.of {
            Some((whose, name)) => Some(tag_of(&profiles, *whose, name)?),
            None => None,
        };
        let now = self.now();
        let cut_off = match &wanted.issued_before {
            Some(stated) => CutOff::stated(stated, now)?,
            None => CutOff::just_after(now, CLOCK_SKEW),
        };
        self.roles.find(role).await?;
        let standing = Standing::find(&self.roles, role).await?;
        let denial = tag.map_or_else(|| Denial::of_all(cut_off), |tag| Denial::of_tag(&tag, cut_off));
        let before = standing.in_force(&denial).await?;
        let cached_urls = self.count(wanted, &profiles, now).await;
        let changed = before.is_none();
        let (killing, caches_told) = match before {
            Some(before) if wanted.dry_run => (before, None),
            // Whoever repeats it may do so because caches have not been told.
            Some(before) => (before, Some(self.advance(role).await)),
            None if wanted.dry_run => (standing.planned(&denial), None),
            None => {
                // Sessions must be newer than this once there is a reason to take them: the change is such a reason.
                tokio::time::sleep(cut_off.wait(self.now(), CLOCK_SKEW)).await;
                let killing = standing.kill(&denial, now).await?;
                // What a fold kills besides are sessions of before now, of which none signs any more what is handed out.
                let told = self.advance(role).await;
                self.tidy(&standing, &denial, told).await;
                (killing, Some(told))
            }
        };
        let InForce { cut_off, policy_name } = killing;
        Ok(Revoked { cut_off, policy_name, changed, cached_urls, caches_told, permitted_by })
    }

    async fn tidy(&self, standing: &Standing<'_, SigningRoles>, done: &Denial, may_fold: bool) {
        let role = standing.role();
        match tokio::time::timeout(TIDY_TIMEOUT, standing.tidy(done, may_fold, self.now())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%role, %error, "the role's revocations take more room than they need"),
            Err(_) => {
                tracing::info!(%role, "the role's revocations take more room than they need: each takes its time");
            }
        }
    }

    /// Does at once what the event of the change does when it comes, some minutes later: until then the issuer would go on with
    /// URLs and sessions that are dead. Whether it is done.
    async fn advance(&self, role: &RoleArn) -> bool {
        let now = self.now();
        let scope = Scope::Principal(role.principal().clone());
        let advance = Advance { scope: &scope, events: &[], regardless: true, hold_until: now + self.hold, now };
        let advanced = self.table.advance(advance).await;
        let untold = |error| {
            metrics::counter!("RevocationUntold").increment(1);
            tracing::error!(%scope, %error, "the cache learns of a revocation only by its event");
        };
        advanced.map_err(untold).is_ok()
    }

    async fn count(&self, wanted: &Revocation, profiles: &[&BucketProfile], now: SystemTime) -> Option<u64> {
        let wanted = Wanted {
            caller: wanted.name_of(Whose::Caller),
            tenant: wanted.name_of(Whose::Tenant),
            prefix: None,
            signing_role: Some(&wanted.signing_role),
        };
        let count = async {
            let mut count = 0;
            for profile in profiles {
                let counted = self.table.count_issued(profile.bucket(), wanted, now).await;
                count += counted.map_err(|error| error.to_string())?;
            }
            Ok(count)
        };
        let counted = tokio::time::timeout(COUNT_TIMEOUT, count).await;
        let counted =
            counted.unwrap_or_else(|_| Err("the table does not answer in time, or they are too many".to_owned()));
        counted.inspect_err(|error| tracing::warn!(error, "the URLs that are out could not be counted")).ok()
    }
}

/// The tag that all bears which is signed in their name now. Sessions of before the profiles had it bear none, until they end.
fn tag_of(profiles: &[&BucketProfile], whose: Whose, name: &str) -> Result<SessionTag, RevokeError> {
    let tagged = |profile: &BucketProfile| profile.signer().attribution().session_tag == Some(whose);
    match profiles.iter().find(|profile| !tagged(profile)) {
        Some(profile) => Err(RevokeError::NotTagged { bucket: profile.bucket().clone(), whose }),
        None => Ok(SessionTag::of(whose, name)),
    }
}
