use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::Client;
use presign::clock::Clock;
use presign::credentials::Credentials;
use presign::generation::Generations;
use presign::lifetime::CredentialsExpiry;
use presign::names::Principal;
use presign::signing_session::{SessionError, SignerIdentity, SigningSession};
use presign::sigv4::SigningKeys;

use crate::sts_error::{PAUSE_AFTER_FAILURE, session_error};

/// The process's own credentials as a signer.
pub struct Environment {
    sts: Client,
    provider: Option<SharedCredentialsProvider>,
    clock: Clock,
    started: SystemTime,
    /// By access key id, since when the process has it.
    first_seen: Mutex<HashMap<String, SystemTime>>,
    /// Whoever has it asks STS for all.
    known: tokio::sync::Mutex<Knowledge>,
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
    /// What was current then: a user that is renamed is another principal with the same key.
    generations: Option<Generations>,
}

const NAME: &str = "environment";

fn refused(reason: &str) -> SessionError {
    SessionError::Refused { signer: NAME.to_owned(), reason: reason.to_owned() }
}

impl Environment {
    pub fn new(sts: Client, provider: Option<SharedCredentialsProvider>, clock: Clock) -> Self {
        let started = clock();
        Self { sts, provider, clock, started, first_seen: Mutex::default(), known: tokio::sync::Mutex::default() }
    }

    pub async fn identity(&self) -> Result<SignerIdentity, SessionError> {
        let credentials = self.credentials().await?;
        self.owner_of(credentials.access_key_id(), None).await
    }

    pub async fn session(
        &self,
        trusted_for: Option<Duration>,
        generations: Option<&Generations>,
    ) -> Result<SigningSession, SessionError> {
        let provided = self.credentials().await?;
        let identity = self.owner_of(provided.access_key_id(), generations).await?;
        let credentials = match provided.session_token() {
            Some(token) => Credentials::temporary(provided.access_key_id(), provided.secret_access_key(), token),
            None => Credentials::long_term(provided.access_key_id(), provided.secret_access_key()),
        };
        let first_seen = self.first_seen(provided.access_key_id());
        let expiry = CredentialsExpiry::of(&credentials, provided.expiry(), trusted_for, first_seen)?;
        if provided.expiry().is_none() && expiry.left((self.clock)()) == Some(Duration::ZERO) {
            return Err(refused("the time that `trustedFor` grants the credentials has passed"));
        }
        let generations = generations.cloned().unwrap_or_default();
        let keys = SigningKeys::of(credentials);
        Ok(SigningSession { keys, expiry, fresh: None, signed_by: identity.arn, generations })
    }

    async fn credentials(&self) -> Result<aws_credential_types::Credentials, SessionError> {
        let provider = self.provider.as_ref().ok_or_else(|| refused("there are no credentials"))?;
        provider.provide_credentials().await.map_err(|error| {
            tracing::warn!(error = logging::causes(&error), "the process has no credentials to sign with");
            match error {
                CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
                    refused("the credentials cannot be loaded")
                }
                _ => SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE },
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
        access_key_id: &str,
        needed: Option<&Generations>,
    ) -> Result<SignerIdentity, SessionError> {
        let mut known = self.known.lock().await;
        if let Some(owner) = known.owner.as_mut().filter(|owner| owner.access_key_id == access_key_id) {
            match (needed, &owner.generations) {
                (Some(needed), Some(held)) if !held.cover(needed) => {}
                (Some(needed), None) => {
                    owner.generations = Some(needed.clone());
                    return Ok(owner.identity.clone());
                }
                _ => return Ok(owner.identity.clone()),
            }
        }
        if let Some((_, failure)) = known.failure.as_ref().filter(|(until, _)| (self.clock)() < *until) {
            return Err(failure.clone());
        }
        match self.ask().await {
            Ok(identity) => {
                let owner = Owner {
                    access_key_id: access_key_id.to_owned(),
                    identity: identity.clone(),
                    generations: needed.cloned(),
                };
                *known = Knowledge { owner: Some(owner), failure: None };
                Ok(identity)
            }
            Err(error) => {
                known.failure = Some(((self.clock)() + PAUSE_AFTER_FAILURE, error.clone()));
                Err(error)
            }
        }
    }

    async fn ask(&self) -> Result<SignerIdentity, SessionError> {
        let answer = self.sts.get_caller_identity().send().await.map_err(|error| session_error(NAME, &error))?;
        let incomplete = || refused("STS does not say whose credentials they are");
        let arn = answer.arn().ok_or_else(incomplete)?.to_owned();
        let account = answer.account().unwrap_or_default().parse().map_err(|_| incomplete())?;
        let principal = Principal::from_caller_arn(&arn).ok();
        Ok(SignerIdentity { arn, account, principal })
    }
}
