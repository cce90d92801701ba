use std::sync::Arc;
use std::time::{Duration, SystemTime};

use presign::cache::CachedUrl;
use presign::lifetime::{CredentialsExpiry, ExpiresIn};
use presign::operation::Operation;
use presign::request::UrlRequest;

use crate::steps::{Origin, Settled};
use crate::{IssueError, Verified};

/// A URL, and all that its holder must know of it.
#[derive(Debug, Clone)]
pub struct IssuedUrl {
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
    pub operation: Operation,
    /// The URL itself, and what it is as long as it lives.
    pub row: Arc<CachedUrl>,
    /// What is left of it, in whole seconds.
    pub expires_in: Duration,
    pub cache: CacheUse,
    /// How old the session was that has signed it, where it was signed for this request.
    pub session_age: Option<Duration>,
    /// Whether the answer is to have a command line that uses the URL.
    pub wants_curl: bool,
    /// What is known of it, where it was tried.
    pub verified: Option<Verified>,
}

/// What the cache had to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
pub enum CacheUse {
    /// It comes from the cache.
    Hit,
    /// It was signed afresh, and stored.
    Miss,
    /// It was signed afresh and not stored: the operation is not cached, a policy change is settling, or the cache does not
    /// answer.
    Bypass,
}

impl CacheUse {
    /// The name in the interface and in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// What signing, trying, storing and answering may take of the life that a request insists on.
const ON_THE_WAY: Duration = Duration::from_secs(5);

/// What is told, in whole seconds, of what `credentials` have signed for so long just now, to end at `end`. Signatures have whole seconds:
/// the one that was begun, and the next, are not worth telling; but never is more told than the credentials live.
pub(crate) fn told(
    signed_for: ExpiresIn,
    end: SystemTime,
    credentials: CredentialsExpiry,
    now: SystemTime,
) -> Duration {
    let (left, whole) = (end.duration_since(now).unwrap_or_default(), signed_for.duration());
    let untold = whole.saturating_sub(left) < Duration::from_secs(2) && credentials.lasts_until(now + whole);
    if untold { whole } else { Duration::from_secs(left.as_secs()) }
}

/// # Errors
/// When a URL has ended by now, no second can be `told` of it, or less is left than the least that is insisted on.
fn check_left(left: Duration, told: Duration, least: Option<ExpiresIn>) -> Result<(), IssueError> {
    let least = least.map_or(Duration::ZERO, ExpiresIn::duration);
    if left.is_zero() || told.is_zero() || left + ON_THE_WAY < least { Err(IssueError::TooLate) } else { Ok(()) }
}

impl IssuedUrl {
    /// From the cache.
    ///
    /// # Errors
    /// When too little of it is left by now.
    pub(crate) fn found(
        request: &UrlRequest,
        permitted_by: Vec<String>,
        row: Arc<CachedUrl>,
        now: SystemTime,
    ) -> Result<Self, IssueError> {
        let left = row.left(now);
        let expires_in = Duration::from_secs(left.as_secs());
        check_left(left, expires_in, request.asked().least_of_a_reused_url())?;
        Ok(Self::new(request, permitted_by, row, expires_in, CacheUse::Hit))
    }

    /// From the cache, or signed now and `stored` or not.
    ///
    /// # Errors
    /// When too little of it is left by now.
    pub(crate) fn settled(
        request: &UrlRequest,
        permitted_by: Vec<String>,
        Settled { row, origin, .. }: Settled,
        stored: bool,
        now: SystemTime,
    ) -> Result<Self, IssueError> {
        let asked = request.asked();
        let (least, session_age, by) = match origin {
            Origin::Cache => return Self::found(request, permitted_by, row, now),
            Origin::Like { by } => (asked.least_of_a_reused_url(), None, by),
            Origin::Signed { session_age, by } => (asked.least_of_a_fresh_url(), session_age, by),
        };
        let expires_in = told(row.signed_for, row.expires_at, by.session.expiry, now);
        check_left(row.left(now), expires_in, least)?;
        let cache = if stored { CacheUse::Miss } else { CacheUse::Bypass };
        Ok(Self { session_age, ..Self::new(request, permitted_by, row, expires_in, cache) })
    }

    fn new(
        request: &UrlRequest,
        permitted_by: Vec<String>,
        row: Arc<CachedUrl>,
        expires_in: Duration,
        cache: CacheUse,
    ) -> Self {
        Self {
            permitted_by,
            operation: request.operation(),
            row,
            expires_in,
            cache,
            session_age: None,
            wants_curl: request.wants_curl(),
            verified: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_just_now_is_told_whole_unless_the_credentials_end_before() {
        let (signed_at, signed_for) = (SystemTime::UNIX_EPOCH, ExpiresIn::from_seconds(900).unwrap());
        let end = signed_at + signed_for.duration();
        let after = |ms| signed_at + Duration::from_millis(ms);
        let credentials_of = |ms| CredentialsExpiry::At(after(ms));
        for (now, credentials, expected) in [
            (0, credentials_of(900_000), 900),
            (1_999, CredentialsExpiry::Never, 900),
            (1_999, credentials_of(901_999), 900),
            (1_999, credentials_of(901_998), 898),
            (1, credentials_of(900_000), 899),
            (2_000, CredentialsExpiry::Never, 898),
            (900_001, CredentialsExpiry::Never, 0),
        ] {
            let told = told(signed_for, end, credentials, after(now));
            assert_eq!(told, Duration::from_secs(expected), "{now}, {credentials:?}");
        }
    }

    #[test]
    fn what_is_told_of_a_url_is_a_second_at_least_and_what_is_insisted_on_but_for_five() {
        let ms = Duration::from_millis;
        let least = ExpiresIn::from_seconds(900).ok();
        // A URL for one second, signed within it.
        assert_eq!(check_left(ms(100), ms(1_000), None), Ok(()));
        assert_eq!(check_left(ms(895_000), ms(900_000), least), Ok(()));
        for (left, told, least) in [(0, 1_000, None), (900, 0, None), (894_999, 894_000, least)] {
            assert_eq!(check_left(ms(left), ms(told), least), Err(IssueError::TooLate), "{left} {told}");
        }
    }
}
