use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_sts::{Client, Config};
use lru::LruCache;
use presign::attribution::Attributed;
use presign::clock::Clock;
use presign::generation::{Generations, Scope};
use presign::lifetime::ExpiresIn;
use presign::names::{RoleArn, SecretId};
use presign::profile::Signer;
use presign::signing_session::{Ask, SessionError, SessionRequest, SignerIdentity, SigningSession, SigningSessions};

use crate::KeySources;
use crate::credentials_signer::{CredentialsSigner, Source};
use crate::federation::federate;
use crate::place::{Place, Use};
use crate::role::assume;
use crate::sts_error::NoSession;
use crate::user_key::UserKey;
use crate::web_identity::assume_with_token;

/// Sessions from STS. For one signer, confinement and name there is one session at a time, however many ask.
pub struct StsSessions {
    /// Of the client that makes sessions of roles.
    sts: Config,
    /// Made when a role is first assumed: an instance whose URLs others have made needs none.
    client: OnceLock<Client>,
    clock: Clock,
    secrets: aws_sdk_secretsmanager::Config,
    environment: CredentialsSigner,
    container: CredentialsSigner,
    /// By the secret that keeps its key.
    users: Mutex<HashMap<SecretId, Arc<CredentialsSigner>>>,
    places: Mutex<LruCache<PlaceKey, Arc<Place<SigningSession>>>>,
    /// By signer, the newest generations that any request has come with.
    newest: Mutex<HashMap<String, Generations>>,
    /// The roles that have refused a session for its length, each with that length, and the time until when it is asked for no more than
    /// all give in its stead.
    short: Mutex<HashMap<String, (Duration, SystemTime)>>,
}

/// The least that a role's `MaxSessionDuration` can be.
/// Source: IAM API reference, `UpdateRole`.
const EVERY_ROLE_GIVES: Duration = Duration::from_hours(1);

/// How long that is remembered: by then the reconciler has looked what the role really gives.
const SHORT_FOR: Duration = Duration::from_mins(15);

/// What makes two sessions interchangeable.
#[derive(PartialEq, Eq, Hash)]
struct PlaceKey {
    maker: &'static str,
    signer: String,
    session_policy: String,
    attributed: Attributed,
}

/// How a session is made.
enum Way<'a> {
    Role(&'a RoleArn),
    WebIdentity { role: &'a RoleArn, token_file: &'a str },
    FederationToken { secret: &'a SecretId, user: Arc<CredentialsSigner> },
}

impl Way<'_> {
    fn signer(&self) -> &str {
        match self {
            Self::Role(role) | Self::WebIdentity { role, .. } => role.as_str(),
            Self::FederationToken { secret, .. } => secret.as_str(),
        }
    }

    /// Whether what it makes is still `owner`'s: the secret may have got another user's key, and the user another name.
    fn is_still(&self, owner: &SignerIdentity) -> bool {
        match self {
            Self::Role(_) | Self::WebIdentity { .. } => true,
            Self::FederationToken { user, .. } => user.is_still(owner),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::WebIdentity { .. } => "webIdentity",
            Self::FederationToken { .. } => "federationToken",
        }
    }
}

impl StsSessions {
    const MOST_PLACES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

    #[must_use]
    pub fn new(sts: Config, keys: KeySources, clock: Clock) -> Self {
        let signer =
            |name, provider| CredentialsSigner::new(name, sts.clone(), Source::Provider(provider), clock.clone());
        Self {
            environment: signer("environment", keys.environment),
            container: signer("container", keys.container),
            secrets: keys.secrets,
            users: Mutex::default(),
            places: Mutex::new(LruCache::new(Self::MOST_PLACES)),
            newest: Mutex::default(),
            short: Mutex::default(),
            sts,
            client: OnceLock::new(),
            clock,
        }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::from_conf(self.sts.clone()))
    }

    /// The user whose key the secret keeps.
    fn user(&self, secret: &SecretId) -> Arc<CredentialsSigner> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let user = users.entry(secret.clone()).or_insert_with(|| {
            let client = aws_sdk_secretsmanager::Client::from_conf(self.secrets.clone());
            let key = Source::UserKey(UserKey::new(client, secret.clone()));
            Arc::new(CredentialsSigner::new(secret.as_str(), self.sts.clone(), key, self.clock.clone()))
        });
        Arc::clone(user)
    }

    fn place(&self, way: &Way<'_>, request: &SessionRequest<'_>) -> Arc<Place<SigningSession>> {
        let key = PlaceKey {
            maker: way.name(),
            signer: way.signer().to_owned(),
            session_policy: request.policy.to_owned(),
            attributed: request.attributed.clone(),
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.get_or_insert(key, Arc::default))
    }

    /// What a session of `signer` must belong to: the newest generations known of what the request depends on, even where it could read
    /// none. What others depend on is nothing to it: two buckets of one role would renew each other's sessions.
    fn needed(&self, signer: &str, request: &SessionRequest<'_>) -> Option<Generations> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = request.generations {
            newest.entry(signer.to_owned()).or_default().catch_up(read);
        }
        newest.get(signer).map(|known| known.of(request.scopes))
    }

    /// What a session of `signer` belongs to that is made now: all that any request has read before.
    fn newest(&self, signer: &str) -> Option<Generations> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).get(signer).cloned()
    }

    async fn made(
        &self,
        way: Way<'_>,
        duration: Duration,
        request: SessionRequest<'_>,
        now: SystemTime,
    ) -> Result<Arc<SigningSession>, SessionError> {
        let needed = self.needed(way.signer(), &request);
        let request = &SessionRequest { generations: needed.as_ref(), ..request };
        let place = self.place(&way, request);
        let make = async |now, _| Ok(self.make(&way, duration, request, now).await?);
        let judge = |held: &SigningSession, now| {
            if way.is_still(&held.owner) { judge(held, request, now) } else { Use::No }
        };
        place.get(&self.clock, now, request.ask, judge, make).await
    }

    async fn make(
        &self,
        way: &Way<'_>,
        duration: Duration,
        request: &SessionRequest<'_>,
        now: SystemTime,
    ) -> Result<SigningSession, SessionError> {
        let newest = self.newest(way.signer());
        let request = &SessionRequest { generations: newest.as_ref(), ..*request };
        match way {
            Way::Role(role) => self.of_role((role, None), duration, request, now).await,
            Way::WebIdentity { role, token_file } => {
                self.of_role((role, Some(token_file)), duration, request, now).await
            }
            Way::FederationToken { secret, user } => {
                // A change of a bucket or a key leaves the user and its access key what they are.
                let of_user = |scope: &&Scope| !matches!(scope, Scope::Bucket(_) | Scope::KmsKey(_));
                let of_user = newest.as_ref().map(|newest| newest.of(request.scopes.iter().filter(of_user)));
                let (sts, owner) = user.sts(of_user.as_ref()).await?;
                federate(&sts, (secret, owner), duration, request, now).await
            }
        }
    }

    /// A session of the role, with the file of the token that it takes, if it takes one. Where it gives less than `duration`, as after
    /// its `MaxSessionDuration` was lowered, it is asked for what every role gives: until the reconciler has looked, nobody knows by how
    /// much it was.
    async fn of_role(
        &self,
        role: (&RoleArn, Option<&str>),
        duration: Duration,
        request: &SessionRequest<'_>,
        now: SystemTime,
    ) -> Result<SigningSession, SessionError> {
        let short = || self.short.lock().unwrap_or_else(PoisonError::into_inner);
        let name = role.0.as_str();
        let is_short = short().get(name).is_some_and(|(refused, until)| duration >= *refused && now < *until);
        let asked = if is_short { duration.min(EVERY_ROLE_GIVES) } else { duration };
        match self.assumed(role, asked, request, now).await {
            Err(NoSession::TooLong(_)) if asked > EVERY_ROLE_GIVES => {
                let seconds = asked.as_secs();
                tracing::warn!(
                    role = name,
                    seconds,
                    "the role gives no session for so long, and is asked for one of an hour"
                );
                short().insert(name.to_owned(), (asked, now + SHORT_FOR));
                Ok(self.assumed(role, EVERY_ROLE_GIVES, request, now).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// One attempt at it.
    async fn assumed(
        &self,
        (role, token_file): (&RoleArn, Option<&str>),
        duration: Duration,
        request: &SessionRequest<'_>,
        now: SystemTime,
    ) -> Result<SigningSession, NoSession> {
        match token_file {
            None => assume(self.client(), role, duration, request, now).await,
            Some(file) => assume_with_token(self.client(), role, file, duration, request, now).await,
        }
    }
}

/// What use `request` has for a session that is held.
fn judge(held: &SigningSession, request: &SessionRequest<'_>, now: SystemTime) -> Use {
    if request.generations.is_some_and(|needed| !held.generations.cover(needed)) {
        Use::No
    } else if !request.asked.wants_renewal(request.bounds, held.expiry, held.fresh, now) {
        Use::Good
    } else if request.asked.plan(request.bounds, held.expiry, now).is_ok() {
        Use::Usable
    } else {
        Use::No
    }
}

impl SigningSessions for StsSessions {
    async fn identity(&self, signer: &Signer, ask: Ask) -> Result<SignerIdentity, SessionError> {
        match signer {
            Signer::Role { arn, .. } | Signer::WebIdentity { arn, .. } => Ok(arn.into()),
            Signer::FederationToken { secret, .. } | Signer::UserKey { secret } => {
                self.user(secret).identity(ask).await
            }
            Signer::Container => self.container.identity(ask).await,
            Signer::Environment { .. } => self.environment.identity(ask).await,
        }
    }

    async fn session(&self, request: SessionRequest<'_>, now: SystemTime) -> Result<Arc<SigningSession>, SessionError> {
        // A role that gives less than is asked for gives nothing.
        let longest = |stated: Duration| request.longest.map_or(stated, ExpiresIn::duration).min(stated);
        let (way, duration) = match request.signer {
            Signer::Role { arn, session_duration, .. } => (Way::Role(arn), longest(*session_duration)),
            Signer::WebIdentity { arn, token_file, session_duration, .. } => {
                (Way::WebIdentity { role: arn, token_file }, longest(*session_duration))
            }
            Signer::FederationToken { secret, session_duration, .. } => {
                (Way::FederationToken { secret, user: self.user(secret) }, *session_duration)
            }
            Signer::UserKey { secret } => {
                return self.user(secret).session(None, request.generations, request.ask).await.map(Arc::new);
            }
            Signer::Container => {
                return self.container.session(None, request.generations, request.ask).await.map(Arc::new);
            }
            Signer::Environment { trusted_for } => {
                return self.environment.session(*trusted_for, request.generations, request.ask).await.map(Arc::new);
            }
        };
        self.made(way, duration, request, now).await
    }
}
