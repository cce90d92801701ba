use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use presign::cache::Advanced;
use presign::generation::Scope;
use presign::names::EventId;
use presign::policy_change::Unnamed;
use presign::profile::Profiles;

use crate::event::{Concerns, PolicyChange, Reading, watched};
use crate::outcome::Outcome;

/// What a batch asks for: its changes, each with the message that it came in, and the events that ask for nothing, counted.
#[derive(Default)]
pub struct Plan {
    changes: Vec<(usize, PolicyChange)>,
    pub outcome: Outcome,
}

/// Scopes to advance, each once whatever the number of events about it.
#[derive(Default)]
pub struct Advances {
    pub scopes: BTreeMap<Scope, Wanted>,
    /// The events that have come, with how often each has.
    events: BTreeMap<EventId, usize>,
}

/// Why a scope is to be advanced.
#[derive(Default)]
pub struct Wanted {
    /// The times of the first change and of the last.
    pub earliest: Option<SystemTime>,
    pub latest: Option<SystemTime>,
    pub events: BTreeSet<EventId>,
    /// Whether an event without an id asks for it.
    pub by_unknown_event: bool,
    /// The messages that ask for it.
    pub messages: BTreeSet<usize>,
}

impl Plan {
    pub fn add(&mut self, reading: Reading, message: usize) {
        match reading {
            Reading::Change(change) => self.changes.push((message, change)),
            Reading::Irrelevant => self.outcome.irrelevant += 1,
            Reading::Nothing => self.outcome.unchanged += 1,
            Reading::Unknown => self.outcome.unknown += 1,
        }
    }

    /// Whom to look up before the plan can be carried out.
    pub fn unnamed(&self) -> BTreeSet<Unnamed> {
        let unnamed = self.changes.iter().filter_map(|(_, change)| match &change.concerns {
            Concerns::Unnamed(unnamed) => Some(unnamed.clone()),
            Concerns::Scopes(_) => None,
        });
        unnamed.collect()
    }

    /// The advances to be made, now that it is known who the unnamed are. What then concerns no URL of ours is counted.
    pub fn advances(self, known: &BTreeMap<Unnamed, Vec<Scope>>, profiles: &Profiles) -> (Advances, Outcome) {
        let Self { changes, mut outcome } = self;
        let mut advances = Advances::default();
        for (message, change) in changes {
            let scopes = match &change.concerns {
                Concerns::Scopes(scopes) => Some(scopes.clone()),
                Concerns::Unnamed(unnamed) => {
                    let account = || vec![Scope::Account(unnamed.account().clone())];
                    watched(known.get(unnamed).cloned().unwrap_or_else(account), profiles)
                }
            };
            match scopes {
                Some(scopes) => advances.add(message, &change, scopes),
                None => outcome.irrelevant += 1,
            }
        }
        (advances, outcome)
    }
}

impl Advances {
    fn add(&mut self, message: usize, change: &PolicyChange, scopes: Vec<Scope>) {
        if let Some(event) = &change.event {
            *self.events.entry(event.clone()).or_default() += 1;
        }
        for scope in scopes {
            let wanted = self.scopes.entry(scope).or_default();
            wanted.earliest = wanted.earliest.into_iter().chain(change.at).min();
            wanted.latest = wanted.latest.max(change.at);
            wanted.messages.insert(message);
            match &change.event {
                Some(event) => drop(wanted.events.insert(event.clone())),
                None => wanted.by_unknown_event = true,
            }
        }
    }

    /// How many events have come in vain: again in this batch, or after they had advanced all that they are about.
    pub fn repeated<E>(&self, results: &BTreeMap<Scope, Result<Advanced, E>>) -> usize {
        let mut in_vain: BTreeSet<&EventId> = self.events.keys().collect();
        for (scope, wanted) in &self.scopes {
            let before = results.get(scope).and_then(|result| result.as_ref().ok()).map(|advanced| &advanced.repeated);
            in_vain.retain(|event| {
                !wanted.events.contains(*event) || before.is_some_and(|before| before.contains(*event))
            });
        }
        let again: usize = self.events.values().map(|times| times - 1).sum();
        again + in_vain.len()
    }
}
