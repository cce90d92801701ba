use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use presign::lifetime::CredentialsExpiry;
use presign::signing_session::{SessionError, SessionRequest, SigningSession};

/// The place of one session: who holds it, who is making a new one, and what came of the last attempt.
#[derive(Default)]
pub struct Place {
    state: Mutex<State>,
    /// Whoever has it makes the session that the others wait for.
    pub turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failure: Option<(SystemTime, SessionError)>,
}

const ROUNDING: Duration = Duration::from_secs(5);

struct Held {
    session: Arc<SigningSession>,
    /// What it lived for when it was new, which is not always what was asked for.
    whole_life: Option<Duration>,
}

impl Place {
    /// The session held, where it need not be renewed for `request`.
    pub fn good(&self, request: &SessionRequest<'_>, now: SystemTime) -> Option<Arc<SigningSession>> {
        let state = self.state();
        let held = state.held.as_ref().filter(|held| belongs(&held.session, request))?;
        let renew = request.asked.wants_renewal(request.profile.bounds(), held.session.expiry, held.whole_life, now);
        (!renew).then(|| Arc::clone(&held.session))
    }

    /// The session held, where it would rather be renewed but still does what `request` insists on.
    pub fn usable(&self, request: &SessionRequest<'_>, now: SystemTime) -> Option<Arc<SigningSession>> {
        let state = self.state();
        let held = state.held.as_ref().filter(|held| belongs(&held.session, request))?;
        let planned = request.asked.plan(request.profile.bounds(), held.session.expiry, now);
        planned.is_ok().then(|| Arc::clone(&held.session))
    }

    /// The failure of an attempt that is too recent to be repeated.
    pub fn recent_failure(&self, now: SystemTime) -> Option<SessionError> {
        let state = self.state();
        state.failure.as_ref().filter(|(until, _)| now < *until).map(|(_, error)| error.clone())
    }

    /// Takes in a session for which `asked` was asked.
    pub fn hold(&self, session: SigningSession, asked: Duration, now: SystemTime) -> Arc<SigningSession> {
        let session = Arc::new(session);
        let whole_life = match session.expiry {
            CredentialsExpiry::Never => None,
            // STS rounds to seconds and takes some: that is not a shorter life.
            CredentialsExpiry::At(_) => {
                session.expiry.left(now).map(|left| if left + ROUNDING >= asked { asked } else { left })
            }
        };
        let mut state = self.state();
        state.failure = None;
        state.held = Some(Held { session: Arc::clone(&session), whole_life });
        session
    }

    pub fn failed(&self, error: SessionError, until: SystemTime) {
        self.state().failure = Some((until, error));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn belongs(session: &SigningSession, request: &SessionRequest<'_>) -> bool {
    request.generations.is_none_or(|needed| session.generations.cover(needed))
}
