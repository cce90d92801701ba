use std::time::{Duration, SystemTime};

use crate::credentials::Credentials;

/// When credentials stop signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsExpiry {
    /// An IAM user's access key.
    Never,
    At(SystemTime),
}

/// Credentials with a session token end at a time that nobody states: Lambda's environment variables, for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signing credentials are temporary but carry no expiry, so no lifetime can be promised: \
     assume a signing role, or state in `trustedFor` how long they may be trusted"
)]
pub struct UnknownExpiry;

impl CredentialsExpiry {
    /// Whether they are good until then.
    #[must_use]
    pub fn lasts_until(self, then: SystemTime) -> bool {
        match self {
            Self::Never => true,
            Self::At(end) => then <= end,
        }
    }

    /// The expiry of `credentials`, of which the source states `stated`; where it states none, what the operator trusts
    /// them for counts from when they were first seen.
    ///
    /// # Errors
    /// When they are temporary, and neither the source nor the operator states an expiry.
    pub fn of(
        credentials: &Credentials,
        stated: Option<SystemTime>,
        trusted_for: Option<Duration>,
        first_seen: SystemTime,
    ) -> Result<Self, UnknownExpiry> {
        match (stated, credentials.session_token(), trusted_for) {
            (Some(expiry), _, _) => Ok(Self::At(expiry)),
            (None, None, _) => Ok(Self::Never),
            (None, Some(_), Some(trusted)) => Ok(Self::At(first_seen + trusted)),
            (None, Some(_), None) => Err(UnknownExpiry),
        }
    }

    /// What is left at `now`; none when there is no end.
    #[must_use]
    pub fn left(self, now: SystemTime) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::At(expiry) => Some(expiry.duration_since(now).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: SystemTime = SystemTime::UNIX_EPOCH;
    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn temporary_credentials_without_an_expiry_promise_nothing_unless_the_operator_does() {
        let lambda = Credentials::temporary("ASIA1", "s", "t");
        assert_eq!(CredentialsExpiry::of(&lambda, None, None, SEEN), Err(UnknownExpiry));
        assert_eq!(CredentialsExpiry::of(&lambda, None, Some(HOUR), SEEN), Ok(CredentialsExpiry::At(SEEN + HOUR)));
    }

    #[test]
    fn a_stated_expiry_wins_over_trust() {
        let role = Credentials::temporary("ASIA1", "s", "t");
        let expiry = CredentialsExpiry::of(&role, Some(SEEN + HOUR / 2), Some(HOUR), SEEN);
        assert_eq!(expiry, Ok(CredentialsExpiry::At(SEEN + HOUR / 2)));
    }

    #[test]
    fn a_long_term_key_has_no_end() {
        let user = Credentials::long_term("AKIA1", "s");
        assert_eq!(CredentialsExpiry::of(&user, None, None, SEEN), Ok(CredentialsExpiry::Never));
    }
}
