//! The service at traffic that no machine here can make: its caches, sessions and instances, one request after the other, on
//! latencies that others have published, beside the limits and prices that AWS publishes.

mod chance;
mod costs;
mod counts;
mod demand;
mod dollars;
mod histogram;
mod instances;
mod limits;
mod logs;
mod period;
mod prices;
mod published;
mod region;
mod sessions;
mod traffic;
mod workload;

use std::panic::resume_unwind;
use std::thread;

pub use costs::Costs;
pub use demand::Demand;
pub use dollars::Dollars;
use instances::Choice;
pub use limits::{Limit, QUOTAS, SETTINGS, When};
pub use period::Period;
use region::Region;
use traffic::Traffic;
use workload::Workload;

const RATES: [f64; 7] = [100.0, 316.0, 1_000.0, 3_162.0, 10_000.0, 31_623.0, 100_000.0];
/// Seconds in which traffic grows, and for which it is watched at its height.
const GROWS_FOR: f64 = 600.0;
const GROWN: f64 = 60.0;
/// Requests of a growth, where it is only to be seen that everything runs.
const REQUESTS_QUICK: f64 = 10_000.0;

/// What came of one rate of requests.
#[derive(Debug, Clone)]
pub struct Simulated {
    pub per_second: f64,
    /// From a first request that finds nothing warm, for a URL's lifetime.
    pub cold: Period,
    /// From then on, until all sessions have been renewed.
    pub warm: Period,
    /// The same, where a request goes to the instance that was idle longest.
    pub warm_by_idle_longest: Period,
    /// With nothing warm, but with traffic that grows.
    pub growing: Period,
    pub dollars_per_million: Dollars,
    /// None where boto3 was not measured.
    pub boto3: Option<Boto3>,
}

/// A function that signs with boto3 and does nothing else: it has no table, signs as its own role, and reads neither events nor policies.
#[derive(Debug, Clone, Copy)]
pub struct Boto3 {
    /// Seconds of a request, once it has started.
    pub latency: f64,
    pub dollars_per_million: f64,
}

pub fn simulate(costs: &Costs, quick: bool) -> Vec<Simulated> {
    let at_once = |choice| RATES.map(|rate| at_once(rate, costs, choice, quick));
    let (busy_last, idle_longest, growing) = thread::scope(|scope| {
        let idle_longest = scope.spawn(|| at_once(Choice::IdleLongest));
        let busy_last = at_once(Choice::BusyLast);
        let growing = RATES.map(|rate| growing(rate, costs, quick));
        (busy_last, idle_longest.join().unwrap_or_else(|panic| resume_unwind(panic)), growing)
    });
    let came = busy_last.into_iter().zip(idle_longest).zip(growing);
    RATES
        .into_iter()
        .zip(came)
        .map(|(per_second, (([cold, warm], [_, warm_by_idle_longest]), growing))| {
            let boto3 = costs.boto3.map(|seconds| {
                let latency = Costs::in_lambda(seconds);
                Boto3 { latency, dollars_per_million: Dollars::of_nothing_but(latency, per_second) }
            });
            let dollars_per_million = Dollars::of(&warm, per_second, costs);
            Simulated { per_second, cold, warm, warm_by_idle_longest, growing, dollars_per_million, boto3 }
        })
        .collect()
}

/// Nothing is warm at first, and then, once rows have been renewed, all is watched for as long as a session is good for.
fn at_once(per_second: f64, costs: &Costs, choice: Choice, quick: bool) -> [Period; 2] {
    let workload = Workload::BUSY;
    let warm_from = f64::from(workload.lifetime);
    let until = [warm_from, warm_from + workload.session_is_good_for()];
    let share = share(per_second, quick);
    let traffic = Traffic { per_second, grows_for: 0.0 };
    Region::new(workload, *costs, choice).run(traffic, until.map(|second| second * share))
}

fn growing(per_second: f64, costs: &Costs, quick: bool) -> Period {
    let share = share(per_second, quick);
    let traffic = Traffic { per_second, grows_for: GROWS_FOR * share };
    let [growing] = Region::new(Workload::BUSY, *costs, Choice::BusyLast).run(traffic, [(GROWS_FOR + GROWN) * share]);
    growing
}

/// Of all seconds.
fn share(per_second: f64, quick: bool) -> f64 {
    if quick { REQUESTS_QUICK / per_second / (GROWS_FOR + GROWN) } else { 1.0 }
}
