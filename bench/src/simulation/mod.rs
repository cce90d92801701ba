//! The service at traffic that no machine here can make: its caches, sessions and instances, one request after the other, on
//! latencies and limits that others have published.

mod chance;
mod costs;
mod instances;
mod published;
mod region;
mod sessions;
mod workload;

pub use costs::Costs;
pub use published::{CONCURRENCY_LIMIT, PARTITION_READS, PARTITION_WRITES, STARTS_LIMIT, STS_LIMIT};
use region::Region;
pub use region::Simulated;
use workload::Workload;

const RATES: [f64; 7] = [100.0, 316.0, 1_000.0, 3_162.0, 10_000.0, 31_623.0, 100_000.0];
/// Requests that are simulated at each rate, at most, and seconds.
const MOST_REQUESTS: f64 = 10_000_000.0;
const MOST_SECONDS: f64 = 3_600.0;

pub fn simulate(costs: &Costs, quick: bool) -> Vec<Simulated> {
    let requests = if quick { 10_000.0 } else { MOST_REQUESTS };
    let at = |per_second: f64| {
        let seconds = (requests / per_second).min(MOST_SECONDS);
        Region::new(Workload::at(per_second), *costs).run(seconds)
    };
    RATES.into_iter().map(at).collect()
}
