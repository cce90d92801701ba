use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::Client;
use presign::clock::Clock;
use presign::generation::Generations;
use presign::names::SecretId;
use presign::signing_session::{Ask, SessionError};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::aws_error::{NOT_AT_HAND, PAUSE_AFTER_FAILURE, is_refusal};

/// A user's access key that Secrets Manager keeps. Whoever rotates it writes the new one there.
pub struct UserKey {
    client: Client,
    id: SecretId,
    clock: Clock,
    state: Mutex<State>,
    /// Whoever has it reads the secret for all.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failure: Option<(SystemTime, SessionError)>,
}

struct Held {
    credentials: Credentials,
    read_at: SystemTime,
    /// What was current before it was read, as far as who asked knew: a key that is deactivated since is not used again.
    generations: Option<Generations>,
}

/// How long a secret is taken for what it was. A key that is deactivated is noticed sooner, by its event.
const STALENESS: Duration = Duration::from_mins(1);

impl UserKey {
    pub fn new(client: Client, id: SecretId, clock: Clock) -> Self {
        Self { client, id, clock, state: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The key as the secret has it now, or had it a moment ago; not one from before `needed`. While Secrets Manager does not
    /// answer, the key that is held goes on, and only one request at a time waits to see whether it does again. Once it answers
    /// that there is no key, or none to be read, the key that was held signs no more.
    pub async fn credentials(&self, needed: Option<&Generations>, ask: Ask) -> Result<Credentials, SessionError> {
        if let Some(credentials) = self.state().good(needed, (self.clock)()) {
            return Ok(credentials);
        }
        if ask == Ask::Nobody {
            let state = self.state();
            let known = state.known(needed, (self.clock)());
            return known.unwrap_or_else(|| state.usable(needed).ok_or(NOT_AT_HAND));
        }
        let _turn = if let Ok(turn) = self.turn.try_lock() {
            turn
        } else {
            // Someone is reading it already. Waiting would gain little, and cost all of Secrets Manager's time.
            let usable = self.state().usable(needed);
            if let Some(credentials) = usable {
                return Ok(credentials);
            }
            self.turn.lock().await
        };
        let began = (self.clock)();
        if let Some(known) = self.state().known(needed, began) {
            return known;
        }
        let read = self.read().await;
        let mut state = self.state();
        match read {
            Ok(credentials) => {
                state.hold(credentials.clone(), needed, began);
                Ok(credentials)
            }
            Err(Unread { failure, of_the_secret }) => {
                if of_the_secret {
                    state.held = None;
                }
                // From now, not from when it was asked: it may have taken longer to fail than the pause lasts.
                state.failure = Some(((self.clock)() + PAUSE_AFTER_FAILURE, failure.clone()));
                state.usable(needed).ok_or(failure)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> Result<Credentials, Unread> {
        let refused = |reason: &str, of_the_secret| Unread {
            failure: SessionError::NoKey { secret: self.id.to_string(), reason: reason.to_owned() },
            of_the_secret,
        };
        let answer = self.client.get_secret_value().secret_id(self.id.as_str()).send().await.map_err(|error| {
            tracing::warn!(secret = %self.id, error = %logging::causes(&error), "Secrets Manager gives no key");
            match is_refusal(&error) {
                Some(code) => refused(&code, OF_THE_SECRET.contains(&code.as_str())),
                None => Unread {
                    failure: SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE },
                    of_the_secret: false,
                },
            }
        })?;
        let text = Zeroizing::new(answer.secret_string.ok_or_else(|| refused("it is no text", true))?);
        key_in(&text).ok_or_else(|| refused("it is no JSON object with `accessKeyId` and `secretAccessKey`", true))
    }
}

/// Codes that say that there is no secret, that it is being deleted, or that it may not be read or decrypted. All others are about the
/// request or who sends it, such as a session of the function that has ended.
/// Source: AWS Secrets Manager API reference, `GetSecretValue`, "Errors", and "Common Error Types".
const OF_THE_SECRET: &[&str] =
    &["ResourceNotFoundException", "InvalidRequestException", "AccessDeniedException", "DecryptionFailure"];

/// Why the key was not read.
struct Unread {
    failure: SessionError,
    /// Whether it is the secret that has no key for this service, so that one that is held is a key no more.
    of_the_secret: bool,
}

impl State {
    /// The key held, where it was read a moment ago.
    fn good(&self, needed: Option<&Generations>, now: SystemTime) -> Option<Credentials> {
        let held = self.held.as_ref().filter(|held| held.belongs(needed))?;
        let fresh = now.duration_since(held.read_at).unwrap_or_default() < STALENESS;
        fresh.then(|| held.credentials.clone())
    }

    /// The key held, however long ago it was read.
    fn usable(&self, needed: Option<&Generations>) -> Option<Credentials> {
        self.held.as_ref().filter(|held| held.belongs(needed)).map(|held| held.credentials.clone())
    }

    /// What need not be asked for: the key that was just read, or what goes on after a failure that is too recent to be repeated.
    fn known(&self, needed: Option<&Generations>, now: SystemTime) -> Option<Result<Credentials, SessionError>> {
        if let Some(credentials) = self.good(needed, now) {
            return Some(Ok(credentials));
        }
        let (_, failure) = self.failure.as_ref().filter(|(until, _)| now < *until)?;
        Some(self.usable(needed).ok_or_else(|| failure.clone()))
    }

    fn hold(&mut self, credentials: Credentials, needed: Option<&Generations>, read_at: SystemTime) {
        let same = |held: &&Held| held.credentials.access_key_id() == credentials.access_key_id();
        let known = self.held.as_ref().filter(same).and_then(|held| held.generations.clone());
        let generations = needed.cloned().or(known);
        *self = Self { held: Some(Held { credentials, read_at, generations }), failure: None };
    }
}

impl Held {
    fn belongs(&self, needed: Option<&Generations>) -> bool {
        needed.is_none_or(|needed| self.generations.as_ref().is_some_and(|held| held.cover(needed)))
    }
}

/// As this service documents it, or as `aws iam create-access-key` writes it.
fn key_in(text: &str) -> Option<Credentials> {
    let mut secret: Value = serde_json::from_str(text).ok()?;
    let mut key = match secret.get_mut("AccessKey") {
        Some(inner) => inner.take(),
        None => secret,
    };
    let mut member = |names: [&str; 2]| {
        let Value::String(text) = names.iter().find_map(|name| key.get_mut(name).map(Value::take))? else {
            return None;
        };
        Some(text).filter(|text| !text.is_empty())
    };
    let id = member(["accessKeyId", "AccessKeyId"])?;
    let secret = member(["secretAccessKey", "SecretAccessKey"])?;
    Some(Credentials::new(id, secret, None, None, "Secrets Manager"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_documented_and_as_iam_writes_it() {
        for text in [
            r#"{"accessKeyId":"AKIA1","secretAccessKey":"s"}"#,
            r#"{"AccessKeyId":"AKIA1","SecretAccessKey":"s","UserName":"signer"}"#,
            r#"{"AccessKey":{"UserName":"signer","AccessKeyId":"AKIA1","Status":"Active","SecretAccessKey":"s"}}"#,
        ] {
            let key = key_in(text).unwrap();
            assert_eq!((key.access_key_id(), key.secret_access_key(), key.session_token()), ("AKIA1", "s", None));
        }
        for text in ["", "AKIA1:s", r#"{"accessKeyId":"AKIA1"}"#, r#"{"accessKeyId":"AKIA1","secretAccessKey":""}"#] {
            assert!(key_in(text).is_none(), "{text}");
        }
    }
}
