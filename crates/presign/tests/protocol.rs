//! The protocol of generations as a model, of which every reachable state is visited: two issuers, a table, policy changes whose
//! events come late, twice or in another order, IAM that applies a change some time after it was made, and crashes between any
//! two steps. It models what `docs/decisions/2-generations-instead-of-deletion.md` decides; that the code does the same, the
//! tests of `judge` and the end-to-end tests show.
#![cfg(test)]

use stateright::{Checker, Model, Property};

const CHANGES: u8 = 2;
const ISSUERS: usize = 2;

/// What an implementation must not leave out. Each is left out once below, to see that the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// After a change nothing is stored until IAM has applied it.
    Hold,
    /// The generations are read before a session is taken, not when the URL is stored.
    ReadingFirst,
    /// A session is used only under the generation that it was taken under.
    RenewingSessions,
    /// A session that was taken on hold ends with the hold.
    EndingSessionsOfHold,
    /// A row is served only if its generation is the one that was read.
    Comparing,
}

#[derive(Clone, Copy)]
struct Protocol {
    left_out: Option<Part>,
}

impl Protocol {
    fn has(self, part: Part) -> bool {
        self.left_out != Some(part)
    }
}

/// Which policy changes something was made under: all those up to this one.
type Rules = u8;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    /// The changes that were made.
    made: Rules,
    /// Those that IAM applies everywhere by now.
    applied: Rules,
    /// Events that are on their way; one that is delivered may come once more.
    events: Vec<(Rules, bool)>,
    table: Table,
    issuers: [Issuer; ISSUERS],
    /// A URL was served although it was signed under older rules than a change that was handled when the issuer read the table.
    served_dead: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Table {
    generation: u8,
    on_hold: bool,
    /// The latest change whose event was handled; the table has no such attribute, it is here to judge by.
    handled: Rules,
    row: Option<Row>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Row {
    signed_under: Rules,
    generation: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Issuer {
    session: Option<Session>,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Session {
    rules: Rules,
    generation: u8,
    on_hold: bool,
}

/// Where an issuer is with a request. It may stay there for as long as it likes: that is what a stale memory is, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Step {
    #[default]
    Idle,
    HasRead(Table),
    HasSession(Table, Session),
    HasSigned(Table, Row),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    ChangePolicy,
    Apply,
    /// The event at this place, whatever the order; it may be told to come again.
    Deliver(usize, bool),
    EndHold,
    Read(usize),
    /// Reads the row again, but goes by what it remembers of the generations.
    ReadRow(usize),
    /// Answers from the row that was read.
    Serve(usize),
    /// A session of these rules: IAM may still give out older ones.
    TakeSession(usize, Rules),
    KeepSession(usize),
    Sign(usize),
    Store(usize),
    /// Gives the request up, and forgets the session.
    Crash(usize),
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            made: 0,
            applied: 0,
            events: vec![],
            table: Table { generation: 0, on_hold: false, handled: 0, row: None },
            issuers: [Issuer::default(); ISSUERS],
            served_dead: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.made < CHANGES {
            actions.push(Action::ChangePolicy);
        }
        if world.applied < world.made {
            actions.push(Action::Apply);
        }
        for (place, (_, repeatable)) in world.events.iter().enumerate() {
            actions.push(Action::Deliver(place, false));
            if *repeatable {
                actions.push(Action::Deliver(place, true));
            }
        }
        // `holdSeconds` is to be longer than IAM takes.
        if world.table.on_hold && world.applied >= world.table.handled {
            actions.push(Action::EndHold);
        }
        for (i, issuer) in world.issuers.iter().enumerate() {
            match issuer.step {
                Step::Idle => actions.push(Action::Read(i)),
                Step::HasRead(read) => {
                    let serves = read.row.filter(|row| !self.has(Part::Comparing) || row.generation == read.generation);
                    if serves.is_some() {
                        actions.push(Action::Serve(i));
                    }
                    let keeps = issuer.session.is_some_and(|session| {
                        (!self.has(Part::RenewingSessions) || session.generation == read.generation)
                            && (!self.has(Part::EndingSessionsOfHold) || session.on_hold == read.on_hold)
                    });
                    if keeps {
                        actions.push(Action::KeepSession(i));
                    }
                    actions.push(Action::ReadRow(i));
                    actions.extend((world.applied..=world.made).map(|rules| Action::TakeSession(i, rules)));
                }
                Step::HasSession(..) => actions.push(Action::Sign(i)),
                Step::HasSigned(..) => actions.push(Action::Store(i)),
            }
            if issuer.step != Step::Idle {
                actions.push(Action::Crash(i));
            }
        }
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        match action {
            Action::ChangePolicy => {
                world.made += 1;
                world.events.push((world.made, true));
            }
            Action::Apply => world.applied += 1,
            Action::Deliver(place, again) => {
                let (change, _) = world.events.remove(place);
                if again {
                    world.events.push((change, false));
                }
                world.events.sort_unstable();
                world.table.generation += 1;
                world.table.on_hold = self.has(Part::Hold);
                world.table.handled = world.table.handled.max(change);
            }
            Action::EndHold => world.table.on_hold = false,
            Action::Read(i) => world.issuers[i].step = Step::HasRead(world.table),
            Action::ReadRow(i) => {
                let Step::HasRead(read) = world.issuers[i].step else { return None };
                world.issuers[i].step = Step::HasRead(Table { row: world.table.row, ..read });
            }
            Action::Serve(i) => {
                let Step::HasRead(read) = world.issuers[i].step else { return None };
                world.served_dead |= read.row?.signed_under < read.handled;
                world.issuers[i].step = Step::Idle;
            }
            Action::TakeSession(i, rules) => {
                let Step::HasRead(read) = world.issuers[i].step else { return None };
                let session = Session { rules, generation: read.generation, on_hold: read.on_hold };
                world.issuers[i] = Issuer { session: Some(session), step: Step::HasSession(read, session) };
            }
            Action::KeepSession(i) => {
                let Step::HasRead(read) = world.issuers[i].step else { return None };
                world.issuers[i].step = Step::HasSession(read, world.issuers[i].session?);
            }
            Action::Sign(i) => {
                let Step::HasSession(read, session) = world.issuers[i].step else { return None };
                let row = Row { signed_under: session.rules, generation: read.generation };
                world.issuers[i].step = Step::HasSigned(read, row);
            }
            Action::Store(i) => {
                let Step::HasSigned(read, row) = world.issuers[i].step else { return None };
                let (on_hold, row) = if self.has(Part::ReadingFirst) {
                    (read.on_hold, row)
                } else {
                    (world.table.on_hold, Row { generation: world.table.generation, ..row })
                };
                if !on_hold {
                    world.table.row = Some(row);
                }
                world.issuers[i].step = Step::Idle;
            }
            Action::Crash(i) => world.issuers[i] = Issuer::default(),
        }
        // The issuers are alike: which of them is where makes no other state.
        world.issuers.sort_unstable();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing dead is served", |_, world: &World| !world.served_dead),
            // Else the first property would hold of a cache that never has anything.
            Property::sometimes("a URL can be served after every change was handled", |_, world: &World| {
                world.table.handled == CHANGES
                    && !world.table.on_hold
                    && world.table.row.is_some_and(|row| row.generation == world.table.generation)
            }),
        ]
    }
}

#[test]
fn no_url_that_was_signed_before_a_change_is_served_once_the_change_is_handled() {
    let checked = Protocol { left_out: None }.checker().threads(2).spawn_bfs().join();
    assert!(checked.is_done());
    checked.assert_properties();
}

#[test]
fn each_part_of_the_protocol_is_needed() {
    for part in [Part::Hold, Part::ReadingFirst, Part::RenewingSessions, Part::EndingSessionsOfHold, Part::Comparing] {
        let checked = Protocol { left_out: Some(part) }.checker().threads(2).spawn_bfs().join();
        assert!(checked.discovery("nothing dead is served").is_some(), "without {part:?} all is well");
    }
}
