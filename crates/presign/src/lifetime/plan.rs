use std::time::{Duration, SystemTime};

use super::{Bounds, CredentialsExpiry, ExpiresIn, LimitedBy};
use crate::words::words;

words! {
    /// What to do when the whole lifetime asked for cannot be had.
    #[derive(Default, Hash)]
    LifetimeMode {
        /// Give a shorter one and say so.
        #[default]
        Clamp = "clamp",
        /// Refuse, and say the longest that can be had.
        Require = "require",
    }
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

/// How much of its life a session may have lost to its making before it signs.
const MAKING_A_SESSION: Duration = Duration::from_secs(2);

impl Asked {
    /// What is asked for a request that the service sends itself, at once.
    pub const AT_ONCE: Self =
        Self { expires_in: ExpiresIn::MINUTE, mode: LifetimeMode::Clamp, minimum_remaining: None };

    /// The lifetime a fresh URL gets from credentials that end at `expiry`, when signed at `now`, which signing cuts down to the
    /// second.
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

    /// Refuses what no credentials could change: a lifetime over the bucket's own bounds. What it names as the longest is what
    /// the signer, whose sessions live for `fresh`, could give within them.
    ///
    /// # Errors
    /// When the request insists on more than the bounds allow.
    pub fn check_bounds(&self, bounds: &Bounds, fresh: Option<Duration>) -> Result<(), LifetimeError> {
        let (expires_in, limited_by) = bounds.cap(self.expires_in);
        self.insist(Lifetime { expires_in, limited_by }).map(drop).map_err(|error| self.retryable(error, bounds, fresh))
    }

    /// The same refusal, naming as the longest to be had what a request for that much would really get: from a session that
    /// lives for `fresh`, less the seconds that making one takes.
    #[must_use]
    pub fn retryable(&self, error: LifetimeError, bounds: &Bounds, fresh: Option<Duration>) -> LifetimeError {
        let LifetimeError::TooLong { wanted, longest, limited_by } = error else { return error };
        let (cap, by) = bounds.cap(self.expires_in);
        let fresh = fresh.map(|fresh| fresh.saturating_sub(MAKING_A_SESSION + bounds.clock_skew));
        match fresh.and_then(ExpiresIn::within) {
            Some(fresh) if fresh < cap => {
                LifetimeError::TooLong { wanted, longest: fresh, limited_by: LimitedBy::Session }
            }
            Some(_) => LifetimeError::TooLong { wanted, longest: cap, limited_by: by },
            None => LifetimeError::TooLong { wanted, longest, limited_by },
        }
    }

    /// Whether a URL from the cache could ever do: one that must have all of its lifetime left has to be new.
    #[must_use]
    pub fn may_be_reused(&self) -> bool {
        self.mode == LifetimeMode::Clamp || self.minimum_remaining.is_some()
    }

    /// The least that must be left of a cached URL, which was `signed_for` so long, to answer this request: what the request
    /// says, or half of what the URL had when it was new.
    #[must_use]
    pub fn least_left_for_reuse(&self, signed_for: ExpiresIn) -> ExpiresIn {
        self.least_of_a_reused_url().unwrap_or_else(|| signed_for.half())
    }

    /// What the request insists on that a URL has left which was not signed for it; none where it takes what it gets.
    #[must_use]
    pub fn least_of_a_reused_url(&self) -> Option<ExpiresIn> {
        self.minimum_remaining.or(self.least_of_a_fresh_url())
    }

    /// Whether a session that ends at `expiry` should give way to a fresh one, which would live for `fresh`.
    ///
    /// It should when it leaves less than the request insists on and a fresh one would not, even once making it has taken its
    /// seconds: what no session held could ever give would otherwise cost a session each. And it should when it would shorten
    /// the URL by more than a tenth, but not in the first half of its life: the same holds for a URL that is asked for as long
    /// as sessions live.
    #[must_use]
    pub fn wants_renewal(
        &self,
        bounds: &Bounds,
        expiry: CredentialsExpiry,
        fresh: Option<Duration>,
        now: SystemTime,
    ) -> bool {
        let (Some(left), Some(fresh)) = (bounds.left_of(expiry, now), fresh) else { return false };
        let fresh = fresh.saturating_sub(bounds.clock_skew);
        let (cap, _) = bounds.cap(self.expires_in);
        let attainable = cap.duration().min(fresh);
        let promised = attainable.min(fresh.saturating_sub(MAKING_A_SESSION));
        let fresh_would_satisfy = |least: ExpiresIn| left < least.duration() && least.duration() <= promised;
        let shortened = left < attainable * 9 / 10 && left < fresh / 2;
        self.least_of_a_fresh_url().is_some_and(fresh_would_satisfy) || shortened
    }

    /// The field of the request that insists, for a refusal to name.
    #[must_use]
    pub fn insisting_field(&self) -> &'static str {
        match self.mode {
            LifetimeMode::Require => "expiresIn",
            LifetimeMode::Clamp => "minimumRemaining",
        }
    }

    /// What a URL that is signed for this must have; none where it takes what it gets.
    #[must_use]
    pub fn least_of_a_fresh_url(&self) -> Option<ExpiresIn> {
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
        let (short, satisfiable, hopeless) = (ends_after(3000), 3568, 3569);
        assert!(asked(satisfiable, LifetimeMode::Require).wants_renewal(&BOUNDS, short, hour, NOW));
        assert!(!asked(hopeless, LifetimeMode::Require).wants_renewal(&BOUNDS, short, hour, NOW));
        assert!(!asked(satisfiable, LifetimeMode::Clamp).wants_renewal(&BOUNDS, short, hour, NOW));
    }

    #[test]
    fn a_part_of_a_second_costs_no_session() {
        let (hour, late) = (Some(Duration::from_hours(1)), NOW + Duration::from_millis(999));
        let require = asked(1000, LifetimeMode::Require);
        assert!(require.plan(&BOUNDS, ends_after(1030), late).is_ok());
        assert!(!require.wants_renewal(&BOUNDS, ends_after(1030), hour, late));
        let next = NOW + Duration::from_secs(1);
        assert!(require.plan(&BOUNDS, ends_after(1030), next).is_err());
        assert!(require.wants_renewal(&BOUNDS, ends_after(1030), hour, next));
    }

    #[test]
    fn a_session_that_is_asked_for_what_no_refusal_would_promise_is_not_renewed() {
        let hour = Some(Duration::from_hours(1));
        for wanted in [3568, 3569, 3570] {
            let require = asked(wanted, LifetimeMode::Require);
            let made = ends_after(3597);
            assert_eq!(require.wants_renewal(&BOUNDS, made, hour, NOW), wanted == 3568, "{wanted}");
            let Err(refused) = require.plan(&BOUNDS, made, NOW) else { panic!("{wanted} is more than is left") };
            let LifetimeError::TooLong { longest, .. } = require.retryable(refused, &BOUNDS, hour) else { panic!() };
            assert_eq!(longest, seconds(3568));
        }
    }

    #[test]
    fn a_refusal_names_what_a_retry_would_get() {
        let hour = Some(Duration::from_hours(1));
        let week = asked(604_800, LifetimeMode::Require);
        let too_long = |longest, limited_by| LifetimeError::TooLong {
            wanted: seconds(604_800),
            longest: seconds(longest),
            limited_by,
        };
        let at_hand = too_long(600, LimitedBy::Session);
        assert_eq!(week.retryable(at_hand, &BOUNDS, hour), too_long(3568, LimitedBy::Session));
        assert_eq!(week.retryable(at_hand, &BOUNDS, None), at_hand, "nothing can be made anew");
        let day = Bounds { longest: seconds(86_400), ..BOUNDS };
        assert_eq!(week.check_bounds(&day, hour), Err(too_long(3568, LimitedBy::Session)));
        assert_eq!(week.check_bounds(&day, None), Err(too_long(86_400, LimitedBy::Profile)));
    }

    #[test]
    fn half_of_its_first_lifetime_is_the_least_that_is_reused() {
        let (clamp, require) = (asked(3600, LifetimeMode::Clamp), asked(3600, LifetimeMode::Require));
        assert_eq!(clamp.least_left_for_reuse(seconds(3600)), seconds(1800));
        assert_eq!(clamp.least_left_for_reuse(seconds(301)), seconds(151));
        assert_eq!(require.least_left_for_reuse(seconds(3600)), seconds(3600));
        assert!(clamp.may_be_reused() && !require.may_be_reused());
    }

    #[test]
    fn a_url_much_shorter_than_a_session_loses_a_tenth_at_most() {
        let hour = Some(Duration::from_hours(1));
        let renews = |asked: &Asked, left: u64| asked.wants_renewal(&BOUNDS, ends_after(left + 30), hour, NOW);
        let quarter = asked(900, LifetimeMode::Clamp);
        assert!(!renews(&quarter, 810) && renews(&quarter, 809));
        let week = asked(604_800, LifetimeMode::Clamp);
        assert!(
            !renews(&week, 1785) && renews(&week, 1784),
            "asked for as long as can be, half a session's life is enough"
        );
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
