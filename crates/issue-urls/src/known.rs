use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use lru::LruCache;
use presign::request::UrlRequest;
use presign::sigv4::encode::hex;
use sha2::{Digest, Sha256};

use crate::Caller;
use crate::steps::Terms;

/// A caller's request, with what was found out about it that will not change.
pub struct Known {
    caller: Arc<Caller>,
    request: UrlRequest,
    key_sha256: String,
    terms: OnceLock<Arc<Terms>>,
}

impl Known {
    fn new(caller: Arc<Caller>, request: UrlRequest) -> Self {
        let key_sha256 = digest(request.key().as_str());
        Self { caller, request, key_sha256, terms: OnceLock::new() }
    }

    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    pub fn request(&self) -> &UrlRequest {
        &self.request
    }

    /// What the log says of the object's key.
    pub fn key_sha256(&self) -> &str {
        &self.key_sha256
    }

    /// On what terms it is served, if they were found to be the same each time.
    pub(crate) fn terms(&self) -> Option<&Arc<Terms>> {
        self.terms.get()
    }

    /// Takes down terms that will be the same each time.
    pub(crate) fn keep(&self, terms: &Arc<Terms>) {
        self.terms.get_or_init(|| Arc::clone(terms));
    }
}

/// Who asks, with all that is known of them, and in what words: the same ask for the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Words {
    pub caller: Arc<Caller>,
    pub said: Said,
}

/// What a client has sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Said {
    /// A body.
    Body(Bytes),
    /// A method and an address.
    Address(String),
}

impl Said {
    fn len(&self) -> usize {
        match self {
            Self::Body(body) => body.len(),
            Self::Address(address) => address.len(),
        }
    }
}

/// What was asked for lately, as it was read, so that the same words need not be read again; nor judged, where that would come to the same.
pub struct KnownRequests(Mutex<LruCache<Words, Arc<Known>>>);

impl KnownRequests {
    /// Some 15 MB of usual ones, with tokens of some ten claims.
    const MOST: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
    /// The longest words that are remembered, in bytes: some ten times what a usual request has.
    const LONGEST: usize = 2048;

    /// What these words ask for, or else what `read` makes of them.
    ///
    /// # Errors
    /// Of `read`.
    pub fn or_read<E>(&self, words: Words, read: impl FnOnce() -> Result<UrlRequest, E>) -> Result<Arc<Known>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&words) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(Known::new(Arc::clone(&words.caller), read()?));
        if words.said.len() <= Self::LONGEST {
            lock().put(words, Arc::clone(&known));
        }
        Ok(known)
    }
}

impl Default for KnownRequests {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(Self::MOST)))
    }
}

/// Of an object's key: what the log has instead.
pub fn digest(key: &str) -> String {
    hex(&Sha256::digest(key).into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use presign::request::UrlRequestBody;
    use serde_json::json;

    use super::*;

    /// How often something is read of the words that come one after the other.
    fn readings(words: &[Words]) -> usize {
        let (known, readings) = (KnownRequests::default(), Cell::new(0));
        for words in words {
            let key = format!("k{}", words.said.len());
            let read = || {
                readings.set(readings.get() + 1);
                let body = json!({"operation": "getObject", "bucket": "demo", "key": key, "expiresIn": 60});
                let body: UrlRequestBody = serde_json::from_value(body).unwrap();
                Ok::<_, Infallible>(UrlRequest::try_from(body).unwrap())
            };
            let Ok(known) = known.or_read(words.clone(), read);
            assert_eq!((known.caller(), known.request().key().as_str()), (&*words.caller, key.as_str()));
            assert_eq!(known.key_sha256(), digest(&key));
        }
        readings.get()
    }

    fn body(caller: Caller, text: impl Into<Bytes>) -> Words {
        Words { caller: Arc::new(caller), said: Said::Body(text.into()) }
    }

    #[test]
    fn the_same_words_of_the_same_caller_are_read_once() {
        let alice = || Caller::new("alice");
        let of_alice = || body(alice(), "a");
        assert_eq!(readings(&[of_alice(), of_alice(), of_alice()]), 1);
        let claims = |tenant: &str| [("tenant".to_owned(), tenant.to_owned())].into();
        let others = [
            body(Caller::new("bob"), "a"),
            body(alice(), "aa"),
            body(alice().with_claims(claims("a")), "a"),
            body(alice().with_claims(claims("b")), "a"),
            body(alice().from_address(Some([203, 0, 113, 7].into())), "a"),
            Words { caller: Arc::new(alice()), said: Said::Address("a".to_owned()) },
        ];
        for other in others {
            assert_eq!(readings(&[of_alice(), other.clone(), of_alice(), other]), 2);
        }
    }

    #[test]
    fn long_words_are_read_each_time_and_old_ones_are_forgotten() {
        let [longest, longer] = [2048, 2049].map(|length| body(Caller::new("alice"), vec![b'a'; length]));
        assert_eq!(readings(&[longest.clone(), longest]), 1);
        assert_eq!(readings(&[longer.clone(), longer]), 2);
        let callers = (0..=4096).map(|n| body(Caller::new(n.to_string()), "a"));
        let first = body(Caller::new("0"), "a");
        assert_eq!(readings(&callers.chain([first]).collect::<Vec<_>>()), 4098);
    }
}
