use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http_api::{Gate, Rate};
use metrics::counter;
use presign::attribution::{Attributed, NoTenant};
use presign::cache::{CacheKey, CachedUrl, IssuedFor, LookUp, UrlCache, Verdict, WantedRow};
use presign::clock::Clock;
use presign::generation::Scope;
use presign::lifetime::{Asked, Ceilings, ExpiresIn, LifetimeError};
use presign::operation::Operation;
use presign::profile::{BucketProfile, Profiles};
use presign::request::UrlRequest;
use presign::signed_request::BoundRequest;
use presign::signing_session::{Ask, SessionRequest, SigningSessions};
use s3_calls::S3Calls;

use crate::ceilings::KnownCeilings;
use crate::issue_error::{lifetime_error, sign_error};
use crate::known::{Known, KnownRequests};
use crate::overtaken::{Overtaken, ReadAt};
use crate::signers_patience::SignersPatience;
use crate::steps::{Admitted, Judged, Opened, Origin, Prepared, Scopes, Settled, Terms, Then};
use crate::verification::{PATIENCE, Until, VerifiedGenerations};
use crate::{Caller, IssueError, IssuedUrl};

/// Issues URLs: one request's way through profile, cache, session and signature.
pub struct Issuer<C, S> {
    pub(crate) gate: Gate,
    /// How often each caller has asked, where that is limited.
    pub(crate) rate: Option<Rate>,
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

/// What a session is to be for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    profile: &'a BucketProfile,
    policy: &'a str,
    attributed: &'a Attributed,
    asked: &'a Asked,
}

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    pub fn new(gate: Gate, profiles: Profiles, cache: C, cache_timeout: Duration, sessions: S, clock: Clock) -> Self {
        Self {
            rate: gate.requests_per_second().map(Rate::new),
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

    /// With another limit than the usual one, for tests: all trials of a request share it, and all signers of a batch share half of it.
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
        let admitted = self.admit_url(caller, request)?;
        self.check_bounds(admitted.bound.profile(), request.asked()).await?;
        let prepared = self.prepare(caller, admitted, &mut SignersPatience::of_one()).await?;
        if self.are_lasting(&prepared) {
            asked.keep(&prepared.terms);
        }
        let found = self.look_up_row(request, &prepared.terms).await;
        self.conclude(caller, prepared, found).await
    }

    /// Whether the terms are the same each time, for as long as the issuer lives, and are all that an answer from the cache takes. Who
    /// signs is known by the settings where that is a role; other signers' names are asked of STS, and may change. What is tried before
    /// it is handed out takes more.
    fn are_lasting(&self, Prepared { bound, terms }: &Prepared<'_>) -> bool {
        let profile = bound.profile();
        let to_try = bound.request().wants_verification() || profile.verifies_after_invalidation();
        terms.key.is_some() && profile.signer().role().is_some() && !to_try && !self.gate.policies_speak_of_the_time()
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
        let (until, read_at) = (Until::from_now(self.patience), ReadAt::now());
        let mut settled = self.settle(caller, &prepared, found.as_ref(), &mut SignersPatience::of_one()).await?;
        let mut verified = self.verify(&prepared, found.as_ref(), &settled, until).await?;
        if read_at.is_long_ago()
            && let Some(Overtaken(by_now)) = self.overtaken(&prepared.terms, found.as_ref(), &settled).await
        {
            // What the first trial has taken is gone: a signer is asked in half of a request's time, or what is held signs.
            let signers = &mut SignersPatience::new(until.left().saturating_sub(self.patience / 2));
            settled = self.settle(caller, &prepared, by_now.as_ref(), signers).await?;
            verified = self.verify(&prepared, by_now.as_ref(), &settled, until).await?;
        }
        let (request, terms) = (prepared.bound.request(), &prepared.terms);
        let stored = match terms.key.as_ref().filter(|_| settled.then.store) {
            Some(key) => self.store(&[(key.clone(), Arc::clone(&settled.row))]).await,
            None => false,
        };
        let issued = IssuedUrl::settled(request, terms.permitted_by.clone(), settled, stored, self.now())?;
        Ok(IssuedUrl { verified, ..issued })
    }

    /// What answers it, from what was found in the cache, or signed now.
    async fn settle(
        &self,
        caller: &Caller,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        signers: &mut SignersPatience,
    ) -> Result<Settled, IssueError> {
        match self.judge(prepared, found) {
            Judged::Serve(settled) => Ok(settled),
            Judged::Sign(then) => {
                let by = self.open(prepared, found, signers).await?;
                self.sign(caller, prepared, found, by, then)
            }
        }
    }

    /// All that can be said of a request before the cache is asked.
    pub(crate) async fn prepare<'a>(
        &self,
        caller: &Caller,
        Admitted { bound, permitted_by }: Admitted<'a>,
        signers: &mut SignersPatience,
    ) -> Result<Prepared<'a>, IssueError> {
        let (request, profile) = (bound.request(), bound.profile());
        let attributed = self.attributed(caller, profile)?;
        let identity = signers.wait(async |ask| self.sessions.identity(profile.signer(), ask).await).await?;
        let cached = profile.caches(request.operation()) && request.may_be_cached();
        let key = cached.then(|| bound.cache_key(&attributed, &identity));
        let made_to_sign = profile.signer().is_confined();
        let scopes = Scopes::new(bound.scopes_of_profiles(), bound.scope_of_named_key(), &identity, made_to_sign);
        Ok(Prepared { bound, terms: Arc::new(Terms { permitted_by, attributed, key, scopes, signer: identity }) })
    }

    /// Whether what was found in the cache answers it.
    pub(crate) fn judge(&self, prepared: &Prepared<'_>, found: Option<&LookUp>) -> Judged {
        let request = prepared.bound.request();
        let to_try = self.is_to_be_tried(prepared, found);
        let not_stored = Then { store: false, to_try };
        match found.map(|found| prepared.terms.judge(found, request, self.now())) {
            // What an upload's trial tells is true of the session that makes it, and of no other's URL.
            Some(Verdict::Serve(_)) if to_try && request.operation() == Operation::PutObject => {
                Judged::Sign(not_stored)
            }
            Some(Verdict::Serve(row)) => Judged::Serve(Settled { row, origin: Origin::Cache, then: not_stored }),
            Some(Verdict::SignAndStore) => Judged::Sign(Then { store: true, to_try }),
            Some(Verdict::SignOnly) | None => Judged::Sign(not_stored),
        }
    }

    /// A session to sign with.
    ///
    /// The order is what makes it correct: generations first, then a session that belongs to them, then the signature, then the
    /// row under them. A change in between leaves a row that is dead on arrival.
    pub(crate) async fn open(
        &self,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        signers: &mut SignersPatience,
    ) -> Result<Opened, IssueError> {
        let Prepared { bound, terms } = prepared;
        let wanted = Wanted {
            profile: bound.profile(),
            policy: bound.session_policy(),
            attributed: &terms.attributed,
            asked: bound.request().asked(),
        };
        self.open_for(wanted, &terms.scopes, found, signers).await
    }

    /// Signs afresh, under the generations that were found before the session was opened.
    pub(crate) fn sign(
        &self,
        caller: &Caller,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        by: Opened,
        mut then: Then,
    ) -> Result<Settled, IssueError> {
        let Prepared { bound, terms } = prepared;
        let Opened { session, bounds, .. } = &by;
        let (request, scopes, now) = (bound.request(), &terms.scopes, self.now());
        let signed = bound.sign(bounds, session, now);
        let signed = signed.map_err(|error| sign_error(error, request.asked(), bounds, session))?;
        let session_age = session.age(now);
        // Else it would lie where the changes of whoever has signed it do not end it.
        then.store &= session.owner.is_who(&terms.signer);
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
        Ok(Settled { row, origin: Origin::Signed { by, session_age }, then })
    }

    /// A session to sign with that is not for a URL of the cache: it is confined to `policy`, and no older than the last change
    /// of what it depends on.
    pub(crate) async fn session(
        &self,
        caller: &Caller,
        profile: &BucketProfile,
        policy: &str,
        asked: &Asked,
    ) -> Result<Opened, IssueError> {
        let attributed = &self.attributed(caller, profile)?;
        let identity = self.sessions.identity(profile.signer(), Ask::Signer).await?;
        let scopes = Scopes::new(profile.scopes().collect(), None, &identity, profile.signer().is_confined());
        let found = self.look_up(&[], &scopes.all).await;
        let (wanted, read_at) = (Wanted { profile, policy, attributed, asked }, ReadAt::now());
        let opened = self.open_for(wanted, &scopes, found.as_ref(), &mut SignersPatience::of_one()).await?;
        if !read_at.is_long_ago() {
            return Ok(opened);
        }
        // A change may have been handled meanwhile. The session is at hand, if it is newer.
        let by_now = self.look_up(&[], &scopes.all).await;
        self.open_for(wanted, &scopes, by_now.as_ref(), &mut SignersPatience::of_one()).await
    }

    async fn open_for(
        &self,
        Wanted { profile, policy, attributed, asked }: Wanted<'_>,
        scopes: &Scopes,
        found: Option<&LookUp>,
        signers: &mut SignersPatience,
    ) -> Result<Opened, IssueError> {
        let now = self.now();
        let generations = found.map(|found| found.generations_of_session(&scopes.of_session, now));
        let ceilings = self.ceilings.of(found, &scopes.all);
        let bounds = profile.bounds().under(ceilings);
        let session = signers.wait(async |ask| {
            let request = SessionRequest {
                signer: profile.signer(),
                policy,
                attributed,
                asked,
                bounds: &bounds,
                longest: ceilings.session,
                scopes: &scopes.of_session,
                generations: generations.as_ref(),
                ask,
            };
            self.sessions.session(request, now).await
        });
        Ok(Opened { session: session.await?, bounds, at: self.now() })
    }

    /// Refuses what can be refused before a session is opened.
    ///
    /// # Errors
    /// When the lifetime that is insisted on is longer than the profile grants; with what can be had, for which the cache is asked.
    pub(crate) async fn check_bounds(&self, profile: &BucketProfile, asked: &Asked) -> Result<(), IssueError> {
        let Err(error) = check_lifetime(profile, asked, Ceilings::default()) else { return Ok(()) };
        // Boxed, since few requests come to it.
        let found = Box::pin(self.look_up_ceilings(profile)).await;
        Err(self.refused(profile, asked, error, found.as_ref()))
    }

    /// What the cache has of how long URLs and sessions of a profile may be.
    pub(crate) async fn look_up_ceilings(&self, profile: &BucketProfile) -> Option<LookUp> {
        self.look_up(&[], &scopes_with_ceilings(profile)).await
    }

    /// The refusal of a lifetime, with what can be had where this was found of the profile's ceilings.
    pub(crate) fn refused(
        &self,
        profile: &BucketProfile,
        asked: &Asked,
        error: LifetimeError,
        found: Option<&LookUp>,
    ) -> IssueError {
        let ceilings = self.ceilings.of(found, &scopes_with_ceilings(profile));
        lifetime_error(asked, check_lifetime(profile, asked, ceilings).err().unwrap_or(error))
    }

    /// What the profile's sessions bear for this caller.
    fn attributed(&self, caller: &Caller, profile: &BucketProfile) -> Result<Attributed, NoTenant> {
        profile.signer().attribution().of(self.gate.asker(caller))
    }

    /// None when the cache does not answer, or not in time: signing afresh is always safe.
    pub(crate) async fn look_up(&self, wanted: &[WantedRow<'_>], scopes: &[Scope]) -> Option<LookUp> {
        let found = self.in_time(self.cache.look_up(wanted, scopes)).await;
        found.inspect_err(|error| without_cache(error, "the cache cannot be read, so URLs are signed afresh")).ok()
    }

    /// Waits for the write: a Lambda instance may be frozen as soon as it has answered.
    pub(crate) async fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> bool {
        let stored = self.in_time(self.cache.store(rows)).await;
        stored.inspect_err(|error| without_cache(error, "URLs could not be stored")).is_ok()
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

/// Says and counts what no caller is told of, who is given a URL all the same: it is signed by a session of which nobody knows whether it
/// is from before a change.
fn without_cache(error: &str, what: &str) {
    counter!("CacheUnavailable").increment(1);
    tracing::warn!(error, "{what}");
}

/// Whether the lifetime that is insisted on can be had, as far as the profile tells, and these.
///
/// # Errors
/// When it cannot.
pub(crate) fn check_lifetime(profile: &BucketProfile, asked: &Asked, ceilings: Ceilings) -> Result<(), LifetimeError> {
    let granted = ceilings.session.map_or(Duration::MAX, ExpiresIn::duration);
    let fresh = profile.signer().fresh_session().map(|stated| stated.min(granted));
    asked.check_bounds(&profile.bounds().under(ceilings), fresh)
}

/// What the profile's ceilings are known by: the bucket, and the role that signs.
fn scopes_with_ceilings(profile: &BucketProfile) -> Vec<Scope> {
    let role = profile.signer().role().map(|role| Scope::Sessions(role.principal().clone()));
    std::iter::once(Scope::Bucket(profile.bucket().clone())).chain(role).collect()
}
