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
