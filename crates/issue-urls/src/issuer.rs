use std::sync::Arc;
use std::time::{Duration, SystemTime};

use authorization::Denied;
use presign::attribution::{Attributed, NoTenant};
use presign::cache::{CacheKey, CachedUrl, IssuedFor, LookUp, UrlCache, Verdict, WantedRow, judge};
use presign::clock::Clock;
use presign::generation::Scope;
use presign::lifetime::{Asked, Bounds, ExpiresIn, LifetimeError};
use presign::operation::Operation;
use presign::profile::{BucketProfile, Profiles};
use presign::request::UrlRequest;
use presign::signed_request::{BoundRequest, Refusal, SignError};
use presign::signing_session::{SessionError, SessionRequest, SignerIdentity, SigningSession, SigningSessions};
use s3_calls::{S3CallError, S3Calls};

use crate::ceilings::KnownCeilings;
use crate::known::{Known, KnownRequests};
use crate::verification::{PATIENCE, Until, Verified, VerifiedGenerations, WouldFail};
use crate::{Caller, Gate};

/// Issues URLs: one request's way through profile, cache, session and signature.
pub struct Issuer<C, S> {
    pub(crate) gate: Gate,
    pub(crate) known: KnownRequests,
    ceilings: KnownCeilings,
    pub(crate) profiles: Profiles,
    cache: C,
    /// What a request waits for the cache, reading or writing, before it goes on without.
    cache_timeout: Duration,
    sessions: S,
    pub(crate) s3: S3Calls,
    pub(crate) verified: VerifiedGenerations,
    pub(crate) patience: Duration,
    clock: Clock,
}

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

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The policies do not permit it to this caller.
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// With the field of the request that insists on more.
    #[error("{error}")]
    Lifetime { error: LifetimeError, field: &'static str },
    #[error(transparent)]
    NoTenant(#[from] NoTenant),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Sign(SignError),
    /// It was tried, and is not handed out.
    #[error(transparent)]
    WouldFail(Box<WouldFail>),
    /// It was to be tried first, and S3 has not answered in time.
    #[error("S3 has not answered in time, so that nobody knows whether the URL works: ask again")]
    Untried,
    /// It was tried, or another of its batch was, for so long that it has ended, or that less is left than was insisted on.
    #[error("S3 has answered so late that too little is left of the URL: ask again, for longer or insisting on less")]
    TooLate,
    /// Of what the service itself asked of S3.
    #[error(transparent)]
    S3(#[from] S3CallError),
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
    attributed: Attributed,
    /// None where the cache has nothing to do with it.
    pub key: Option<CacheKey>,
    pub scopes: Scopes,
}

impl Terms {
    fn judge(&self, found: &LookUp, request: &UrlRequest, now: SystemTime) -> Verdict {
        judge(found, self.key.as_ref(), &self.scopes.of_url, request.asked(), now)
    }
}

/// The scopes that a URL depends on.
pub(crate) struct Scopes {
    /// What ends the URL itself.
    pub of_url: Vec<Scope>,
    /// What a session must be newer than.
    of_session: Vec<Scope>,
    pub all: Vec<Scope>,
}

impl Scopes {
    fn new(of_request: Vec<Scope>, signer: SignerIdentity) -> Self {
        let mut of_signer = vec![Scope::Account(signer.account)];
        let mut of_session = vec![];
        if let Some(principal) = signer.principal {
            of_signer.push(Scope::Principal(principal.clone()));
            of_session.push(Scope::Sessions(principal));
        }
        let all = of_signer.iter().chain(&of_request).chain(&of_session).cloned().collect();
        of_session.extend(of_signer.iter().cloned());
        Self { of_url: of_signer.into_iter().chain(of_request).collect(), of_session, all }
    }
}

/// A session to sign with, and what bounds that which it signs.
#[derive(Clone)]
pub(crate) struct Opened {
    pub session: Arc<SigningSession>,
    pub bounds: Bounds,
}

/// What answers a request, while nothing is stored yet.
pub(crate) struct Settled {
    pub row: Arc<CachedUrl>,
    /// What has signed it for this request, or for its like; none where it comes from the cache.
    pub by: Option<Opened>,
    /// Whether it is to be stored.
    pub store: bool,
    /// Whether it is to be tried.
    pub tried: bool,
}

/// What the cache has for a request.
pub(crate) enum Judged {
    /// A row that answers it.
    Serve(Settled),
    /// None: a URL is to be signed.
    Sign { store: bool, tried: bool },
}

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    pub fn new(gate: Gate, profiles: Profiles, cache: C, cache_timeout: Duration, sessions: S, clock: Clock) -> Self {
        Self {
            gate,
            known: KnownRequests::default(),
            ceilings: KnownCeilings::default(),
            profiles,
            cache,
            cache_timeout,
            sessions,
            s3: S3Calls::default(),
            verified: VerifiedGenerations::default(),
            patience: PATIENCE,
            clock,
        }
    }

    /// With another time that all trials of one request have together, and twice that which all signers of a batch have.
    #[must_use]
    pub fn trying_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Issues the URL that is asked for.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, the lifetime cannot be had, or nothing signs.
    pub async fn issue(&self, asked: &Known) -> Result<IssuedUrl, IssueError> {
        let (caller, request) = (asked.caller(), asked.request());
        // What is left for others than those in memory stands apart: its state has ten times the size of all else.
        if let Some(terms) = asked.terms() {
            let found = self.look_up_row(request, terms).await;
            let now = self.now();
            if let Some(Verdict::Serve(row)) = found.as_ref().map(|found| terms.judge(found, request, now)) {
                return IssuedUrl::found(request, terms.permitted_by.clone(), row, now);
            }
            let bound = BoundRequest::new(request, &self.profiles)?;
            return Box::pin(self.conclude(caller, Prepared { bound, terms: Arc::clone(terms) }, found)).await;
        }
        Box::pin(self.judged(asked)).await
    }

    /// Issues what is asked for when nothing is known of it but what it asks for.
    async fn judged(&self, asked: &Known) -> Result<IssuedUrl, IssueError> {
        let (caller, request) = (asked.caller(), asked.request());
        let prepared = self.prepare(caller, request).await?;
        if self.are_lasting(&prepared) {
            asked.keep(&prepared.terms);
        }
        let found = self.look_up_row(request, &prepared.terms).await;
        self.conclude(caller, prepared, found).await
    }

    /// Whether the terms are the same each time, for as long as the issuer lives, and are all that an answer from the cache takes. Who signs is known by the settings where
    /// that is a role; other signers' names are asked of STS, and may change. What is tried before it is handed out takes more.
    fn are_lasting(&self, Prepared { bound, terms }: &Prepared<'_>) -> bool {
        let profile = bound.profile();
        let is_tried = bound.request().wants_verification() || profile.verifies_after_invalidation();
        terms.key.is_some() && profile.signer().role().is_some() && !is_tried && !self.gate.policies_speak_of_the_time()
    }

    async fn look_up_row(&self, request: &UrlRequest, terms: &Terms) -> Option<LookUp> {
        let wanted = terms.key.as_ref().map(|key| WantedRow { key, asked: request.asked() });
        self.look_up(wanted.as_slice(), &terms.scopes.all).await
    }

    /// Answers from what was found in the cache, or with what is signed, and then stored.
    async fn conclude(
        &self,
        caller: &Caller,
        prepared: Prepared<'_>,
        found: Option<LookUp>,
    ) -> Result<IssuedUrl, IssueError> {
        let until = Until::from_now(self.patience);
        let settled = match self.judge(&prepared, found.as_ref()) {
            Judged::Serve(settled) => settled,
            Judged::Sign { store, tried } => {
                let (row, by) = self.sign(caller, &prepared, found.as_ref()).await?;
                Settled { row, by: Some(by), store, tried }
            }
        };
        let verified = self.verify(&prepared, found.as_ref(), &settled, until).await?;
        let (request, terms) = (prepared.bound.request(), &prepared.terms);
        let permitted_by = terms.permitted_by.clone();
        let Settled { row, by, store, .. } = settled;
        let issued = match by {
            None => IssuedUrl::found(request, permitted_by, row, self.now()),
            Some(by) => {
                let stored = match terms.key.as_ref().filter(|_| store) {
                    Some(key) => self.store(&[(key.clone(), Arc::clone(&row))]).await,
                    None => false,
                };
                let now = self.now();
                IssuedUrl::signed(request, permitted_by, row, stored, now).map(|issued| issued.by(&by.session, now))
            }
        };
        Ok(IssuedUrl { verified, ..issued? })
    }

    /// All that can be said of a request before the cache is asked. The policies come first: who may not have the URL learns
    /// nothing of the profiles, and gets nothing from the cache.
    pub(crate) async fn prepare<'a>(
        &'a self,
        caller: &Caller,
        request: &'a UrlRequest,
    ) -> Result<Prepared<'a>, IssueError> {
        let bound = BoundRequest::new(request, &self.profiles);
        let headers = bound.as_ref().map_or(request.headers(), BoundRequest::headers);
        let permitted_by = self.gate.admit(caller, request, headers, (self.clock)())?;
        let bound = bound?;
        let profile = bound.profile();
        let asked = request.asked();
        self.check_bounds(profile, asked).await?;
        let attributed = self.attributed(caller, profile)?;
        let identity = self.sessions.identity(profile).await?;
        let cached = profile.caches(request.operation()) && request.may_be_cached();
        let key = cached.then(|| bound.cache_key(&attributed, &identity));
        let scopes = Scopes::new(bound.scopes(), identity);
        Ok(Prepared { bound, terms: Arc::new(Terms { permitted_by, attributed, key, scopes }) })
    }

    /// Whether what was found in the cache answers it.
    pub(crate) fn judge(&self, prepared: &Prepared<'_>, found: Option<&LookUp>) -> Judged {
        let request = prepared.bound.request();
        let tried = self.is_tried(prepared, found);
        match found.map(|found| prepared.terms.judge(found, request, self.now())) {
            // What an upload's trial tells is true of the session that makes it, and of no other's URL.
            Some(Verdict::Serve(_)) if tried && request.operation() == Operation::PutObject => {
                Judged::Sign { store: false, tried }
            }
            Some(Verdict::Serve(row)) => Judged::Serve(Settled { row, by: None, store: false, tried }),
            verdict => Judged::Sign { store: matches!(verdict, Some(Verdict::SignAndStore)), tried },
        }
    }

    /// Signs afresh.
    ///
    /// The order is what makes it correct: generations first, then a session that belongs to them, then the signature, then the
    /// row under them. A change in between leaves a row that is dead on arrival.
    pub(crate) async fn sign(
        &self,
        caller: &Caller,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
    ) -> Result<(Arc<CachedUrl>, Opened), IssueError> {
        let Prepared { bound, terms } = prepared;
        let Terms { attributed, scopes, .. } = &**terms;
        let (request, profile) = (bound.request(), bound.profile());
        let now = (self.clock)();
        let generations = found.map(|found| found.generations_of_session(&scopes.of_session, now));
        let ceilings = self.ceilings.of(found, &scopes.all);
        let bounds = profile.bounds().under(ceilings);
        let session_request = SessionRequest {
            profile,
            policy: bound.session_policy(),
            attributed,
            asked: request.asked(),
            bounds: &bounds,
            longest: ceilings.session,
            generations: generations.as_ref(),
        };
        let session = self.sessions.session(session_request, now).await?;
        let signed = bound.sign(&bounds, &session, (self.clock)());
        let signed = signed.map_err(|error| sign_error(error, request.asked(), &bounds, &session))?;
        let row = Arc::new(CachedUrl {
            url: signed.url,
            headers: bound.headers().iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            expires_at: signed.expires_at,
            signed_for: signed.lifetime.expires_in,
            limited_by: signed.lifetime.limited_by,
            signed_by: session.signed_by.clone(),
            generations: found.map(|found| found.generations(&scopes.of_url)).unwrap_or_default(),
            issued_for: IssuedFor {
                caller: caller.name().to_owned(),
                tenant: self.gate.asker(caller).tenant.map(str::to_owned),
                operation: request.operation(),
                bucket: request.bucket().clone(),
                key: request.key().to_string(),
            },
        });
        Ok((row, Opened { session, bounds }))
    }

    /// A session to sign with that is not for a URL of the cache: it is confined to `policy`, and no older than the last change
    /// of what it depends on.
    pub(crate) async fn session(
        &self,
        caller: &Caller,
        profile: &BucketProfile,
        policy: &str,
        asked: &Asked,
        scopes: Vec<Scope>,
    ) -> Result<Opened, IssueError> {
        let attributed = self.attributed(caller, profile)?;
        let scopes = Scopes::new(scopes, self.sessions.identity(profile).await?);
        let found = self.look_up(&[], &scopes.all).await;
        let now = self.now();
        let generations = found.as_ref().map(|found| found.generations_of_session(&scopes.of_session, now));
        let ceilings = self.ceilings.of(found.as_ref(), &scopes.all);
        let bounds = profile.bounds().under(ceilings);
        let request = SessionRequest {
            profile,
            bounds: &bounds,
            longest: ceilings.session,
            policy,
            attributed: &attributed,
            asked,
            generations: generations.as_ref(),
        };
        let session = self.sessions.session(request, now).await?;
        Ok(Opened { session, bounds })
    }

    /// Refuses what can be refused before anything is looked up.
    ///
    /// # Errors
    /// When the lifetime that is insisted on is longer than the profile grants; with what can be had, for which the cache is asked.
    pub(crate) async fn check_bounds(&self, profile: &BucketProfile, asked: &Asked) -> Result<(), IssueError> {
        let (bounds, fresh) = (profile.bounds(), profile.signer().fresh_session());
        let Err(error) = asked.check_bounds(bounds, fresh) else { return Ok(()) };
        let bucket = [Scope::Bucket(profile.bucket().clone())];
        // Boxed, since few requests come to it.
        let found = Box::pin(self.look_up(&[], &bucket)).await;
        let known = asked.check_bounds(&bounds.under(self.ceilings.of(found.as_ref(), &bucket)), fresh);
        Err(lifetime_error(asked, known.err().unwrap_or(error)))
    }

    /// What the profile's sessions bear for this caller.
    fn attributed(&self, caller: &Caller, profile: &BucketProfile) -> Result<Attributed, NoTenant> {
        profile.signer().attribution().of(self.gate.asker(caller))
    }

    /// None when the cache does not answer, or not in time: signing afresh is always safe.
    pub(crate) async fn look_up(&self, wanted: &[WantedRow<'_>], scopes: &[Scope]) -> Option<LookUp> {
        let found = self.in_time(self.cache.look_up(wanted, scopes)).await;
        found.inspect_err(|error| tracing::warn!(error, "the cache cannot be read, so URLs are signed afresh")).ok()
    }

    /// Waits for the write: a Lambda instance may be frozen as soon as it has answered.
    pub(crate) async fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> bool {
        let stored = self.in_time(self.cache.store(rows)).await;
        stored.inspect_err(|error| tracing::warn!(error, "URLs could not be stored")).is_ok()
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// What the cache answers, if it does within the wait that a request grants it.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, C::Error>>) -> Result<T, String> {
        match tokio::time::timeout(self.cache_timeout, answer).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err("it does not answer in time".to_owned()),
        }
    }
}

fn lifetime_error(asked: &Asked, error: LifetimeError) -> IssueError {
    IssueError::Lifetime { error, field: asked.insisting_field() }
}

pub(crate) fn sign_error(error: SignError, asked: &Asked, bounds: &Bounds, session: &SigningSession) -> IssueError {
    match error {
        SignError::Lifetime(error) => lifetime_error(asked, asked.retryable(error, bounds, session.fresh)),
        SignError::Refused(refusal) => IssueError::Refused(refusal),
        SignError::Date(_) => IssueError::Sign(error),
    }
}

/// What is left of a URL, where that is as much as the request insists on.
fn whole_seconds_left(request: &UrlRequest, row: &CachedUrl, now: SystemTime) -> Result<Duration, IssueError> {
    let left = row.left(now);
    let least = request.asked().minimum_remaining.map_or(Duration::ZERO, ExpiresIn::duration);
    if left.is_zero() || left + ON_THE_WAY < least {
        return Err(IssueError::TooLate);
    }
    Ok(Duration::from_secs(left.as_secs()))
}

/// What signing, trying, storing and answering may take of a URL's life without being told.
const ON_THE_WAY: Duration = Duration::from_secs(5);

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
        let left = whole_seconds_left(request, &row, now)?;
        Ok(Self::new(request, permitted_by, row, left, CacheUse::Hit))
    }

    /// Signed for this request.
    ///
    /// # Errors
    /// When too little of it is left by now.
    pub(crate) fn signed(
        request: &UrlRequest,
        permitted_by: Vec<String>,
        row: Arc<CachedUrl>,
        stored: bool,
        now: SystemTime,
    ) -> Result<Self, IssueError> {
        let left = whole_seconds_left(request, &row, now)?;
        let signed_for = row.signed_for.duration();
        let expires_in = if signed_for.saturating_sub(left) <= ON_THE_WAY { signed_for } else { left };
        let cache = if stored { CacheUse::Miss } else { CacheUse::Bypass };
        Ok(Self::new(request, permitted_by, row, expires_in, cache))
    }

    pub(crate) fn by(self, session: &SigningSession, now: SystemTime) -> Self {
        Self { session_age: session.age(now), ..self }
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
