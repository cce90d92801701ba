use std::error::Error;
use std::time::{Duration, SystemTime};

use crate::generation::Scope;
use crate::names::EventId;

/// How long it is remembered that an event has advanced a scope.
pub const EVENT_MEMORY: Duration = Duration::from_hours(24);

/// Why, and for how long, a scope is to be advanced.
#[derive(Debug, Clone, Copy)]
pub struct Advance<'a> {
    pub scope: &'a Scope,
    /// The events that ask for it. Each advances the scope once in [`EVENT_MEMORY`].
    pub events: &'a [EventId],
    /// Whether it is advanced even if all of `events` have been here before: something without an id asks for it too.
    pub regardless: bool,
    /// Until then nothing is stored under the scope, if not for longer.
    pub hold_until: SystemTime,
    pub now: SystemTime,
}

/// What came of an [`Advance`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advanced {
    /// The generation that the scope has reached at least; none where every event had been here before.
    pub generation: Option<u64>,
    /// The events that had been here before.
    pub repeated: Vec<EventId>,
}

/// The half of the cache of whatever ends URLs: the invalidator, and revoking.
pub trait GenerationLedger {
    type Error: Error + Send + Sync + 'static;

    /// Makes every URL signed under a scope unservable, and holds storing. That an event has been here is written together
    /// with the advance, or not at all; so what fails may be repeated, and nothing is lost. A hold is never shortened.
    fn advance(&self, advance: Advance<'_>) -> impl Future<Output = Result<Advanced, Self::Error>> + Send;
}
