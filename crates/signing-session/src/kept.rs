use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use presign::clock::Clock;
use presign::generation::Generations;
use presign::signing_session::{Ask, SessionError};

use crate::aws_error::{NOT_AT_HAND, PAUSE_AFTER_FAILURE};

/// The place of credentials that others hand out: kept for a moment, so that not each request has to ask for them, and for as long as
/// nobody answers.
pub struct Kept {
    clock: Clock,
    state: Mutex<State>,
    /// Whoever has it asks for all.
    turn: tokio::sync::Mutex<()>,
}

/// Why there are none.
pub struct Unread {
    pub failure: SessionError,
    /// Whether those that are held are none any more.
    pub gone: bool,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failure: Option<(SystemTime, SessionError)>,
}

struct Held {
    credentials: Credentials,
    read_at: SystemTime,
    /// What was current before they were read, as far as who asked knew: a key that is deactivated since is not used again.
    generations: Option<Generations>,
}

/// How long credentials are taken for what they were. What their owner's policies change is noticed sooner, by its event.
const STALENESS: Duration = Duration::from_mins(1);

impl Kept {
    pub fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// What `read` gives now, or gave a moment ago; nothing from before `needed`. While it fails, what is held goes on until its end,
    /// and only one request at a time waits to see whether it still does. Once the failure says that what is held is gone, it signs no
    /// more.
    pub async fn credentials(
        &self,
        needed: Option<&Generations>,
        ask: Ask,
        read: impl AsyncFnOnce() -> Result<Credentials, Unread>,
    ) -> Result<Credentials, SessionError> {
        let now = (self.clock)();
        if let Some(credentials) = self.state().good(needed, now) {
            return Ok(credentials);
        }
        if ask == Ask::Nobody {
            let state = self.state();
            return state.known(needed, now).unwrap_or_else(|| state.usable(needed, now).ok_or(NOT_AT_HAND));
        }
        let _turn = if let Ok(turn) = self.turn.try_lock() {
            turn
        } else {
            // Someone is asking already. Waiting would gain little, and cost all the time that the answer takes.
            let usable = self.state().usable(needed, now);
            if let Some(credentials) = usable {
                return Ok(credentials);
            }
            self.turn.lock().await
        };
        let began = (self.clock)();
        if let Some(known) = self.state().known(needed, began) {
            return known;
        }
        let read = read().await;
        let mut state = self.state();
        match read {
            Ok(credentials) => {
                state.hold(credentials.clone(), needed, began);
                Ok(credentials)
            }
            Err(Unread { failure, gone }) => {
                if gone {
                    state.held = None;
                }
                // From now, not from when it was asked: it may have taken longer to fail than the pause lasts.
                let now = (self.clock)();
                state.failure = Some((now + PAUSE_AFTER_FAILURE, failure.clone()));
                state.usable(needed, now).ok_or(failure)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is held, where it was read a moment ago. What ends soon is read again sooner, for what follows it may be there already.
    fn good(&self, needed: Option<&Generations>, now: SystemTime) -> Option<Credentials> {
        let held = self.held.as_ref().filter(|held| held.belongs(needed) && held.lives_beyond(now))?;
        let staleness = if held.lives_beyond(now + STALENESS) { STALENESS } else { PAUSE_AFTER_FAILURE };
        let fresh = now.duration_since(held.read_at).unwrap_or_default() < staleness;
        fresh.then(|| held.credentials.clone())
    }

    /// What is held, however long ago it was read.
    fn usable(&self, needed: Option<&Generations>, now: SystemTime) -> Option<Credentials> {
        let held = self.held.as_ref().filter(|held| held.belongs(needed) && held.lives_beyond(now))?;
        Some(held.credentials.clone())
    }

    /// What need not be asked for: what was just read, or what goes on after a failure that is too recent to be repeated.
    fn known(&self, needed: Option<&Generations>, now: SystemTime) -> Option<Result<Credentials, SessionError>> {
        if let Some(credentials) = self.good(needed, now) {
            return Some(Ok(credentials));
        }
        let (_, failure) = self.failure.as_ref().filter(|(until, _)| now < *until)?;
        Some(self.usable(needed, now).ok_or_else(|| failure.clone()))
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

    fn lives_beyond(&self, moment: SystemTime) -> bool {
        self.credentials.expiry().is_none_or(|end| moment < end)
    }
}
