use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// What happens in one run, in milliseconds from its beginning.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// How long issuers may trust their memory.
    pub staleness: u64,
    pub requests: Vec<Request>,
    pub changes: Vec<Change>,
    /// When an invalidator dies after it was given a batch, if it does; for one batch after the other, and then again.
    pub deaths: Vec<Option<u64>>,
    /// What becomes of one call after the other, and then again.
    pub network: Vec<Hop>,
}

#[derive(Debug, Clone)]
pub struct Request {
    pub at: u64,
    pub instance: usize,
    pub key: u8,
    /// When the instance that serves it dies with it.
    pub dies_after: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Change {
    pub at: u64,
    pub of: Changed,
    /// When its event comes, which it may do several times.
    pub deliveries: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    Role,
    Bucket,
}

/// The way of one call to a service and back.
#[derive(Debug, Clone)]
pub struct Hop {
    pub there: u64,
    pub back: u64,
    pub fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answers,
    /// The service says that it is throttled.
    Throttles,
    /// The call never arrives.
    Unreachable,
    /// The call is carried out, and nobody hears of it.
    AnswerLost,
}

pub const INSTANCES: usize = 2;
const HORIZON: u64 = 30_000;

pub fn scenarios() -> impl Strategy<Value = Scenario> {
    (
        prop_oneof![Just(0_u64), Just(1000)],
        vec(requests(), 30..70),
        vec(changes(), 1..5),
        vec(weighted(0.25, 0_u64..150), 4..12),
        vec(hops(), 60..200),
    )
        .prop_map(|(staleness, requests, changes, deaths, network)| Scenario {
            staleness,
            requests,
            changes,
            deaths,
            network,
        })
}

fn requests() -> impl Strategy<Value = Request> {
    (0..HORIZON, 0..INSTANCES, 0_u8..3, weighted(0.1, 0_u64..200)).prop_map(|(at, instance, key, dies_after)| Request {
        at,
        instance,
        key,
        dies_after,
    })
}

fn changes() -> impl Strategy<Value = Change> {
    let of = any::<bool>().prop_map(|role| if role { Changed::Role } else { Changed::Bucket });
    (1000..HORIZON - 8000, of, vec(0_u64..6000, 1..4)).prop_map(|(at, of, deliveries)| Change { at, of, deliveries })
}

fn hops() -> impl Strategy<Value = Hop> {
    let slow = || prop_oneof![12 => 1_u64..40, 1 => 200_u64..3000];
    let fate = prop_oneof![
        16 => Just(Fate::Answers),
        1 => Just(Fate::Throttles),
        1 => Just(Fate::Unreachable),
        1 => Just(Fate::AnswerLost),
    ];
    (slow(), slow(), fate).prop_map(|(there, back, fate)| Hop { there, back, fate })
}
