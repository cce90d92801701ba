use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::kept::Kept;
use super::watched::Watched;
use super::{BucketProfile, S3Endpoint, UnreadProfiles};
use crate::generation::Scope;
use crate::names::{BucketName, RoleArn};

/// All profiles, and so all that the service serves: a bucket without one is not served.
#[derive(Debug, Clone)]
pub struct Profiles {
    by_bucket: BTreeMap<BucketName, Kept>,
    unread: Option<Arc<dyn UnreadProfiles>>,
    default_endpoint: Option<S3Endpoint>,
    /// Found out when somebody first asks, for it takes all profiles.
    watched: OnceLock<Watched>,
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
        Self::of(profiles.into_iter().map(|profile| (profile.bucket().clone(), Kept::Read(Box::new(profile)))), None)
    }

    /// Profiles of which `unread` knows those of these buckets, each by its place.
    ///
    /// # Errors
    /// When there is no profile, or two for one bucket.
    pub fn with_unread(
        profiles: impl IntoIterator<Item = BucketProfile>,
        buckets: impl IntoIterator<Item = (usize, BucketName)>,
        unread: Arc<dyn UnreadProfiles>,
    ) -> Result<Self, ProfilesError> {
        let read = profiles.into_iter().map(|profile| (profile.bucket().clone(), Kept::Read(Box::new(profile))));
        let later = buckets.into_iter().map(|(place, bucket)| (bucket, Kept::unread(place)));
        Self::of(read.chain(later), Some(unread))
    }

    fn of(
        profiles: impl Iterator<Item = (BucketName, Kept)>,
        unread: Option<Arc<dyn UnreadProfiles>>,
    ) -> Result<Self, ProfilesError> {
        let mut by_bucket = BTreeMap::new();
        for (bucket, profile) in profiles {
            if by_bucket.contains_key(&bucket) {
                return Err(ProfilesError::Twice(bucket));
            }
            by_bucket.insert(bucket, profile);
        }
        if by_bucket.is_empty() {
            return Err(ProfilesError::Empty);
        }
        Ok(Self { by_bucket, unread, default_endpoint: None, watched: OnceLock::new() })
    }

    /// The same profiles with their URLs at `endpoint`, but for those that name one of their own.
    #[must_use]
    pub fn at_default_endpoint(self, endpoint: S3Endpoint) -> Self {
        let at_endpoint = |(bucket, profile): (_, Kept)| (bucket, profile.at_default_endpoint(&endpoint));
        let by_bucket = self.by_bucket.into_iter().map(at_endpoint).collect();
        Self { by_bucket, default_endpoint: Some(endpoint), ..self }
    }

    pub fn iter(&self) -> impl Iterator<Item = &BucketProfile> {
        self.by_bucket.iter().filter_map(|(bucket, kept)| self.read(bucket, kept))
    }

    #[must_use]
    pub fn get(&self, bucket: &BucketName) -> Option<&BucketProfile> {
        let (bucket, kept) = self.by_bucket.get_key_value(bucket)?;
        self.read(bucket, kept)
    }

    fn read<'a>(&'a self, bucket: &BucketName, kept: &'a Kept) -> Option<&'a BucketProfile> {
        kept.get_or_read(|place| {
            let profile = self.unread.as_ref()?.read(place, bucket)?;
            Some(match &self.default_endpoint {
                Some(endpoint) => profile.at_default_endpoint(endpoint),
                None => profile,
            })
        })
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
        self.watched().any_principal()
    }

    /// Scopes of which every URL depends on one, whoever signs it.
    #[must_use]
    pub fn buckets(&self) -> Vec<Scope> {
        self.by_bucket.keys().cloned().map(Scope::Bucket).collect()
    }

    /// Whether any URL can depend on `scope`: most policy changes in an account concern nothing that signs.
    #[must_use]
    pub fn watch(&self, scope: &Scope) -> bool {
        self.watched().has(scope)
    }

    fn watched(&self) -> &Watched {
        self.watched.get_or_init(|| {
            let mut watched = Watched::default();
            for (bucket, kept) in &self.by_bucket {
                match self.read(bucket, kept) {
                    Some(profile) => watched.extend(profile),
                    // Nothing is issued for it here; another instance may have read it.
                    None => watched.extend_unknown(bucket),
                }
            }
            watched
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::attribution::Attribution;
    use crate::lifetime::{Bounds, ExpiresIn};
    use crate::operation::Operation;
    use crate::profile::{AddressingStyle, Encryption, ProfileParts, Signer};

    fn profile(bucket: &str) -> BucketProfile {
        BucketProfile::new(ProfileParts {
            bucket: bucket.parse().unwrap(),
            region: "eu-central-1".parse().unwrap(),
            signer: Signer::Role {
                arn: format!("arn:aws:iam::123456789012:role/{bucket}").parse().unwrap(),
                session_duration: Duration::from_hours(1),
                attribution: Attribution::default(),
            },
            operations: [Operation::GetObject].into(),
            prefixes: vec!["".parse().unwrap()],
            bounds: Bounds { longest: ExpiresIn::SIGV4_CEILING, signature_age: None, clock_skew: Duration::ZERO },
            encryption: Encryption::BucketDefault,
            cached: [Operation::GetObject].into(),
            endpoint: None,
            addressing: None,
            verifies_after_invalidation: false,
        })
        .unwrap()
    }

    /// Counts what is read of it. What is said to be damaged is no profile.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl UnreadProfiles for Counting {
        fn read(&self, place: usize, bucket: &BucketName) -> Option<BucketProfile> {
            assert_eq!(place, bucket.as_str().len());
            self.0.fetch_add(1, Ordering::Relaxed);
            (bucket.as_str() != "damaged").then(|| profile(bucket.as_str()))
        }
    }

    fn unread(read: &[&str], unread: &[&str]) -> (Arc<Counting>, Result<Profiles, ProfilesError>) {
        let source = Arc::new(Counting::default());
        let buckets = unread.iter().map(|bucket| (bucket.len(), bucket.parse().unwrap()));
        let profiles = Profiles::with_unread(read.iter().map(|bucket| profile(bucket)), buckets, source.clone());
        (source, profiles)
    }

    #[test]
    fn each_profile_is_read_once_and_when_it_is_asked_for() {
        let (source, profiles) = unread(&["at-hand"], &["first", "second"]);
        let profiles = profiles.unwrap();
        let asked = |bucket: &str| profiles.get(&bucket.parse().unwrap()).map(|profile| profile.bucket().to_string());
        assert_eq!((asked("at-hand").as_deref(), asked("unknown")), (Some("at-hand"), None));
        assert_eq!(source.0.load(Ordering::Relaxed), 0);
        assert_eq!((asked("first").as_deref(), asked("first").as_deref()), (Some("first"), Some("first")));
        assert_eq!(source.0.load(Ordering::Relaxed), 1);
        assert_eq!(profiles.iter().count(), 3);
        assert_eq!(source.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_bucket_has_one_profile_whether_it_was_read_or_not() {
        for (read, later) in [(["demo"].as_slice(), ["demo"].as_slice()), (&[], &["demo", "demo"])] {
            assert_eq!(unread(read, later).1.unwrap_err(), ProfilesError::Twice("demo".parse().unwrap()));
        }
        assert_eq!(unread(&[], &[]).1.unwrap_err(), ProfilesError::Empty);
    }

    #[test]
    fn what_is_read_later_is_at_the_default_endpoint_too() {
        let profiles = unread(&["at-hand"], &["later"]).1.unwrap();
        let endpoint: S3Endpoint = "http://127.0.0.1:9000".parse().unwrap();
        for profile in profiles.at_default_endpoint(endpoint.clone()).iter() {
            assert_eq!((profile.endpoint(), profile.addressing_style()), (&endpoint, AddressingStyle::Path));
        }
    }

    #[test]
    fn a_profile_that_cannot_be_read_serves_nothing_and_hides_no_change() {
        let profiles = unread(&[], &["whole", "damaged"]).1.unwrap();
        assert!(profiles.get(&"damaged".parse().unwrap()).is_none());
        assert_eq!(profiles.iter().count(), 1);
        let anyone = "arn:aws:iam::999999999999:role/anyone".parse::<RoleArn>().unwrap();
        assert!(profiles.watch(&Scope::Principal(anyone.principal().clone())) && profiles.may_sign_as_user());
        let whole = unread(&[], &["whole"]).1.unwrap();
        assert!(!whole.watch(&Scope::Principal(anyone.principal().clone())) && !whole.may_sign_as_user());
        let its_own = "arn:aws:iam::123456789012:role/whole".parse::<RoleArn>().unwrap();
        assert!(whole.watch(&Scope::Principal(its_own.principal().clone())));
    }
}
