use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::{Client, Config};
use presign::clock::Clock;
use presign::credentials::Credentials;
use presign::generation::Generations;
use presign::lifetime::CredentialsExpiry;
use presign::names::Principal;
use presign::signing_session::{Ask, SessionError, SignerIdentity, SigningSession};
use presign::sigv4::SigningKeys;
use tokio::time::timeout;

use crate::aws_error::{PAUSE_AFTER_FAILURE, UNAVAILABLE};
use crate::held_credentials::HeldCredentials;
use crate::place::{Failed, Place};
use crate::sts_error::session_error;
use crate::user_key::UserKey;

/// Credentials that are given to the service, rather than made for a URL, as a signer.
pub struct CredentialsSigner {
    /// What it is called in messages.
    name: String,
    sts: Config,
    source: Source,
    place: Place<HeldCredentials>,
    clock: Clock,
    started: SystemTime,
    /// By access key id, since when the process has it.
    first_seen: Mutex<HashMap<String, SystemTime>>,
    /// Whoever has it asks STS for all.
    known: tokio::sync::Mutex<Knowledge>,
}

const SEE_SOURCE: &str =
    "see that what the profile's `signer` names has credentials for this service, and that they are good";

/// What a request waits for them at the most. A provider's own limits, and how often it tries again, are made for a start.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(3);

/// Where they come from.
pub enum Source {
    Provider(Option<SharedCredentialsProvider>),
    UserKey(UserKey),
}

#[derive(Default)]
struct Knowledge {
    owner: Option<Owner>,
    failure: Option<(SystemTime, SessionError)>,
}

/// Whom STS has named for an access key.
#[derive(Clone)]
struct Owner {
    access_key_id: String,
    identity: SignerIdentity,
    /// What was current before, as far as who asked knew: a user that is renamed is another principal with the same key.
    generations: Generations,
}

impl CredentialsSigner {
    pub fn new(name: &str, sts: Config, source: Source, clock: Clock) -> Self {
        let started = clock();
        let (name, place) = (name.to_owned(), Place::default());
        let (first_seen, known) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { name, sts, source, place, clock, started, first_seen, known }
    }

    pub async fn identity(&self, ask: Ask) -> Result<SignerIdentity, SessionError> {
        let held = self.credentials(None, ask).await?;
        self.owner_of(&held.credentials, None, ask).await
    }

    /// STS, asked with these credentials, which belong to `generations`, and whose they are.
    pub async fn sts(&self, generations: Option<&Generations>) -> Result<(Client, SignerIdentity), SessionError> {
        let held = self.credentials(generations, Ask::Signer).await?;
        let owner = self.owner_of(&held.credentials, generations, Ask::Signer).await?;
        Ok((self.sts_of(held.credentials.clone()), owner))
    }

    /// Whether the key is `owner`'s, as far as is known without asking.
    pub fn is_still(&self, owner: &SignerIdentity) -> bool {
        let Ok(known) = self.known.try_lock() else { return true };
        known.owner.as_ref().is_none_or(|known| known.identity.is_who(owner))
    }

    fn sts_of(&self, credentials: aws_credential_types::Credentials) -> Client {
        Client::from_conf(self.sts.to_builder().credentials_provider(credentials).build())
    }

    fn refused(&self, reason: &str, advice: &'static str) -> SessionError {
        SessionError::Refused { signer: self.name.clone(), reason: reason.to_owned(), advice }
    }

    pub async fn session(
        &self,
        trusted_for: Option<Duration>,
        generations: Option<&Generations>,
        ask: Ask,
    ) -> Result<SigningSession, SessionError> {
        let held = self.credentials(generations, ask).await?;
        let provided = &held.credentials;
        let owner = self.owner_of(provided, generations, ask).await?;
        let credentials = match provided.session_token() {
            Some(token) => Credentials::temporary(provided.access_key_id(), provided.secret_access_key(), token),
            None => Credentials::long_term(provided.access_key_id(), provided.secret_access_key()),
        };
        let first_seen = self.first_seen(provided.access_key_id());
        let expiry = CredentialsExpiry::of(&credentials, provided.expiry(), trusted_for, first_seen)?;
        if provided.expiry().is_none() && expiry.left((self.clock)()) == Some(Duration::ZERO) {
            let advice = "start the process with new ones, or let `trustedFor` say how long they really last";
            return Err(self.refused("the time that `trustedFor` grants the credentials has passed", advice));
        }
        let generations = generations.cloned().unwrap_or_default();
        let keys = SigningKeys::of(credentials);
        Ok(SigningSession { keys, expiry, fresh: None, signed_by: owner.arn.clone(), owner, generations })
    }

    /// Credentials that belong to `needed`.
    async fn credentials(&self, needed: Option<&Generations>, ask: Ask) -> Result<Arc<HeldCredentials>, SessionError> {
        let judge = |held: &HeldCredentials, now| held.judge(needed, now);
        let read = async |now, before: Option<Arc<HeldCredentials>>| {
            let credentials = match &self.source {
                Source::UserKey(key) => key.read().await?,
                Source::Provider(provider) => self.provided_by(provider.as_ref()).await?,
            };
            Ok(HeldCredentials::new(credentials, now, needed, before.as_deref()))
        };
        self.place.get(&self.clock, (self.clock)(), ask, judge, read).await
    }

    async fn provided_by(
        &self,
        provider: Option<&SharedCredentialsProvider>,
    ) -> Result<aws_credential_types::Credentials, Failed> {
        let refused = |reason| Failed { error: self.refused(reason, SEE_SOURCE), gone: true };
        let provider = provider.ok_or_else(|| refused("there are no credentials"))?;
        let Ok(credentials) = timeout(PROVIDER_TIMEOUT, provider.provide_credentials()).await else {
            tracing::warn!(signer = self.name, "the credentials to sign with are not handed out in time");
            return Err(UNAVAILABLE.into());
        };
        credentials.map_err(|error| {
            tracing::warn!(
                signer = self.name,
                error = logging::causes(&error),
                "there are no credentials to sign with"
            );
            match error {
                CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
                    refused("the credentials cannot be loaded")
                }
                _ => UNAVAILABLE.into(),
            }
        })
    }

    /// The first key is taken for as old as the process, and each later one for as old as its first use.
    fn first_seen(&self, access_key_id: &str) -> SystemTime {
        let mut seen = self.first_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let age = if seen.is_empty() { self.started } else { (self.clock)() };
        *seen.entry(access_key_id.to_owned()).or_insert(age)
    }

    /// Asks STS once for each access key, and again once a change of its owner has been seen.
    async fn owner_of(
        &self,
        credentials: &aws_credential_types::Credentials,
        needed: Option<&Generations>,
        ask: Ask,
    ) -> Result<SignerIdentity, SessionError> {
        let access_key_id = credentials.access_key_id();
        let mut known = match ask {
            Ask::Signer => self.known.lock().await,
            Ask::Nobody => self.known.try_lock().map_err(|_| UNAVAILABLE)?,
        };
        let owner = known.owner.as_ref().filter(|owner| owner.access_key_id == access_key_id);
        if let Some(owner) = owner.filter(|owner| needed.is_none_or(|needed| owner.generations.cover(needed))) {
            return Ok(owner.identity.clone());
        }
        if let Some((_, failure)) = known.failure.as_ref().filter(|(until, _)| (self.clock)() < *until) {
            return Err(failure.clone());
        }
        if ask == Ask::Nobody {
            return Err(UNAVAILABLE);
        }
        match self.ask(credentials).await {
            Ok(identity) => {
                // What was known to be current before is so still: else those who know of different scopes would have STS asked in turn.
                let mut generations = owner.map(|owner| owner.generations.clone()).unwrap_or_default();
                generations.catch_up(needed.unwrap_or(&Generations::default()));
                let owner = Owner { access_key_id: access_key_id.to_owned(), identity: identity.clone(), generations };
                *known = Knowledge { owner: Some(owner), failure: None };
                Ok(identity)
            }
            Err(error) => {
                known.failure = Some(((self.clock)() + PAUSE_AFTER_FAILURE, error.clone()));
                Err(error)
            }
        }
    }

    async fn ask(&self, credentials: &aws_credential_types::Credentials) -> Result<SignerIdentity, SessionError> {
        let answer = self.sts_of(credentials.clone()).get_caller_identity().send().await;
        let answer = answer.map_err(|error| session_error(&self.name, &error, SEE_SOURCE))?;
        let incomplete =
            || self.refused("STS does not say whose credentials they are", "see what answers in STS's place");
        let arn = answer.arn().ok_or_else(incomplete)?.to_owned();
        let account = answer.account().unwrap_or_default().parse().map_err(|_| incomplete())?;
        let principal = Principal::from_caller_arn(&arn).ok();
        Ok(SignerIdentity { arn, account, principal })
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::future;
    use aws_sdk_sts::config::BehaviorVersion;

    use super::*;

    #[derive(Debug)]
    struct Hanging;

    impl ProvideCredentials for Hanging {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_hangs_is_not_waited_for_longer_than_a_request_has_time() {
        let sts = Config::builder().behavior_version(BehaviorVersion::latest()).build();
        let source = Source::Provider(Some(SharedCredentialsProvider::new(Hanging)));
        let signer = CredentialsSigner::new("container", sts, source, Arc::new(|| SystemTime::UNIX_EPOCH));
        let began = tokio::time::Instant::now();
        assert_eq!(signer.identity(Ask::Nobody).await, Err(UNAVAILABLE));
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(signer.identity(Ask::Signer).await, Err(UNAVAILABLE));
        assert_eq!(began.elapsed(), PROVIDER_TIMEOUT);
        assert_eq!(signer.identity(Ask::Signer).await, Err(UNAVAILABLE), "what has just failed is not tried again");
        assert_eq!(began.elapsed(), PROVIDER_TIMEOUT);
    }
}
