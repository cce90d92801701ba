use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jsonwebtoken::jwk::Jwk;
use presign::clock::Clock;
use tokio::sync::Mutex;

use crate::PublishedKeys;

/// After which the keys are asked for again, so that one that was taken back is not trusted for long.
const FRESH: Duration = Duration::from_mins(10);
/// How long keys are trusted whose issuer does not answer: as long as HTTP APIs keep them.
/// Source: API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers in API Gateway".
const TRUSTED: Duration = Duration::from_hours(2);
/// The least between two questions while there are keys: a token of no key, which anybody can write, costs no more.
const PAUSE: Duration = Duration::from_secs(30);
/// The least between two questions while there are none.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// The keys of an issuer, as it has published them last.
pub struct IssuerKeys<P> {
    published: P,
    now: Clock,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: Option<(Arc<[Jwk]>, SystemTime)>,
    asked: Option<SystemTime>,
}

/// Nobody's token can be checked.
#[derive(Debug, thiserror::Error)]
#[error("the issuer's keys cannot be had, and there are none from before")]
pub struct KeysUnavailable;

impl<P: PublishedKeys> IssuerKeys<P> {
    pub fn new(published: P, now: Clock) -> Self {
        Self { published, now, known: Mutex::default() }
    }

    /// The issuer's keys. They are asked for again when they are old, or when none is named `id`.
    ///
    /// # Errors
    /// When there are none, or they are too old.
    pub async fn for_key(&self, id: &str) -> Result<Arc<[Jwk]>, KeysUnavailable> {
        let mut known = self.known.lock().await;
        let now = (self.now)();
        if let Some(keys) = known.younger_than(FRESH, now)
            && keys.iter().any(|key| key.common.key_id.as_deref() == Some(id))
        {
            return Ok(keys);
        }
        let pause = if known.younger_than(TRUSTED, now).is_some() { PAUSE } else { SHORT_PAUSE };
        if known.asked.is_none_or(|asked| since(asked, now) >= pause) {
            known.asked = Some(now);
            match self.published.keys().await {
                Ok(keys) => known.keys = Some((keys.into(), now)),
                Err(error) => tracing::error!(%error, "the issuer's keys cannot be read"),
            }
        }
        known.younger_than(TRUSTED, now).ok_or(KeysUnavailable)
    }
}

impl Known {
    fn younger_than(&self, age: Duration, now: SystemTime) -> Option<Arc<[Jwk]>> {
        self.keys.as_ref().filter(|(_, got)| since(*got, now) < age).map(|(keys, _)| Arc::clone(keys))
    }
}

/// A clock that was put back makes nothing young again.
fn since(then: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use super::*;
    use crate::signing::SigningKey;
    use crate::{DiscoveryError, WebAddress};

    /// An issuer with these keys, or one that does not answer.
    #[derive(Default)]
    struct Issuer {
        keys: StdMutex<Option<Vec<Jwk>>>,
        asked: StdMutex<u32>,
    }

    impl Issuer {
        fn publishes(&self, ids: &[&'static str]) {
            *self.keys.lock().unwrap() = Some(ids.iter().map(|id| SigningKey::es256(id).public()).collect());
        }

        fn falls_silent(&self) {
            *self.keys.lock().unwrap() = None;
        }
    }

    impl PublishedKeys for Arc<Issuer> {
        async fn keys(&self) -> Result<Vec<Jwk>, DiscoveryError> {
            *self.asked.lock().unwrap() += 1;
            let silent = || DiscoveryError::Address(WebAddress::parse("").unwrap_err());
            self.keys.lock().unwrap().clone().ok_or_else(silent)
        }
    }

    struct Case {
        issuer: Arc<Issuer>,
        keys: IssuerKeys<Arc<Issuer>>,
        time: Arc<StdMutex<SystemTime>>,
    }

    fn case() -> Case {
        let issuer = Arc::new(Issuer::default());
        let time = Arc::new(StdMutex::new(SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)));
        let clock = Arc::clone(&time);
        let keys = IssuerKeys::new(Arc::clone(&issuer), Arc::new(move || *clock.lock().unwrap()));
        Case { issuer, keys, time }
    }

    /// Of an issuer whose key `a` is known.
    async fn knowing_a() -> Case {
        let case = case();
        case.issuer.publishes(&["a"]);
        case.looking_for("a").await;
        case
    }

    impl Case {
        fn later(&self, by: Duration) {
            *self.time.lock().unwrap() += by;
        }

        /// Which keys there are when one is looked for, by their ids; no key where no token can be checked.
        async fn looking_for(&self, id: &str) -> Vec<String> {
            let keys = self.keys.for_key(id).await.unwrap_or_default();
            keys.iter().filter_map(|key| key.common.key_id.clone()).collect()
        }

        fn asked(&self) -> u32 {
            *self.issuer.asked.lock().unwrap()
        }
    }

    #[tokio::test]
    async fn an_issuer_is_asked_once_in_ten_minutes() {
        let case = case();
        case.issuer.publishes(&["a"]);
        for _ in 0..3 {
            assert_eq!(case.looking_for("a").await, ["a"]);
        }
        case.later(Duration::from_secs(599));
        assert_eq!((case.looking_for("a").await, case.asked()), (vec!["a".to_owned()], 1));
        // The key was taken back.
        case.issuer.publishes(&["b"]);
        case.later(Duration::from_secs(1));
        assert_eq!((case.looking_for("a").await, case.asked()), (vec!["b".to_owned()], 2));
    }

    #[tokio::test]
    async fn a_new_key_is_found_at_once_and_tokens_of_no_key_ask_for_little() {
        let case = knowing_a().await;
        case.issuer.publishes(&["a", "b"]);
        case.later(PAUSE);
        assert_eq!(case.looking_for("b").await, ["a", "b"]);
        for _ in 0..100 {
            assert_eq!(case.looking_for("nobody's").await, ["a", "b"]);
        }
        assert_eq!(case.asked(), 2);
        case.later(PAUSE);
        case.looking_for("nobody's").await;
        assert_eq!(case.asked(), 3);
    }

    #[tokio::test]
    async fn keys_outlive_an_issuer_that_falls_silent_for_two_hours() {
        let case = knowing_a().await;
        case.issuer.falls_silent();
        case.later(Duration::from_secs(7_199));
        assert_eq!(case.looking_for("a").await, ["a"]);
        case.later(Duration::from_secs(1));
        assert!(case.looking_for("a").await.is_empty());
        // And as soon as it answers, it goes on.
        case.issuer.publishes(&["a"]);
        case.later(SHORT_PAUSE);
        assert_eq!(case.looking_for("a").await, ["a"]);
    }

    #[tokio::test]
    async fn a_clock_that_is_put_back_makes_no_key_young() {
        let case = knowing_a().await;
        case.issuer.falls_silent();
        *case.time.lock().unwrap() -= Duration::from_hours(1);
        assert!(case.looking_for("a").await.is_empty());
    }
}
