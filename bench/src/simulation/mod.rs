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
use std::sync::{Mutex, PoisonError};
use std::thread;

pub use costs::Costs;
pub use demand::Demand;
pub use dollars::Dollars;
pub use limits::{Limit, QUOTAS, SETTINGS, When};
pub use period::Period;
use region::Region;
use traffic::Traffic;
use workload::Workload;

const RATES: [f64; 7] = [100.0, 316.0, 1_000.0, 3_162.0, 10_000.0, 31_623.0, 100_000.0];
/// Seconds in which traffic grows, and for which it is watched at its height.
const GROWS_FOR: f64 = 600.0;
const GROWN: f64 = 60.0;
/// Requests of each, where it is only to be seen that everything runs.
const REQUESTS_QUICK: f64 = 10_000.0;

/// What came of one rate of requests.
#[derive(Debug, Clone)]
pub struct Simulated {
    pub per_second: f64,
    /// From a first request that finds nothing warm, for a URL's lifetime.
    pub cold: Period,
    /// From then on, until all sessions have been renewed.
    pub warm: Period,
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
    let waiting = Mutex::new(RATES.to_vec());
    let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || {
        let mut done = vec![];
        while let Some(per_second) = take() {
            done.push(at(per_second, costs, quick));
        }
        done
    };
    // The highest rate takes more than all others together, and goes first.
    let mut simulated = thread::scope(|scope| {
        let others = scope.spawn(work);
        let mut simulated = work();
        simulated.extend(others.join().unwrap_or_else(|panic| resume_unwind(panic)));
        simulated
    });
    simulated.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    simulated
}

fn at(per_second: f64, costs: &Costs, quick: bool) -> Simulated {
    let workload = Workload::BUSY;
    let warm_from = workload.lifetime;
    let until = warm_from + workload.session_is_good_for();
    let share = if quick { REQUESTS_QUICK / (per_second * until) } else { 1.0 };
    let at_once = Traffic { per_second, grows_for: 0.0 };
    let [cold, warm] = Region::new(workload, *costs).run(at_once, [warm_from, until].map(|second| second * share));
    let slowly = Traffic { per_second, grows_for: GROWS_FOR * share };
    let [growing] = Region::new(workload, *costs).run(slowly, [(GROWS_FOR + GROWN) * share]);
    let boto3 = costs.boto3.map(|seconds| {
        let latency = Costs::in_lambda(seconds);
        Boto3 { latency, dollars_per_million: Dollars::of_nothing_but(latency, per_second) }
    });
    let dollars_per_million = Dollars::of(&warm, per_second, costs);
    Simulated { per_second, cold, warm, growing, dollars_per_million, boto3 }
}
