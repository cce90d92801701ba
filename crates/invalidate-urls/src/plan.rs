use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use presign::generation::Scope;
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
pub type Advances = BTreeMap<Scope, Wanted>;

#[derive(Default)]
pub struct Wanted {
    /// The time of the latest change.
    pub latest: Option<SystemTime>,
    /// The messages that ask for it.
    pub messages: Vec<usize>,
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
        let mut advances = Advances::new();
        for (message, PolicyChange { concerns, at }) in changes {
            let scopes = match concerns {
                Concerns::Scopes(scopes) => Some(scopes),
                Concerns::Unnamed(unnamed) => {
                    let account = || vec![Scope::Account(unnamed.account().clone())];
                    watched(known.get(&unnamed).cloned().unwrap_or_else(account), profiles)
                }
            };
            let Some(scopes) = scopes else {
                outcome.irrelevant += 1;
                continue;
            };
            for scope in scopes {
                let wanted = advances.entry(scope).or_default();
                wanted.latest = wanted.latest.max(at);
                wanted.messages.push(message);
            }
        }
        (advances, outcome)
    }
}
