use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use presign::clock::Clock;
use presign::signing_session::{Ask, SessionError};

use crate::aws_error::{PAUSE_AFTER_FAILURE, UNAVAILABLE};

/// The place of what is had of others, and kept: what is held, who is getting something new, and what came of the last attempt.
pub struct Place<T> {
    state: Mutex<State<T>>,
    /// Whoever has it gets what the others wait for.
    turn: tokio::sync::Mutex<()>,
}

struct State<T> {
    held: Option<Arc<T>>,
    failure: Option<(SystemTime, SessionError)>,
}

/// What use somebody has for what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It need not be renewed.
    Good,
    /// It would rather be renewed, but still does.
    Usable,
    No,
}

/// Why there is nothing new.
#[derive(Debug)]
pub struct Failed {
    pub error: SessionError,
    /// Whether what is held is of no use any more, to anybody.
    pub gone: bool,
}

impl From<SessionError> for Failed {
    fn from(error: SessionError) -> Self {
        Self { error, gone: false }
    }
}

impl<T> Place<T> {
    /// What is held at `now`, where it is good by `judge`; or else what `make` gives, which is told when it begins and what is held then.
    /// While that fails, what is held goes on for as long as it is usable, and only one at a time waits to see whether it still fails.
    pub async fn get(
        &self,
        clock: &Clock,
        now: SystemTime,
        ask: Ask,
        judge: impl Fn(&T, SystemTime) -> Use,
        make: impl AsyncFnOnce(SystemTime, Option<Arc<T>>) -> Result<T, Failed>,
    ) -> Result<Arc<T>, SessionError> {
        if let Some(good) = self.state().good(&judge, now) {
            return Ok(good);
        }
        if ask == Ask::Nobody {
            let state = self.state();
            return state.known(&judge, now).unwrap_or_else(|| state.usable(&judge, now).ok_or(UNAVAILABLE));
        }
        let _turn = if let Ok(turn) = self.turn.try_lock() {
            turn
        } else {
            // Someone is getting it already. Waiting would gain little, and cost all the time that the answer takes.
            let usable = self.state().usable(&judge, now);
            if let Some(usable) = usable {
                return Ok(usable);
            }
            self.turn.lock().await
        };
        let began = clock();
        let (known, held) = {
            let state = self.state();
            (state.known(&judge, began), state.held.clone())
        };
        if let Some(known) = known {
            return known;
        }
        let answer = make(began, held).await;
        let mut state = self.state();
        match answer {
            Ok(new) => {
                let new = Arc::new(new);
                *state = State { held: Some(Arc::clone(&new)), failure: None };
                Ok(new)
            }
            Err(Failed { error, gone }) => {
                if gone {
                    state.held = None;
                }
                // From now, not from when it began: it may have taken longer to fail than the pause lasts.
                let now = clock();
                state.failure = Some((now + PAUSE_AFTER_FAILURE, error.clone()));
                state.usable(&judge, now).ok_or(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// What is held, where it need not be renewed.
    fn good(&self, judge: impl Fn(&T, SystemTime) -> Use, now: SystemTime) -> Option<Arc<T>> {
        self.held.as_ref().filter(|held| judge(held, now) == Use::Good).map(Arc::clone)
    }

    /// What is held, even where it would rather be renewed.
    fn usable(&self, judge: impl Fn(&T, SystemTime) -> Use, now: SystemTime) -> Option<Arc<T>> {
        self.held.as_ref().filter(|held| judge(held, now) != Use::No).map(Arc::clone)
    }

    /// What comes of it without an attempt: what is good, or what goes on after a failure that is too recent to be repeated.
    fn known(&self, judge: impl Fn(&T, SystemTime) -> Use, now: SystemTime) -> Option<Result<Arc<T>, SessionError>> {
        if let Some(good) = self.good(&judge, now) {
            return Some(Ok(good));
        }
        let (_, failure) = self.failure.as_ref().filter(|(until, _)| now < *until)?;
        Some(self.usable(&judge, now).ok_or_else(|| failure.clone()))
    }
}

// Not derived: what is held need have no default.
impl<T> Default for Place<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { held: None, failure: None }), turn: tokio::sync::Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    const REFUSED: fn() -> SessionError =
        || SessionError::NoKey { secret: "s".to_owned(), reason: "it is gone".to_owned() };

    /// A place of numbers, and a clock that is set by hand: a number is good in its own second, and usable in the two after it.
    #[derive(Default)]
    struct Numbers {
        place: Place<u64>,
        second: Arc<Mutex<u64>>,
        attempts: Cell<usize>,
    }

    impl Numbers {
        fn clock(&self) -> Clock {
            let second = Arc::clone(&self.second);
            Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(*second.lock().unwrap()))
        }

        fn set(&self, second: u64) {
            *self.second.lock().unwrap() = second;
        }

        /// What comes of asking for a number, where this comes of an attempt.
        async fn get(&self, ask: Ask, answer: Result<u64, Failed>) -> Result<u64, SessionError> {
            let clock = self.clock();
            let judge =
                |number: &u64, now: SystemTime| match now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
                    - number
                {
                    0 => Use::Good,
                    1 | 2 => Use::Usable,
                    _ => Use::No,
                };
            let make = async |_, _| {
                self.attempts.set(self.attempts.get() + 1);
                sleep(Duration::from_secs(1)).await;
                answer
            };
            self.place.get(&clock, clock(), ask, judge, make).await.map(|number| *number)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_good_is_not_made_again_and_what_is_not_is_made_once_for_all_that_wait() {
        let numbers = Numbers::default();
        let ask = || numbers.get(Ask::Signer, Ok(0));
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Ok(0), Ok(0), Ok(0)));
        assert_eq!((numbers.get(Ask::Nobody, Ok(9)).await, numbers.attempts.get()), (Ok(0), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_can_use_what_is_held_does_not_wait_for_whoever_renews_it() {
        let numbers = Numbers::default();
        numbers.get(Ask::Signer, Ok(0)).await.unwrap();
        numbers.set(1);
        let ask = || numbers.get(Ask::Signer, Ok(1));
        assert_eq!(tokio::join!(ask(), ask()), (Ok(1), Ok(0)));
        assert_eq!(numbers.attempts.get(), 2);
        numbers.set(4);
        assert_eq!(tokio::join!(numbers.get(Ask::Signer, Ok(4)), ask()), (Ok(4), Ok(4)), "it has no use for it");
        assert_eq!(numbers.attempts.get(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_is_to_be_asked_what_is_known_is_all_there_is() {
        let numbers = Numbers::default();
        let nobody = || numbers.get(Ask::Nobody, Ok(9));
        assert_eq!(nobody().await, Err(UNAVAILABLE));
        assert_eq!(numbers.get(Ask::Signer, Err(REFUSED().into())).await, Err(REFUSED()));
        assert_eq!(nobody().await, Err(REFUSED()));
        numbers.set(2);
        assert_eq!(nobody().await, Err(UNAVAILABLE), "it may be another answer by now");
        numbers.get(Ask::Signer, Ok(2)).await.unwrap();
        numbers.set(3);
        assert_eq!((nobody().await, numbers.attempts.get()), (Ok(2), 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_repeated_at_once_and_what_is_held_goes_on() {
        let numbers = Numbers::default();
        numbers.get(Ask::Signer, Ok(0)).await.unwrap();
        let fail = || numbers.get(Ask::Signer, Err(REFUSED().into()));
        numbers.set(1);
        assert_eq!((fail().await, numbers.attempts.get()), (Ok(0), 2));
        numbers.set(2);
        assert_eq!((fail().await, numbers.attempts.get()), (Ok(0), 2));
        numbers.set(3);
        assert_eq!((fail().await, numbers.attempts.get()), (Err(REFUSED()), 3));
        numbers.set(4);
        assert_eq!((fail().await, numbers.attempts.get()), (Err(REFUSED()), 3));
        numbers.set(5);
        assert_eq!((numbers.get(Ask::Signer, Ok(5)).await, numbers.attempts.get()), (Ok(5), 4));
        numbers.set(6);
        assert_eq!(numbers.get(Ask::Nobody, Ok(9)).await, Ok(5), "the failure is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn once_it_is_said_to_be_gone_what_is_held_is_of_no_use() {
        let numbers = Numbers::default();
        numbers.get(Ask::Signer, Ok(0)).await.unwrap();
        numbers.set(1);
        let gone = Failed { error: REFUSED(), gone: true };
        assert_eq!(numbers.get(Ask::Signer, Err(gone)).await, Err(REFUSED()));
        assert_eq!(numbers.get(Ask::Nobody, Ok(9)).await, Err(REFUSED()));
    }

    #[tokio::test]
    async fn whoever_makes_it_is_told_what_is_held() {
        let (numbers, never) = (Numbers::default(), |_: &u64, _| Use::No);
        let clock = numbers.clock();
        for (told, new) in [(None, 7), (Some(7), 8)] {
            let make = async |_, held: Option<Arc<u64>>| {
                assert_eq!(held.as_deref().copied(), told);
                Ok(new)
            };
            assert_eq!(*numbers.place.get(&clock, clock(), Ask::Signer, never, make).await.unwrap(), new);
        }
    }
}
