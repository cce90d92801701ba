//! A request on its way: what is known of it after each step.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use presign::attribution::Attributed;
use presign::cache::{CacheKey, CachedUrl, LookUp, Verdict, judge};
use presign::generation::Scope;
use presign::lifetime::Bounds;
use presign::request::UrlRequest;
use presign::signed_request::BoundRequest;
use presign::signing_session::{SignerIdentity, SigningSession};

/// A request that the policies permit, and the profile serves.
pub(crate) struct Admitted<'a> {
    pub bound: BoundRequest<'a>,
    pub permitted_by: Vec<String>,
}

/// A request that is served, with what its URL depends on.
pub(crate) struct Prepared<'a> {
    pub bound: BoundRequest<'a>,
    pub terms: Arc<Terms>,
}

/// On what terms a caller is served: what can be said of a request before the cache is asked, but for what will be signed.
pub(crate) struct Terms {
    pub permitted_by: Vec<String>,
    /// In whose name it is signed.
    pub attributed: Attributed,
    /// None where the cache has nothing to do with it.
    pub key: Option<CacheKey>,
    pub scopes: Scopes,
    /// Who signs, as far as is known before the generations are read.
    pub signer: SignerIdentity,
}

impl Terms {
    pub fn judge(&self, found: &LookUp, request: &UrlRequest, now: SystemTime) -> Verdict {
        judge(found, self.key.as_ref(), &self.scopes.of_url, request.asked(), now)
    }
}

/// The scopes that a URL depends on.
pub(crate) struct Scopes {
    /// What ends the URL itself.
    pub of_url: Vec<Scope>,
    /// What a session must be newer than.
    pub of_session: Vec<Scope>,
    pub all: Vec<Scope>,
}

impl Scopes {
    /// Of a request that depends on these, whoever signs. Where sessions are made to sign, they are to be newer than a change of
    /// `of_profiles` too, which may be one that tells new sessions from old ones; a key that is given stays the same.
    pub fn new(of_profiles: Vec<Scope>, named_key: Option<Scope>, signer: &SignerIdentity, made_to_sign: bool) -> Self {
        let named_key = named_key.filter(|key| !of_profiles.contains(key));
        let mut of_signer = vec![Scope::Account(signer.account.clone())];
        let mut of_session = vec![];
        if let Some(principal) = &signer.principal {
            of_signer.push(Scope::Principal(principal.clone()));
            of_session.push(Scope::Sessions(principal.clone()));
        }
        let all = of_signer.iter().chain(&of_profiles).chain(&named_key).chain(&of_session).cloned().collect();
        of_session.extend(of_signer.iter().chain(of_profiles.iter().filter(|_| made_to_sign)).cloned());
        Self { of_url: of_signer.into_iter().chain(of_profiles).chain(named_key).collect(), of_session, all }
    }
}

/// A session to sign with, and what bounds that which it signs.
#[derive(Clone)]
pub(crate) struct Opened {
    pub session: Arc<SigningSession>,
    pub bounds: Bounds,
    /// When it was found to be good for what it is to sign.
    pub at: SystemTime,
}

/// What answers a request, while nothing is stored yet.
pub(crate) struct Settled {
    pub row: Arc<CachedUrl>,
    pub origin: Origin,
    pub then: Then,
}

/// Where the URL comes from that answers a request.
pub(crate) enum Origin {
    Cache,
    /// It was signed for this very request, by a session of this age where that is known.
    Signed {
        by: Opened,
        session_age: Option<Duration>,
    },
    /// It was signed for its like a moment ago.
    Like {
        by: Opened,
    },
}

/// What is done with a URL before it is handed out.
#[derive(Clone, Copy)]
pub(crate) struct Then {
    /// Whether it is to be stored.
    pub store: bool,
    /// Whether it is to be tried.
    pub to_try: bool,
}

/// What the cache has for a request.
pub(crate) enum Judged {
    /// A row that answers it.
    Serve(Settled),
    /// None: a URL is to be signed.
    Sign(Then),
}
