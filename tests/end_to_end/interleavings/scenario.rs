use std::ops::Range;

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
    pub outages: Vec<Outage>,
}

/// A time in which no call arrives.
#[derive(Debug, Clone)]
pub struct Outage {
    pub from: u64,
    pub lasts: u64,
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
        vec(requests(0..HORIZON), 20..50),
        vec(changes(), 1..5),
        vec(weighted(0.25, 0_u64..150), 4..12),
        vec(hops(), 60..200),
        vec(outages(), 0..3),
    )
        .prop_map(|(staleness, mut requests, changes, deaths, network, outages)| {
            let (changes, meanwhile): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
            requests.extend(meanwhile.into_iter().flatten());
            Scenario { staleness, requests, changes, deaths, network, outages }
        })
}

fn requests(at: Range<u64>) -> impl Strategy<Value = Request> {
    (at, 0..INSTANCES, 0_u8..3, weighted(0.1, 0_u64..200)).prop_map(|(at, instance, key, dies_after)| Request {
        at,
        instance,
        key,
        dies_after,
    })
}

/// A change, and requests that come while its event does: that is when things go wrong.
fn changes() -> impl Strategy<Value = (Change, Vec<Request>)> {
    let of = any::<bool>().prop_map(|role| if role { Changed::Role } else { Changed::Bucket });
    let meanwhile = vec(requests(0..1200), 8..16);
    (1000..HORIZON - 8000, of, vec(0_u64..6000, 1..4), meanwhile).prop_map(|(at, of, deliveries, mut meanwhile)| {
        let first = deliveries.iter().min().copied().unwrap_or_default();
        for request in &mut meanwhile {
            request.at = (at + first + request.at).saturating_sub(300);
        }
        (Change { at, of, deliveries }, meanwhile)
    })
}

fn outages() -> impl Strategy<Value = Outage> {
    (0..HORIZON, 500_u64..9000).prop_map(|(from, lasts)| Outage { from, lasts })
}

fn hops() -> impl Strategy<Value = Hop> {
    let slow = || prop_oneof![6 => 1_u64..40, 1 => 200_u64..2500];
    let fate = prop_oneof![
        16 => Just(Fate::Answers),
        1 => Just(Fate::Throttles),
        1 => Just(Fate::Unreachable),
        1 => Just(Fate::AnswerLost),
    ];
    (slow(), slow(), fate).prop_map(|(there, back, fate)| Hop { there, back, fate })
}
