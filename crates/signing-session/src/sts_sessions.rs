use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client;
use lru::LruCache;
use presign::attribution::Attributed;
use presign::clock::Clock;
use presign::generation::Generations;
use presign::lifetime::ExpiresIn;
use presign::names::RoleArn;
use presign::profile::{BucketProfile, Signer};
use presign::signing_session::{SessionError, SessionRequest, SignerIdentity, SigningSession, SigningSessions};

use crate::environment::Environment;
use crate::held::Place;
use crate::role::assume;
use crate::sts_error::PAUSE_AFTER_FAILURE;

/// Sessions from STS. For one role, confinement and name there is one session at a time, however many ask.
pub struct StsSessions {
    sts: Client,
    clock: Clock,
    environment: Environment,
    places: Mutex<LruCache<PlaceKey, Arc<Place>>>,
    /// By role, the newest generations that any request has come with.
    newest: Mutex<HashMap<String, Generations>>,
}

/// What makes two sessions interchangeable.
#[derive(PartialEq, Eq, Hash)]
struct PlaceKey {
    role: String,
    session_policy: String,
    attributed: Attributed,
}

impl StsSessions {
    const MOST_PLACES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

    /// `own_credentials` are those of the process itself, for profiles that sign with them.
    #[must_use]
    pub fn new(sts: Client, own_credentials: Option<SharedCredentialsProvider>, clock: Clock) -> Self {
        let environment = Environment::new(sts.clone(), own_credentials, clock.clone());
        Self { sts, clock, environment, places: Mutex::new(LruCache::new(Self::MOST_PLACES)), newest: Mutex::default() }
    }

    fn place(&self, role: &RoleArn, request: &SessionRequest<'_>) -> Arc<Place> {
        let key = PlaceKey {
            role: role.to_string(),
            session_policy: request.policy.to_owned(),
            attributed: request.attributed.clone(),
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.get_or_insert(key, Arc::default))
    }

    /// What a session of `role` must belong to: the newest generations known, even where a request could read none.
    fn needed(&self, role: &RoleArn, read: Option<&Generations>) -> Option<Generations> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Some(read) => {
                let known = newest.entry(role.to_string()).or_default();
                known.catch_up(read);
                Some(known.clone())
            }
            None => newest.get(role.as_str()).cloned(),
        }
    }

    async fn of_role(
        &self,
        role: &RoleArn,
        duration: Duration,
        request: SessionRequest<'_>,
        now: SystemTime,
    ) -> Result<Arc<SigningSession>, SessionError> {
        let needed = self.needed(role, request.generations);
        let request = SessionRequest { generations: needed.as_ref(), ..request };
        let place = self.place(role, &request);
        if let Some(session) = place.good(&request, now) {
            return Ok(session);
        }
        let _turn = match place.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => match place.usable(&request, now) {
                // Someone is renewing it already, and it still does: waiting would gain little, and cost all of STS's time.
                Some(session) => return Ok(session),
                None => place.turn.lock().await,
            },
        };
        let now = (self.clock)();
        if let Some(session) = place.good(&request, now) {
            return Ok(session);
        }
        if let Some(failure) = place.recent_failure(now) {
            return place.usable(&request, now).ok_or(failure);
        }
        match assume(&self.sts, role, duration, &request, now).await {
            Ok(session) => Ok(place.hold(session)),
            Err(error) => {
                let now = (self.clock)();
                place.failed(error.clone(), now + PAUSE_AFTER_FAILURE);
                place.usable(&request, now).ok_or(error)
            }
        }
    }
}

impl SigningSessions for StsSessions {
    async fn identity(&self, profile: &BucketProfile) -> Result<SignerIdentity, SessionError> {
        match profile.signer() {
            Signer::Role { arn, .. } => Ok(SignerIdentity {
                arn: arn.to_string(),
                account: arn.principal().account().clone(),
                principal: Some(arn.principal().clone()),
            }),
            Signer::Environment { .. } => self.environment.identity().await,
        }
    }

    async fn session(&self, request: SessionRequest<'_>, now: SystemTime) -> Result<Arc<SigningSession>, SessionError> {
        match request.profile.signer() {
            Signer::Role { arn, session_duration, .. } => {
                // A role that gives less than is asked for gives nothing.
                let longest = request.longest.map_or(*session_duration, ExpiresIn::duration);
                self.of_role(arn, longest.min(*session_duration), request, now).await
            }
            Signer::Environment { trusted_for } => {
                self.environment.session(*trusted_for, request.generations).await.map(Arc::new)
            }
        }
    }
}
