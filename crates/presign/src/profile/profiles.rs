use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::unread::Unread;
use super::watched::Watched;
use super::{BucketProfile, S3Endpoint, UnreadProfiles};
use crate::generation::Scope;
use crate::names::{AccountId, BucketName, RoleArn};
use crate::signed_request::Refusal;

/// All profiles, and so all that the service serves: a bucket without one is not served.
#[derive(Debug, Clone)]
pub struct Profiles {
    read: BTreeMap<BucketName, BucketProfile>,
    unread: Option<Unread>,
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
        Self::of(profiles, None)
    }

    /// These, and those that are read when somebody asks for them.
    ///
    /// # Errors
    /// When there is no profile, or two for one bucket.
    pub fn with_unread(
        profiles: impl IntoIterator<Item = BucketProfile>,
        unread: Arc<dyn UnreadProfiles>,
    ) -> Result<Self, ProfilesError> {
        Self::of(profiles, Some(Unread::new(unread)))
    }

    fn of(profiles: impl IntoIterator<Item = BucketProfile>, unread: Option<Unread>) -> Result<Self, ProfilesError> {
        let mut read = BTreeMap::new();
        for profile in profiles {
            let bucket = profile.bucket().clone();
            let twice = unread.as_ref().is_some_and(|unread| unread.has(&bucket));
            if twice || read.insert(bucket.clone(), profile).is_some() {
                return Err(ProfilesError::Twice(bucket));
            }
        }
        if read.is_empty() && unread.as_ref().is_none_or(|unread| unread.buckets().next().is_none()) {
            return Err(ProfilesError::Empty);
        }
        Ok(Self { read, unread, watched: OnceLock::new() })
    }

    /// The same profiles with their URLs at `endpoint`, but for those that name one of their own.
    #[must_use]
    pub fn at_default_endpoint(self, endpoint: S3Endpoint) -> Self {
        let at_endpoint = |(bucket, profile): (_, BucketProfile)| (bucket, profile.at_default_endpoint(&endpoint));
        let read = self.read.into_iter().map(at_endpoint).collect();
        Self { read, unread: self.unread.map(|unread| unread.at_default_endpoint(endpoint)), ..self }
    }

    /// In the order of their buckets' names.
    pub fn iter(&self) -> impl Iterator<Item = &BucketProfile> {
        let unread = self.unread.iter().flat_map(Unread::iter).filter_map(|(_, profile)| profile);
        let mut all: Vec<_> = self.read.values().chain(unread).collect();
        all.sort_by_key(|profile| profile.bucket());
        all.into_iter()
    }

    #[must_use]
    pub fn get(&self, bucket: &BucketName) -> Option<&BucketProfile> {
        self.read.get(bucket).or_else(|| self.unread.as_ref()?.get(bucket))
    }

    /// The profile of the bucket that `field` of a request names.
    ///
    /// # Errors
    /// When the bucket has none.
    pub fn serving(&self, bucket: &BucketName, field: &'static str) -> Result<&BucketProfile, Refusal> {
        self.get(bucket).ok_or_else(|| Refusal::BucketNotServed { bucket: bucket.clone(), field })
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
        let unread = self.unread.iter().flat_map(Unread::buckets);
        self.read.keys().cloned().chain(unread).map(Scope::Bucket).collect()
    }

    /// Scopes of which every URL depends on one that a bucket or key of `account`, or the way to it, can end: the account's own
    /// for what its roles sign, and of all others their buckets, since no profile tells whose these are.
    ///
    /// The account's own is among them even where none of its roles signs: it is where the reconciler looks whether an event has
    /// told of one of its keys.
    #[must_use]
    pub fn reached_from(&self, account: &AccountId) -> Vec<Scope> {
        let of_another =
            |profile: &BucketProfile| profile.signer().role().is_none_or(|role| role.principal().account() != account);
        let read = self.read.values().filter(|profile| of_another(profile)).map(|profile| profile.bucket().clone());
        let unread = self.unread.iter().flat_map(Unread::iter);
        let unread = unread.filter(|(_, profile)| profile.is_none_or(of_another)).map(|(bucket, _)| bucket);
        std::iter::once(Scope::Account(account.clone())).chain(read.chain(unread).map(Scope::Bucket)).collect()
    }

    /// Whether any URL can depend on `scope`: most policy changes in an account concern nothing that signs.
    #[must_use]
    pub fn watch(&self, scope: &Scope) -> bool {
        self.watched().has(scope)
    }

    fn watched(&self) -> &Watched {
        self.watched.get_or_init(|| {
            let mut watched = Watched::default();
            self.read.values().for_each(|profile| watched.extend(profile));
            for (bucket, profile) in self.unread.iter().flat_map(Unread::iter) {
                match profile {
                    Some(profile) => watched.extend(profile),
                    // Nothing is issued for it here; another instance may have read it.
                    None => watched.extend_unknown(&bucket),
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
    struct Counting(Vec<BucketName>, AtomicUsize);

    impl UnreadProfiles for Counting {
        fn places(&self) -> usize {
            self.0.len()
        }

        fn place_of(&self, bucket: &BucketName) -> Option<usize> {
            self.0.iter().position(|known| known == bucket)
        }

        fn bucket_at(&self, place: usize) -> Option<BucketName> {
            self.0.get(place).cloned()
        }

        fn read(&self, place: usize, bucket: &BucketName) -> Option<BucketProfile> {
            assert_eq!(self.0[place], *bucket);
            self.1.fetch_add(1, Ordering::Relaxed);
            (bucket.as_str() != "damaged").then(|| profile(bucket.as_str()))
        }
    }

    fn unread(read: &[&str], unread: &[&str]) -> (Arc<Counting>, Result<Profiles, ProfilesError>) {
        let buckets = unread.iter().map(|bucket| bucket.parse().unwrap()).collect();
        let source = Arc::new(Counting(buckets, AtomicUsize::new(0)));
        let profiles = Profiles::with_unread(read.iter().map(|bucket| profile(bucket)), source.clone());
        (source, profiles)
    }

    #[test]
    fn each_profile_is_read_once_and_when_it_is_asked_for() {
        let (source, profiles) = unread(&["at-hand"], &["second", "first"]);
        let profiles = profiles.unwrap();
        let asked = |bucket: &str| profiles.get(&bucket.parse().unwrap()).map(|profile| profile.bucket().to_string());
        assert_eq!((asked("at-hand").as_deref(), asked("unknown")), (Some("at-hand"), None));
        assert_eq!(source.1.load(Ordering::Relaxed), 0);
        assert_eq!((asked("first").as_deref(), asked("first").as_deref()), (Some("first"), Some("first")));
        assert_eq!(source.1.load(Ordering::Relaxed), 1);
        let all = |profiles: &Profiles| profiles.iter().map(|profile| profile.bucket().to_string()).collect::<Vec<_>>();
        assert_eq!(all(&profiles), ["at-hand", "first", "second"]);
        assert_eq!(source.1.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_bucket_has_one_profile_whether_it_was_read_or_not() {
        for (read, later) in [(["demo"].as_slice(), ["demo"].as_slice()), (&["demo", "demo"], &[])] {
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
        let damaged = Scope::Bucket("damaged".parse().unwrap());
        assert!(profiles.buckets().contains(&damaged));
        let anyone = "arn:aws:iam::999999999999:role/anyone".parse::<RoleArn>().unwrap();
        let principal = anyone.principal().clone();
        let changes = [
            damaged,
            Scope::Account(principal.account().clone()),
            Scope::Sessions(principal.clone()),
            Scope::Principal(principal),
            Scope::KmsKey("arn:aws:kms:eu-central-1:999999999999:key/k1".parse().unwrap()),
        ];
        let whole = unread(&[], &["whole"]).1.unwrap();
        for change in &changes {
            assert!(profiles.watch(change) && !whole.watch(change), "{change}");
        }
        assert!(profiles.may_sign_as_user() && !whole.may_sign_as_user());
        let its_own = "arn:aws:iam::123456789012:role/whole".parse::<RoleArn>().unwrap();
        assert!(whole.watch(&Scope::Principal(its_own.principal().clone())));
        let its_account = Scope::Account("123456789012".parse().unwrap());
        let reached = profiles.reached_from(&"123456789012".parse().unwrap());
        assert_eq!(reached, [its_account, Scope::Bucket("damaged".parse().unwrap())]);
    }
}
