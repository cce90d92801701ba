use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Bounds, CredentialsExpiry, ExpiresIn, LimitedBy};

/// What to do when the whole lifetime asked for cannot be had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LifetimeMode {
    /// Give a shorter one and say so.
    #[default]
    Clamp,
    /// Refuse, and say the longest that can be had.
    Require,
}

/// The lifetime a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub expires_in: ExpiresIn,
    pub mode: LifetimeMode,
    /// The least that the answered URL must still have.
    pub minimum_remaining: Option<ExpiresIn>,
}

/// The lifetime a URL gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    pub expires_in: ExpiresIn,
    pub limited_by: LimitedBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LifetimeError {
    #[error("no URL can live for {} s: the longest to be had is {} s", wanted.seconds(), longest.seconds())]
    TooLong { wanted: ExpiresIn, longest: ExpiresIn, limited_by: LimitedBy },
    #[error("the signing credentials are ending: less than one second is left to sign for")]
    CredentialsEnding,
}

impl Asked {
    /// The lifetime a fresh URL gets from credentials that end at `expiry`, when signed at `now`, a whole second.
    ///
    /// # Errors
    /// When the credentials have less than a second left, or less than the request insists on.
    pub fn plan(&self, bounds: &Bounds, expiry: CredentialsExpiry, now: SystemTime) -> Result<Lifetime, LifetimeError> {
        let (cap, by) = bounds.cap(self.expires_in);
        let lifetime = match bounds.left_of(expiry, now) {
            Some(left) if left < cap.duration() => Lifetime {
                expires_in: ExpiresIn::within(left).ok_or(LifetimeError::CredentialsEnding)?,
                limited_by: LimitedBy::Session,
            },
            _ => Lifetime { expires_in: cap, limited_by: by },
        };
        self.insist(lifetime)
    }

    /// Refuses what no credentials could change: a lifetime over the bucket's own bounds.
    ///
    /// # Errors
    /// When the request insists on more than the bounds allow.
    pub fn check_bounds(&self, bounds: &Bounds) -> Result<(), LifetimeError> {
        let (expires_in, limited_by) = bounds.cap(self.expires_in);
        self.insist(Lifetime { expires_in, limited_by }).map(drop)
    }

    /// The least that must be left of a cached URL for it to answer this request. Of a lifetime that no fresh session
    /// could give in full, half of what one *could* give is enough: asking for seven days must not defeat the cache.
    #[must_use]
    pub fn least_left_for_reuse(&self, bounds: &Bounds, fresh: Option<Duration>) -> ExpiresIn {
        match (self.minimum_remaining, self.mode) {
            (Some(least), _) => least,
            (None, LifetimeMode::Require) => self.expires_in,
            (None, LifetimeMode::Clamp) => self.attainable(bounds, fresh).half(),
        }
    }

    /// Whether a session that ends at `expiry` should give way to a fresh one, which would live for `fresh`: when it leaves
    /// less than the request insists on and a fresh one would not, or less than half of what a fresh one would give.
    #[must_use]
    pub fn wants_renewal(
        &self,
        bounds: &Bounds,
        expiry: CredentialsExpiry,
        fresh: Option<Duration>,
        now: SystemTime,
    ) -> bool {
        let Some(left) = bounds.left_of(expiry, now) else { return false };
        let attainable = self.attainable(bounds, fresh);
        let fresh_would_satisfy = |least: ExpiresIn| left < least.duration() && least <= attainable;
        self.least_of_a_fresh_url().is_some_and(fresh_would_satisfy) || left < attainable.half().duration()
    }

    /// What a refusal names as the longest to be had: what the session at hand gives, or what a fresh one would give to
    /// whoever asks for that much. The seconds that making one takes are left out, so that the retry succeeds.
    #[must_use]
    pub fn longest_to_be_had(&self, bounds: &Bounds, fresh: Option<Duration>, at_hand: ExpiresIn) -> ExpiresIn {
        const MAKING_A_SESSION: Duration = Duration::from_secs(2);
        let fresh = fresh.map(|fresh| fresh.saturating_sub(MAKING_A_SESSION + bounds.clock_skew));
        let (cap, _) = bounds.cap(self.expires_in);
        fresh.and_then(ExpiresIn::within).map_or(at_hand, |fresh| fresh.min(cap).max(at_hand))
    }

    /// The most that a session just made could give.
    fn attainable(&self, bounds: &Bounds, fresh: Option<Duration>) -> ExpiresIn {
        let (cap, _) = bounds.cap(self.expires_in);
        let left = fresh.and_then(|fresh| ExpiresIn::within(fresh.saturating_sub(bounds.clock_skew)));
        left.map_or(cap, |left| left.min(cap))
    }

    fn least_of_a_fresh_url(&self) -> Option<ExpiresIn> {
        match self.mode {
            LifetimeMode::Require => Some(self.expires_in),
            LifetimeMode::Clamp => self.minimum_remaining,
        }
    }

    fn insist(&self, lifetime: Lifetime) -> Result<Lifetime, LifetimeError> {
        match self.least_of_a_fresh_url() {
            Some(wanted) if lifetime.expires_in < wanted => {
                Err(LifetimeError::TooLong { wanted, longest: lifetime.expires_in, limited_by: lifetime.limited_by })
            }
            _ => Ok(lifetime),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn seconds(seconds: u64) -> ExpiresIn {
        ExpiresIn::from_seconds(seconds).unwrap()
    }

    fn ends_after(seconds: u64) -> CredentialsExpiry {
        CredentialsExpiry::At(NOW + Duration::from_secs(seconds))
    }

    fn asked(expires_in: u64, mode: LifetimeMode) -> Asked {
        Asked { expires_in: seconds(expires_in), mode, minimum_remaining: None }
    }

    const BOUNDS: Bounds =
        Bounds { longest: ExpiresIn::SIGV4_CEILING, signature_age: None, clock_skew: Duration::from_secs(30) };

    #[test]
    fn an_hour_from_a_session_of_a_minute_is_half_a_minute_and_says_so() {
        let plan = asked(3600, LifetimeMode::Clamp).plan(&BOUNDS, ends_after(60), NOW);
        assert_eq!(plan, Ok(Lifetime { expires_in: seconds(30), limited_by: LimitedBy::Session }));
    }

    #[test]
    fn require_refuses_and_names_the_longest() {
        let plan = asked(3600, LifetimeMode::Require).plan(&BOUNDS, ends_after(3600), NOW);
        let refused =
            LifetimeError::TooLong { wanted: seconds(3600), longest: seconds(3570), limited_by: LimitedBy::Session };
        assert_eq!(plan, Err(refused));
    }

    #[test]
    fn a_long_term_key_signs_for_seven_days() {
        let plan = asked(604_800, LifetimeMode::Require).plan(&BOUNDS, CredentialsExpiry::Never, NOW);
        assert_eq!(plan, Ok(Lifetime { expires_in: seconds(604_800), limited_by: LimitedBy::Request }));
    }

    #[test]
    fn credentials_that_end_within_the_skew_sign_nothing() {
        let plan = asked(10, LifetimeMode::Clamp).plan(&BOUNDS, ends_after(30), NOW);
        assert_eq!(plan, Err(LifetimeError::CredentialsEnding));
    }

    #[test]
    fn require_renews_only_where_a_fresh_session_would_satisfy() {
        let hour = Some(Duration::from_hours(1));
        let (short, satisfiable, hopeless) = (ends_after(3000), 3570, 3571);
        assert!(asked(satisfiable, LifetimeMode::Require).wants_renewal(&BOUNDS, short, hour, NOW));
        assert!(!asked(hopeless, LifetimeMode::Require).wants_renewal(&BOUNDS, short, hour, NOW));
        assert!(!asked(satisfiable, LifetimeMode::Clamp).wants_renewal(&BOUNDS, short, hour, NOW));
    }

    #[test]
    fn a_refusal_names_what_a_fresh_session_would_give() {
        let hour = Some(Duration::from_hours(1));
        let week = asked(604_800, LifetimeMode::Require);
        assert_eq!(week.longest_to_be_had(&BOUNDS, hour, seconds(600)), seconds(3568));
        assert_eq!(week.longest_to_be_had(&BOUNDS, hour, seconds(3570)), seconds(3570));
        assert_eq!(week.longest_to_be_had(&BOUNDS, None, seconds(600)), seconds(600));
    }

    #[test]
    fn half_of_what_a_fresh_session_gives_is_the_least_that_is_reused() {
        let hour = Some(Duration::from_hours(1));
        let week = asked(604_800, LifetimeMode::Clamp);
        assert_eq!(week.least_left_for_reuse(&BOUNDS, hour), seconds(1785));
        assert_eq!(asked(60, LifetimeMode::Clamp).least_left_for_reuse(&BOUNDS, hour), seconds(30));
        assert_eq!(asked(60, LifetimeMode::Require).least_left_for_reuse(&BOUNDS, hour), seconds(60));
    }

    fn any_expires_in() -> impl Strategy<Value = ExpiresIn> {
        (1_u64..=604_800).prop_map(seconds)
    }

    prop_compose! {
        fn any_bounds()(longest in any_expires_in(), signature_age in prop::option::of(any_expires_in()), skew in 0_u64..120)
            -> Bounds {
            Bounds { longest, signature_age, clock_skew: Duration::from_secs(skew) }
        }
    }

    prop_compose! {
        fn any_asked()(expires_in in any_expires_in(), require in any::<bool>(), least in prop::option::of(any_expires_in()))
            -> Asked {
            let mode = if require { LifetimeMode::Require } else { LifetimeMode::Clamp };
            Asked { expires_in, mode, minimum_remaining: least }
        }
    }

    fn any_expiry() -> impl Strategy<Value = CredentialsExpiry> {
        prop_oneof![
            1 => Just(CredentialsExpiry::Never),
            4 => (0_u64..700_000_000).prop_map(|ms| CredentialsExpiry::At(NOW + Duration::from_millis(ms))),
        ]
    }

    proptest! {
        #[test]
        fn no_url_outlives_any_of_its_bounds(asked in any_asked(), bounds in any_bounds(), expiry in any_expiry()) {
            if let Ok(lifetime) = asked.plan(&bounds, expiry, NOW) {
                let given = lifetime.expires_in;
                prop_assert!(given <= asked.expires_in);
                prop_assert!(given <= bounds.longest);
                prop_assert!(bounds.signature_age.is_none_or(|age| given <= age));
                if let CredentialsExpiry::At(end) = expiry {
                    prop_assert!(NOW + given.duration() + bounds.clock_skew <= end);
                }
            }
        }

        #[test]
        fn a_url_is_no_shorter_than_the_bound_it_names(asked in any_asked(), bounds in any_bounds(), expiry in any_expiry()) {
            if let Ok(Lifetime { expires_in, limited_by }) = asked.plan(&bounds, expiry, NOW) {
                let named = match limited_by {
                    LimitedBy::Request => Some(asked.expires_in),
                    LimitedBy::Profile => Some(bounds.longest),
                    LimitedBy::SigV4 => Some(ExpiresIn::SIGV4_CEILING),
                    LimitedBy::SignatureAge => bounds.signature_age,
                    LimitedBy::Session => expiry.left(NOW).and_then(|left| ExpiresIn::within(left.saturating_sub(bounds.clock_skew))),
                };
                prop_assert_eq!(Some(expires_in), named);
            }
        }

        #[test]
        fn require_gives_all_or_nothing(asked in any_asked(), bounds in any_bounds(), expiry in any_expiry()) {
            let asked = Asked { mode: LifetimeMode::Require, ..asked };
            match asked.plan(&bounds, expiry, NOW) {
                Ok(lifetime) => prop_assert_eq!(lifetime.expires_in, asked.expires_in),
                Err(LifetimeError::TooLong { longest, .. }) => {
                    let retry = Asked { expires_in: longest, ..asked };
                    prop_assert!(retry.plan(&bounds, expiry, NOW).is_ok(), "the longest named can be had");
                }
                Err(LifetimeError::CredentialsEnding) => {}
            }
        }

        #[test]
        fn a_fresh_session_never_wants_renewal(asked in any_asked(), bounds in any_bounds(), fresh in 1_u64..200_000) {
            prop_assume!(fresh > bounds.clock_skew.as_secs());
            let life = Some(Duration::from_secs(fresh));
            prop_assert!(!asked.wants_renewal(&bounds, ends_after(fresh), life, NOW));
        }
    }
}
