use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use lru::LruCache;
use presign::request::UrlRequest;
use sha2::{Digest, Sha256};

use crate::Caller;
use crate::issuer::Terms;

/// A caller's request, with what was found out about it that will not change.
pub struct Known {
    caller: Caller,
    request: UrlRequest,
    key_sha256: String,
    terms: OnceLock<Arc<Terms>>,
}

impl Known {
    pub fn new(caller: Caller, request: UrlRequest) -> Self {
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
    pub caller: Caller,
    /// A request's body, or its method and address.
    pub text: Bytes,
}

/// What was asked for lately, as it was read, so that the same words need be neither read nor judged again.
pub struct KnownRequests(Mutex<LruCache<Words, Arc<Known>>>);

impl KnownRequests {
    /// Some 10 MB of usual ones, with what is known of each.
    const MOST: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
    /// The longest words that are remembered, in bytes: some ten times what a usual request has.
    const LONGEST: usize = 2048;

    /// What these words ask for, or else what `read` makes of them.
    ///
    /// # Errors
    /// Of `read`.
    pub fn or_read<E>(&self, words: Words, read: impl FnOnce(&[u8]) -> Result<UrlRequest, E>) -> Result<Arc<Known>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&words) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(Known::new(words.caller.clone(), read(&words.text)?));
        if words.text.len() <= Self::LONGEST {
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
    hex::encode(Sha256::digest(key))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use presign::request::UrlRequestBody;

    use super::*;

    /// How often something is read of the words that come one after the other.
    fn readings(words: &[Words]) -> usize {
        let (known, readings) = (KnownRequests::default(), Cell::new(0));
        for words in words {
            let read = |text: &[u8]| {
                readings.set(readings.get() + 1);
                let mut body = r#"{"operation": "getObject", "bucket": "demo", "key": "", "expiresIn": 60}"#.to_owned();
                body = body.replace(r#""""#, &format!("\"k{}\"", text.len()));
                Ok::<_, Infallible>(
                    UrlRequest::try_from(serde_json::from_str::<UrlRequestBody>(&body).unwrap()).unwrap(),
                )
            };
            let Ok(known) = known.or_read(words.clone(), read);
            assert_eq!(
                (known.caller(), known.request().key().as_str()),
                (&words.caller, format!("k{}", words.text.len()).as_str())
            );
            assert_eq!(known.key_sha256(), digest(known.request().key().as_str()));
        }
        readings.get()
    }

    fn words(caller: Caller, text: impl Into<Bytes>) -> Words {
        Words { caller, text: text.into() }
    }

    #[test]
    fn the_same_words_of_the_same_caller_are_read_once() {
        let of_alice = || words(Caller::new("alice"), "a");
        assert_eq!(readings(&[of_alice(), of_alice(), of_alice()]), 1);
        let claims = |tenant: &str| [("tenant".to_owned(), tenant.to_owned())].into();
        let others = [
            words(Caller::new("bob"), "a"),
            words(Caller::new("alice"), "aa"),
            words(Caller::new("alice").with_claims(claims("a")), "a"),
            words(Caller::new("alice").with_claims(claims("b")), "a"),
            words(Caller::new("alice").from_address(Some([203, 0, 113, 7].into())), "a"),
        ];
        for other in others {
            assert_eq!(readings(&[of_alice(), other.clone(), of_alice(), other]), 2);
        }
    }

    #[test]
    fn long_words_are_read_each_time_and_old_ones_are_forgotten() {
        let [longest, longer] = [2048, 2049].map(|length| words(Caller::new("alice"), vec![b'a'; length]));
        assert_eq!(readings(&[longest.clone(), longest]), 1);
        assert_eq!(readings(&[longer.clone(), longer]), 2);
        let callers = (0..=4096).map(|n| words(Caller::new(n.to_string()), "a"));
        let first = words(Caller::new("0"), "a");
        assert_eq!(readings(&callers.chain([first]).collect::<Vec<_>>()), 4098);
    }
}
