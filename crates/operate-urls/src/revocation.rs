use std::time::{Duration, SystemTime};

use authorization::{Action, Denied, Resource};
use http_api::Caller;
use presign::attribution::Whose;
use presign::cache::{Advance, GenerationLedger};
use presign::generation::Scope;
use presign::names::{BucketName, RoleArn, SessionTag};
use presign::profile::BucketProfile;
use presign::revocation::{CutOff, CutOffError, POLICY_NAME, TaggedRevocation};
use url_cache::Wanted;

use crate::{IamError, Operator};

/// What is to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    pub signing_role: RoleArn,
    /// Only what was signed in the name of this caller or tenant.
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

/// How far the clock of STS may be behind this function's.
const CLOCK_SKEW: Duration = Duration::from_millis(200);
/// What an answer waits for the count.
const COUNT_TIMEOUT: Duration = Duration::from_secs(3);
/// What an answer waits for what does nothing any more to be taken away. The next revocation goes on with it.
const PRUNE_TIMEOUT: Duration = Duration::from_secs(3);

/// What kills sessions, or is to.
enum Deed {
    /// All sessions of the role.
    All(CutOff),
    /// Those that bear a tag.
    Tagged(SessionTag, TaggedRevocation),
}

impl Deed {
    fn new(tag: Option<SessionTag>, cut_off: CutOff) -> Self {
        match tag {
            None => Self::All(cut_off),
            Some(tag) => Self::Tagged(tag.clone(), TaggedRevocation::new(&tag, cut_off)),
        }
    }

    fn covers(&self, other: &TaggedRevocation) -> bool {
        matches!(self, Self::Tagged(_, revocation) if other.is_covered_by(revocation))
    }

    fn policy_name(&self) -> String {
        match self {
            Self::All(_) => POLICY_NAME.to_owned(),
            Self::Tagged(_, revocation) => revocation.to_string(),
        }
    }

    fn cut_off(&self) -> CutOff {
        match self {
            Self::All(cut_off) => *cut_off,
            Self::Tagged(_, revocation) => revocation.cut_off(),
        }
    }
}

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
            None => CutOff::just_after(now),
        };
        self.roles.find(role).await?;
        let of_all = self.roles.revoked_before(role).await?;
        let of_tags = self.roles.tagged_revocations(role).await?;
        let deed = Deed::new(tag, cut_off);
        let before = in_force(of_all, &of_tags, &deed);
        let cached_urls = self.count(wanted, &profiles, now).await;
        let changed = before.is_none();
        if changed && !wanted.dry_run {
            // Sessions must be newer than this once there is a reason to take them: the change is such a reason.
            tokio::time::sleep(cut_off.wait(self.now(), CLOCK_SKEW)).await;
            let spent = of_tags.iter().filter(|other| other.is_spent(now));
            match self.perform(role, &deed).await {
                Err(IamError::Full(_)) => {
                    self.prune(role, spent.clone()).await;
                    self.perform(role, &deed).await?;
                }
                done => done?,
            }
            self.advance(role).await;
            let covered = of_tags.iter().filter(|other| !other.is_spent(now) && deed.covers(other));
            self.prune(role, spent.chain(covered)).await;
        }
        let deed = before.unwrap_or(deed);
        Ok(Revoked { cut_off: deed.cut_off(), policy_name: deed.policy_name(), changed, cached_urls, permitted_by })
    }

    async fn perform(&self, role: &RoleArn, deed: &Deed) -> Result<(), IamError> {
        match deed {
            Deed::All(cut_off) => self.roles.revoke(role, *cut_off).await,
            Deed::Tagged(tag, revocation) => self.roles.revoke_tagged(role, tag, revocation).await,
        }
    }

    /// What stays for want of an answer does no harm, and is taken away by the next revocation.
    async fn prune<'a>(&self, role: &RoleArn, superfluous: impl Iterator<Item = &'a TaggedRevocation>) {
        let prune = async {
            for revocation in superfluous {
                self.roles.prune(role, revocation).await?;
            }
            Ok::<_, IamError>(())
        };
        match tokio::time::timeout(PRUNE_TIMEOUT, prune).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%role, %error, "revocations that do nothing any more stay"),
            Err(_) => tracing::info!(%role, "some revocations that do nothing any more stay: each takes its time"),
        }
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
        let counted = counted.unwrap_or_else(|_| Err("they are too many to be counted in time".to_owned()));
        counted.inspect_err(|error| tracing::warn!(error, "the URLs that are out could not be counted")).ok()
    }
}

/// The tag that all that is signed in their name bears.
fn tag_of(profiles: &[&BucketProfile], whose: Whose, name: &str) -> Result<SessionTag, RevokeError> {
    let tagged = |profile: &BucketProfile| profile.signer().attribution().session_tag == Some(whose);
    match profiles.iter().find(|profile| !tagged(profile)) {
        Some(profile) => Err(RevokeError::NotTagged { bucket: profile.bucket().clone(), whose }),
        None => Ok(SessionTag::of(whose, name)),
    }
}

/// What has done already all that `deed` would.
fn in_force(of_all: Option<CutOff>, of_tags: &[TaggedRevocation], deed: &Deed) -> Option<Deed> {
    if let Some(of_all) = of_all.filter(|of_all| *of_all >= deed.cut_off()) {
        return Some(Deed::All(of_all));
    }
    let Deed::Tagged(tag, wanted) = deed else { return None };
    let of_tag = of_tags.iter().filter(|other| other.is_of(tag)).max_by_key(|other| other.cut_off())?;
    (of_tag.cut_off() >= wanted.cut_off()).then(|| Deed::Tagged(tag.clone(), of_tag.clone()))
}
