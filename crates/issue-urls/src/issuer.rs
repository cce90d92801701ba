use std::time::{Duration, SystemTime};

use authorization::Denied;
use presign::cache::{CacheKey, CachedUrl, LookUp, UrlCache, Verdict, WantedRow, judge};
use presign::clock::Clock;
use presign::generation::Scope;
use presign::lifetime::{LifetimeError, LimitedBy};
use presign::names::BucketName;
use presign::presigned_url::PresignedUrl;
use presign::profile::{BucketProfile, NotAllowed, Profiles};
use presign::request::UrlRequest;
use presign::signed_request::{BoundRequest, SignError};
use presign::signing_session::{SessionError, SessionRequest, SignerIdentity, SigningSessions};

use crate::{Caller, Gate};

/// Issues URLs: one request's way through profile, cache, session and signature.
pub struct Issuer<C, S> {
    gate: Gate,
    profiles: Profiles,
    cache: C,
    /// What a request waits for the cache, reading or writing, before it goes on without.
    cache_timeout: Duration,
    sessions: S,
    clock: Clock,
}

/// A URL, and all that its holder must know of it.
#[derive(Debug, Clone)]
pub struct IssuedUrl {
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
    pub url: PresignedUrl,
    pub method: &'static str,
    /// Exactly what the client must send.
    pub headers: Vec<(String, String)>,
    pub expires_at: SystemTime,
    /// What is left of it, in whole seconds.
    pub expires_in: Duration,
    pub limited_by: LimitedBy,
    pub cache: CacheUse,
    /// The ARN that S3 sees as the signer.
    pub signed_by: String,
}

/// What the cache had to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    #[error("the bucket `{0}` is not served: it has no profile")]
    BucketNotServed(BucketName),
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The policies do not permit it to this caller.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// With the field of the request that insists on more.
    #[error("{error}")]
    Lifetime { error: LifetimeError, field: &'static str },
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Sign(SignError),
}

/// What a URL depends on.
struct Scopes {
    /// What ends the URL itself.
    of_url: Vec<Scope>,
    /// What a session must be newer than.
    of_session: Vec<Scope>,
    all: Vec<Scope>,
}

impl Scopes {
    fn new(profile: &BucketProfile, signer: SignerIdentity) -> Self {
        let mut of_signer = vec![Scope::Account(signer.account)];
        let mut of_session = vec![];
        if let Some(principal) = signer.principal {
            of_signer.push(Scope::Principal(principal.clone()));
            of_session.push(Scope::Sessions(principal));
        }
        let all = of_signer.iter().cloned().chain(profile.scopes()).chain(of_session.iter().cloned()).collect();
        of_session.extend(of_signer.iter().cloned());
        Self { of_url: of_signer.into_iter().chain(profile.scopes()).collect(), of_session, all }
    }
}

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    pub fn new(gate: Gate, profiles: Profiles, cache: C, cache_timeout: Duration, sessions: S, clock: Clock) -> Self {
        Self { gate, profiles, cache, cache_timeout, sessions, clock }
    }

    /// Issues a URL for `request` to `caller`.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, the lifetime cannot be had, or nothing signs.
    pub async fn issue(&self, caller: &Caller, request: &UrlRequest) -> Result<IssuedUrl, IssueError> {
        let permitted_by = self.admit(caller, request)?;
        let url = self.issue_permitted(caller, request).await?;
        Ok(IssuedUrl { permitted_by, ..url })
    }

    /// Comes before all else: who may not have the URL learns nothing about profiles, and gets nothing from the cache.
    fn admit(&self, caller: &Caller, request: &UrlRequest) -> Result<Vec<String>, Denied> {
        let bound = self.profiles.get(request.bucket()).map(|profile| BoundRequest::new(request, profile));
        let headers = bound.as_ref().map(BoundRequest::headers).unwrap_or_default();
        self.gate.admit(caller, request, headers, (self.clock)())
    }

    async fn issue_permitted(&self, caller: &Caller, request: &UrlRequest) -> Result<IssuedUrl, IssueError> {
        let profile =
            self.profiles.get(request.bucket()).ok_or_else(|| IssueError::BucketNotServed(request.bucket().clone()))?;
        profile.check(request.operation(), request.key())?;
        let field = request.asked().insisting_field();
        let lifetime_error = |error| IssueError::Lifetime { error, field };
        request.asked().check_bounds(profile.bounds(), profile.signer().fresh_session()).map_err(lifetime_error)?;

        let identity = self.sessions.identity(profile).await?;
        let bound = BoundRequest::new(request, profile);
        let cached = profile.caches(request.operation()) && request.asked().may_be_reused();
        let key = cached.then(|| bound.cache_key(caller.name(), request, profile, &identity));
        let scopes = Scopes::new(profile, identity);

        // The order is what makes it correct: generations first, then a session that belongs to them, then the signature,
        // then the row under them. A change in between leaves a row that is dead on arrival.
        let found = self.look_up(key.as_ref().map(|key| WantedRow { key, asked: request.asked() }), &scopes.all).await;
        let now = (self.clock)();
        let verdict = found.as_ref().map(|found| judge(found, &scopes.of_url, request.asked(), now));
        if let Some(Verdict::Serve(row)) = verdict {
            let left = Duration::from_secs(row.left(now).as_secs());
            return Ok(answer(&bound, row, left, CacheUse::Hit));
        }

        let generations = found.as_ref().map(|found| found.generations(&scopes.of_session));
        let session_request = SessionRequest {
            profile,
            class: request.operation().class(),
            name: caller.session_name(),
            asked: request.asked(),
            generations: generations.as_ref(),
        };
        let session = self.sessions.session(session_request, now).await?;
        let now = (self.clock)();
        let signed = bound.sign(request, profile, &session, now).map_err(|error| match error {
            SignError::Lifetime(error) => {
                lifetime_error(request.asked().retryable(error, profile.bounds(), session.fresh))
            }
            SignError::Date(_) => IssueError::Sign(error),
        })?;
        let row = CachedUrl {
            url: signed.url,
            headers: bound.headers().iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            expires_at: signed.expires_at,
            signed_for: signed.lifetime.expires_in,
            limited_by: signed.lifetime.limited_by,
            signed_by: session.signed_by.clone(),
            generations: found.map(|found| found.generations(&scopes.of_url)).unwrap_or_default(),
        };
        let stored = match (&key, verdict) {
            (Some(key), Some(Verdict::SignAndStore)) => self.store(key, &row).await,
            _ => false,
        };
        let cache = if stored { CacheUse::Miss } else { CacheUse::Bypass };
        Ok(answer(&bound, row, signed.lifetime.expires_in.duration(), cache))
    }

    /// None when the cache does not answer, or not in time: signing afresh is always safe.
    async fn look_up(&self, wanted: Option<WantedRow<'_>>, scopes: &[Scope]) -> Option<LookUp> {
        let found = self.in_time(self.cache.look_up(wanted, scopes)).await;
        found.inspect_err(|error| tracing::warn!(error, "the cache cannot be read, so the URL is signed afresh")).ok()
    }

    /// Waits for the write: a Lambda instance may be frozen as soon as it has answered.
    async fn store(&self, key: &CacheKey, row: &CachedUrl) -> bool {
        let stored = self.in_time(self.cache.store(key, row)).await;
        stored.inspect_err(|error| tracing::warn!(error, "a URL could not be stored")).is_ok()
    }

    /// What the cache answers, if it does within the wait that a request grants it.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, C::Error>>) -> Result<T, String> {
        match tokio::time::timeout(self.cache_timeout, answer).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err("it does not answer in time".to_owned()),
        }
    }
}

fn answer(bound: &BoundRequest, row: CachedUrl, expires_in: Duration, cache: CacheUse) -> IssuedUrl {
    IssuedUrl {
        permitted_by: vec![],
        expires_in,
        url: row.url,
        method: bound.method(),
        headers: row.headers,
        expires_at: row.expires_at,
        limited_by: row.limited_by,
        cache,
        signed_by: row.signed_by,
    }
}
