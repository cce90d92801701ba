use std::collections::{BTreeMap, HashSet};

use super::{BucketProfile, Encryption, ProfileError, S3Endpoint};
use crate::generation::Scope;
use crate::names::{BucketName, RoleArn};
use crate::operation::Operation;

/// All profiles, and so all that the service serves: a bucket without one is not served.
#[derive(Debug, Clone)]
pub struct Profiles {
    by_bucket: BTreeMap<BucketName, BucketProfile>,
    watched: HashSet<Scope>,
    /// Some bucket is signed for by whoever the issuer runs as, which a profile does not tell.
    any_principal: bool,
    /// Some bucket's uploads are cached, and encrypted with whatever key their requests name.
    any_key: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfilesError {
    #[error("no bucket has a profile")]
    Empty,
    #[error("`{0}` has two profiles")]
    Twice(BucketName),
}

impl Profiles {
    /// # Errors
    /// When there is no profile, or two for one bucket.
    pub fn new(profiles: impl IntoIterator<Item = BucketProfile>) -> Result<Self, ProfilesError> {
        let mut by_bucket = BTreeMap::new();
        for profile in profiles {
            let bucket = profile.bucket().clone();
            if by_bucket.insert(bucket.clone(), profile).is_some() {
                return Err(ProfilesError::Twice(bucket));
            }
        }
        if by_bucket.is_empty() {
            return Err(ProfilesError::Empty);
        }
        let mut watched = HashSet::new();
        let (mut any_principal, mut any_key) = (false, false);
        for profile in by_bucket.values() {
            watched.extend(profile.scopes());
            let uploads_cached = profile.caches(Operation::PutObject) || profile.caches(Operation::CopyObject);
            any_key |= uploads_cached && *profile.encryption() == Encryption::AsRequested;
            match profile.signer().role() {
                Some(arn) => {
                    let principal = arn.principal().clone();
                    watched.insert(Scope::Account(principal.account().clone()));
                    watched.insert(Scope::Sessions(principal.clone()));
                    watched.insert(Scope::Principal(principal));
                }
                None => any_principal = true,
            }
        }
        Ok(Self { by_bucket, watched, any_principal, any_key })
    }

    /// The same profiles with their URLs at `endpoint`, but for those that name one of their own.
    ///
    /// # Errors
    /// When a profile asks for an addressing style that cannot be had there.
    pub fn at_default_endpoint(mut self, endpoint: &S3Endpoint) -> Result<Self, ProfileError> {
        let profiles = std::mem::take(&mut self.by_bucket);
        for (bucket, profile) in profiles {
            self.by_bucket.insert(bucket, profile.at_default_endpoint(endpoint)?);
        }
        Ok(self)
    }

    pub fn iter(&self) -> impl Iterator<Item = &BucketProfile> {
        self.by_bucket.values()
    }

    #[must_use]
    pub fn get(&self, bucket: &BucketName) -> Option<&BucketProfile> {
        self.by_bucket.get(bucket)
    }

    /// The profiles of the buckets that `role` signs for; none where it is no signing role.
    pub fn signed_by(&self, role: &RoleArn) -> impl Iterator<Item = &BucketProfile> {
        self.iter().filter(move |profile| profile.signer().role() == Some(role))
    }

    /// The roles that sign, each once.
    #[must_use]
    pub fn signing_roles(&self) -> Vec<&RoleArn> {
        let roles = self.iter().filter_map(|profile| profile.signer().role());
        let by_arn: BTreeMap<_, _> = roles.map(|role| (role.as_str(), role)).collect();
        by_arn.into_values().collect()
    }

    /// Whether some bucket may be signed for by a user, whose permissions come from groups too.
    #[must_use]
    pub fn may_sign_as_user(&self) -> bool {
        self.any_principal
    }

    /// Scopes of which every URL depends on one, whoever signs it.
    #[must_use]
    pub fn buckets(&self) -> Vec<Scope> {
        self.by_bucket.keys().cloned().map(Scope::Bucket).collect()
    }

    /// Whether any URL can depend on `scope`: most policy changes in an account concern nothing that signs.
    #[must_use]
    pub fn watch(&self, scope: &Scope) -> bool {
        let of_a_principal = matches!(scope, Scope::Principal(_) | Scope::Sessions(_) | Scope::Account(_));
        let of_a_key = matches!(scope, Scope::KmsKey(_));
        self.watched.contains(scope) || (self.any_principal && of_a_principal) || (self.any_key && of_a_key)
    }
}
