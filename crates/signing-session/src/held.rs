use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

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
    held: Option<Arc<SigningSession>>,
    failure: Option<(SystemTime, SessionError)>,
}

impl Place {
    /// The session held, where it need not be renewed for `request`.
    pub fn good(&self, request: &SessionRequest<'_>, now: SystemTime) -> Option<Arc<SigningSession>> {
        let state = self.state();
        let held = state.held.as_ref().filter(|held| belongs(held, request))?;
        let renew = request.asked.wants_renewal(request.bounds, held.expiry, held.fresh, now);
        (!renew).then(|| Arc::clone(held))
    }

    /// The session held, where it would rather be renewed but still does what `request` insists on.
    pub fn usable(&self, request: &SessionRequest<'_>, now: SystemTime) -> Option<Arc<SigningSession>> {
        let state = self.state();
        let held = state.held.as_ref().filter(|held| belongs(held, request))?;
        let planned = request.asked.plan(request.bounds, held.expiry, now);
        planned.is_ok().then(|| Arc::clone(held))
    }

    /// The failure of an attempt that is too recent to be repeated.
    pub fn recent_failure(&self, now: SystemTime) -> Option<SessionError> {
        let state = self.state();
        state.failure.as_ref().filter(|(until, _)| now < *until).map(|(_, error)| error.clone())
    }

    pub fn hold(&self, session: SigningSession) -> Arc<SigningSession> {
        let session = Arc::new(session);
        let mut state = self.state();
        state.failure = None;
        state.held = Some(Arc::clone(&session));
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
