use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client;
use lru::LruCache;
use presign::clock::Clock;
use presign::names::{Principal, RoleArn};
use presign::profile::{BucketProfile, Signer};
use presign::signing_session::{SessionError, SessionRequest, SigningSession, SigningSessions};

use crate::environment::Environment;
use crate::held::Place;
use crate::role::assume;
use crate::sts_error::PAUSE_AFTER_FAILURE;

/// Sessions from STS. For one role, confinement and caller there is one session at a time, however many ask.
pub struct StsSessions {
    sts: Client,
    clock: Clock,
    environment: Environment,
    places: Mutex<LruCache<PlaceKey, Arc<Place>>>,
}

/// What makes two sessions interchangeable.
#[derive(PartialEq, Eq, Hash)]
struct PlaceKey {
    role: String,
    session_policy: String,
    name: String,
}

impl StsSessions {
    const MOST_PLACES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

    /// `own_credentials` are those of the process itself, for profiles that sign with them.
    #[must_use]
    pub fn new(sts: Client, own_credentials: Option<SharedCredentialsProvider>, clock: Clock) -> Self {
        let environment = Environment::new(sts.clone(), own_credentials);
        Self { sts, clock, environment, places: Mutex::new(LruCache::new(Self::MOST_PLACES)) }
    }

    fn place(&self, role: &RoleArn, request: &SessionRequest<'_>) -> Arc<Place> {
        let key = PlaceKey {
            role: role.to_string(),
            session_policy: request.profile.session_policy(request.class).to_owned(),
            name: request.name.to_string(),
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.get_or_insert(key, Arc::default))
    }

    async fn of_role(
        &self,
        role: &RoleArn,
        duration: std::time::Duration,
        request: SessionRequest<'_>,
        now: SystemTime,
    ) -> Result<Arc<SigningSession>, SessionError> {
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
        match assume(&self.sts, role, duration, &request).await {
            Ok(session) => Ok(place.hold(session, duration, (self.clock)())),
            Err(error) => {
                let now = (self.clock)();
                place.failed(error.clone(), now + PAUSE_AFTER_FAILURE);
                place.usable(&request, now).ok_or(error)
            }
        }
    }
}

impl SigningSessions for StsSessions {
    async fn principal(&self, profile: &BucketProfile) -> Result<Option<Principal>, SessionError> {
        match profile.signer() {
            Signer::Role { arn, .. } => Ok(Some(arn.principal().clone())),
            Signer::Environment { .. } => self.environment.principal((self.clock)()).await,
        }
    }

    async fn session(&self, request: SessionRequest<'_>, now: SystemTime) -> Result<Arc<SigningSession>, SessionError> {
        match request.profile.signer() {
            Signer::Role { arn, session_duration } => self.of_role(arn, *session_duration, request, now).await,
            Signer::Environment { trusted_for } => {
                self.environment.session(*trusted_for, request.generations, now).await.map(Arc::new)
            }
        }
    }
}
