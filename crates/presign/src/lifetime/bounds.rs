use std::time::{Duration, SystemTime};

use super::{CredentialsExpiry, ExpiresIn};
use crate::generation::Scope;
use crate::words::words;

words! {
    /// What ended up deciding a URL's lifetime.
    #[derive(Hash)]
    LimitedBy {
        /// Nothing shortened it: it is what was asked for.
        Request = "request",
        /// The bucket profile's `longestExpiresIn`.
        Profile = "profile",
        /// Signature Version 4's seven days.
        SigV4 = "sigV4",
        /// The `s3:signatureAge` limit of the bucket's policy.
        SignatureAge = "signatureAge",
        /// The expiry of the credentials that sign.
        Session = "session",
    }
}

/// The bounds that hold for every URL of a bucket, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The profile's longest.
    pub longest: ExpiresIn,
    /// The `s3:signatureAge` that the bucket's policy denies beyond.
    pub signature_age: Option<ExpiresIn>,
    /// How much sooner than its credentials a URL ends, for clocks that disagree.
    pub clock_skew: Duration,
}

/// What was last seen to limit URLs, whatever the profile says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// The `s3:signatureAge` of the bucket's policy.
    pub signature_age: Option<ExpiresIn>,
    /// The `MaxSessionDuration` of the role that signs.
    pub session: Option<ExpiresIn>,
}

impl Ceilings {
    /// Of what depends on scopes that were seen to have these: the shortest of each kind.
    #[must_use]
    pub fn of<'a>(seen: impl IntoIterator<Item = (&'a Scope, Option<ExpiresIn>)>) -> Self {
        let mut ceilings = Self::default();
        for (scope, ceiling) in seen {
            let kind = match scope {
                Scope::Bucket(_) => &mut ceilings.signature_age,
                Scope::Sessions(_) => &mut ceilings.session,
                Scope::Account(_) | Scope::Principal(_) | Scope::KmsKey(_) => continue,
            };
            *kind = [*kind, ceiling].into_iter().flatten().min();
        }
        ceilings
    }

    /// Whether a scope can have one.
    #[must_use]
    pub fn are_about(scope: &Scope) -> bool {
        matches!(scope, Scope::Bucket(_) | Scope::Sessions(_))
    }
}

impl Bounds {
    /// These bounds, unless the bucket was seen to have a shorter one.
    #[must_use]
    pub fn under(self, ceilings: Ceilings) -> Self {
        Self { signature_age: [self.signature_age, ceilings.signature_age].into_iter().flatten().min(), ..self }
    }

    /// The longest that `asked` can get before credentials are looked at, and what bounds it.
    pub(super) fn cap(&self, asked: ExpiresIn) -> (ExpiresIn, LimitedBy) {
        let bounds = [
            (Some(asked), LimitedBy::Request),
            (Some(self.longest), LimitedBy::Profile),
            (self.signature_age, LimitedBy::SignatureAge),
            (Some(ExpiresIn::SIGV4_CEILING), LimitedBy::SigV4),
        ];
        // The first of equals is named: where nothing is shortened, the request decided.
        bounds
            .into_iter()
            .filter_map(|(bound, by)| Some((bound?, by)))
            .min_by_key(|(bound, _)| *bound)
            .unwrap_or((asked, LimitedBy::Request))
    }

    /// What credentials that end at `expiry` leave to a URL signed at `now`, in the second that it bears; none when they have no
    /// end.
    pub(super) fn left_of(&self, expiry: CredentialsExpiry, now: SystemTime) -> Option<Duration> {
        expiry.left(second_of(now)).map(|left| left.saturating_sub(self.clock_skew))
    }
}

/// The whole second that is signed at `now`.
#[must_use]
pub fn second_of(now: SystemTime) -> SystemTime {
    let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH);
    since_epoch.map_or(now, |since| SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}
