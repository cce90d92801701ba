use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::Client;
use presign::credentials::Credentials;
use presign::generation::Generations;
use presign::lifetime::CredentialsExpiry;
use presign::names::Principal;
use presign::signing_session::{SessionError, SigningSession};

use crate::sts_error::{PAUSE_AFTER_FAILURE, session_error};

/// The process's own credentials as a signer.
pub struct Environment {
    sts: Client,
    provider: Option<SharedCredentialsProvider>,
    known: Mutex<Option<Arc<Known>>>,
}

/// What does not change while an access key stays the same.
struct Known {
    access_key_id: String,
    first_seen: SystemTime,
    arn: String,
    principal: Option<Principal>,
}

impl Environment {
    pub fn new(sts: Client, provider: Option<SharedCredentialsProvider>) -> Self {
        Self { sts, provider, known: Mutex::new(None) }
    }

    pub async fn principal(&self, now: SystemTime) -> Result<Option<Principal>, SessionError> {
        let credentials = self.credentials().await?;
        Ok(self.known(credentials.access_key_id(), now).await?.principal.clone())
    }

    pub async fn session(
        &self,
        trusted_for: Option<Duration>,
        generations: Option<&Generations>,
        now: SystemTime,
    ) -> Result<SigningSession, SessionError> {
        let provided = self.credentials().await?;
        let known = self.known(provided.access_key_id(), now).await?;
        let credentials = match provided.session_token() {
            Some(token) => Credentials::temporary(provided.access_key_id(), provided.secret_access_key(), token),
            None => Credentials::long_term(provided.access_key_id(), provided.secret_access_key()),
        };
        let expiry = CredentialsExpiry::of(&credentials, provided.expiry(), trusted_for, known.first_seen)?;
        let generations = generations.cloned().unwrap_or_default();
        Ok(SigningSession { credentials, expiry, signed_by: known.arn.clone(), generations })
    }

    async fn credentials(&self) -> Result<aws_credential_types::Credentials, SessionError> {
        let refused =
            |reason: &str| SessionError::Refused { signer: "environment".to_owned(), reason: reason.to_owned() };
        let provider = self.provider.as_ref().ok_or_else(|| refused("there are no credentials"))?;
        provider.provide_credentials().await.map_err(|error| {
            tracing::warn!(%error, "the process has no credentials to sign with");
            refused("the credentials cannot be loaded")
        })
    }

    /// Asks STS who the credentials belong to, once for each access key.
    async fn known(&self, access_key_id: &str, now: SystemTime) -> Result<Arc<Known>, SessionError> {
        if let Some(known) = self.held().as_ref().filter(|known| known.access_key_id == access_key_id) {
            return Ok(Arc::clone(known));
        }
        let identity =
            self.sts.get_caller_identity().send().await.map_err(|error| session_error("environment", &error))?;
        let arn = identity.arn().ok_or(SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE })?.to_owned();
        let principal = Principal::from_caller_arn(&arn).ok();
        let known = Arc::new(Known { access_key_id: access_key_id.to_owned(), first_seen: now, arn, principal });
        *self.held() = Some(Arc::clone(&known));
        Ok(known)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
