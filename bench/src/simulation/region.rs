use std::time::Duration;

use bench::measure::Latency;

use super::chance::Chance;
use super::costs::{Costs, MEGABYTES};
use super::instances::Instances;
use super::published::{
    DYNAMODB, GIGABYTE_SECOND, MILLION_API_REQUESTS, MILLION_INVOCATIONS, MILLION_READ_UNITS, MILLION_WRITE_UNITS,
    PYTHON_START, RUST_START, STS,
};
use super::workload::Workload;

/// A region's service at one rate of requests.
pub struct Region {
    workload: Workload,
    costs: Costs,
    chance: Chance,
    instances: Instances,
    /// Until when the table's row of each URL is good.
    rows: Vec<f64>,
}

/// What came of it. Everything per second is of the second half, when the caches are warm, but for the peak of STS calls.
#[derive(Debug, Clone)]
pub struct Simulated {
    pub per_second: f64,
    /// Seconds that were simulated.
    pub seconds: f64,
    /// Shares of the requests.
    pub from_memory: f64,
    pub from_table: f64,
    pub latency: Latency,
    pub instances: usize,
    /// Instances that were new in the busiest second.
    pub most_starts: f64,
    pub sts_calls: f64,
    /// In the busiest second, which is one of the first.
    pub most_sts_calls: f64,
    pub read_units: f64,
    pub write_units: f64,
    /// Reads of the account's scope, which all instances read.
    pub hottest_reads: f64,
    /// Units that are written to the busiest bucket's part of the index.
    pub hottest_writes: f64,
    pub dollars_per_million: Dollars,
    /// The same for a function that signs with boto3, starts as often as ours, and does nothing else: it has no table, signs as its own
    /// role, and reads neither events nor policies.
    pub boto3: Latency,
    pub boto3_dollars_per_million: Dollars,
}

#[derive(Debug, Clone, Copy)]
pub struct Dollars {
    pub lambda: f64,
    pub dynamodb: f64,
    pub api_gateway: f64,
}

impl Dollars {
    pub fn sum(self) -> f64 {
        self.lambda + self.dynamodb + self.api_gateway
    }
}

/// Scopes of one bucket alone that a look-up reads, where the instance has not read them just before: role, the role's sessions, bucket.
/// Then there is the account's.
const SCOPES_OF_BUCKET: f64 = 3.0;
/// A row of a URL with a session token has up to 4 KB to read, and 3 KB to write; its entry in the index 1 KB.
const ROW_READ_UNITS: f64 = 1.0;
const ROW_WRITE_UNITS: f64 = 3.0;
const INDEX_WRITE_UNITS: f64 = 1.0;
/// Of a row that takes the place of an older one. The index is sorted by when URLs end, so that the older one's entry is deleted, and a
/// new one put. Source: Amazon DynamoDB developer guide, "Using global secondary indexes in DynamoDB", on write capacity.
const INDEX_WRITE_UNITS_OF_RENEWAL: f64 = 2.0;

/// What is counted, of a second or of the half.
#[derive(Debug, Default, Clone)]
struct Counts {
    requests: u32,
    from_memory: u32,
    from_table: u32,
    look_ups: u32,
    accounts_read: u32,
    buckets_read: u32,
    stored: u32,
    /// Of those stored, the ones whose URL has a row already: TTL deletes a row some days after its end.
    renewed: u32,
    stored_in_busiest_bucket: u32,
    renewed_in_busiest_bucket: u32,
    sts_calls: u32,
    busy: f64,
}

impl Region {
    pub fn new(workload: Workload, costs: Costs) -> Self {
        let rows = vec![0.0; workload.urls as usize];
        Self { workload, costs, chance: Chance::new(), instances: Instances::default(), rows }
    }

    /// Runs for so many seconds, from a first request on that finds nothing warm.
    pub fn run(mut self, seconds: f64) -> Simulated {
        let (mut warm, mut took, mut boto3) = (Counts::default(), vec![], vec![]);
        let (mut second, mut sts_calls, mut starts) = (0.0_f64, 0.0_f64, 0.0_f64);
        let (mut most_sts_calls, mut most_starts) = (0.0_f64, 0.0_f64);
        let mut now = 0.0;
        while now < seconds {
            now += self.chance.interval(self.workload.per_second);
            if now.floor() > second {
                (second, sts_calls, starts) = (now.floor(), 0.0, 0.0);
            }
            let mut counts = Counts::default();
            let (instance, new) = self.instances.take(now);
            let wait = if new { self.chance.wait(RUST_START) } else { 0.0 };
            let handled = self.handle(instance, now + wait, &mut counts);
            self.instances.busy_until(instance, now + wait + handled);
            sts_calls += f64::from(counts.sts_calls);
            starts += f64::from(u8::from(new));
            (most_sts_calls, most_starts) = (most_sts_calls.max(sts_calls), most_starts.max(starts));
            if now >= seconds / 2.0 {
                warm.add(&counts, handled);
                took.push(Duration::from_secs_f64(wait + handled));
                let start = if new { self.chance.wait(PYTHON_START) } else { 0.0 };
                boto3.push(Duration::from_secs_f64(start + Costs::in_lambda(self.costs.boto3)));
            }
        }
        let per_second = |count: u32| f64::from(count) / (seconds / 2.0);
        let share = |count: u32| f64::from(count) / f64::from(warm.requests.max(1));
        let scopes = f64::from(warm.accounts_read) + f64::from(warm.buckets_read) * SCOPES_OF_BUCKET;
        let reads = f64::from(warm.look_ups) * ROW_READ_UNITS + scopes;
        let writes = f64::from(warm.stored) * ROW_WRITE_UNITS + index_units(warm.stored, warm.renewed);
        let hottest_writes = index_units(warm.stored_in_busiest_bucket, warm.renewed_in_busiest_bucket);
        let requests = f64::from(warm.requests.max(1));
        let lambda = |busy: f64| MILLION_INVOCATIONS + 1e6 * busy * GIGABYTE_SECOND * MEGABYTES / 1024.0;
        Simulated {
            per_second: self.workload.per_second,
            seconds,
            from_memory: share(warm.from_memory),
            from_table: share(warm.from_table),
            latency: Latency::of(took),
            instances: self.instances.number(),
            most_starts,
            sts_calls: per_second(warm.sts_calls),
            most_sts_calls,
            read_units: reads / (seconds / 2.0),
            write_units: writes / (seconds / 2.0),
            hottest_reads: per_second(warm.accounts_read),
            hottest_writes: hottest_writes / (seconds / 2.0),
            dollars_per_million: Dollars {
                lambda: lambda(warm.busy / requests),
                dynamodb: (reads * MILLION_READ_UNITS + writes * MILLION_WRITE_UNITS) / requests,
                api_gateway: MILLION_API_REQUESTS,
            },
            boto3: Latency::of(boto3),
            boto3_dollars_per_million: Dollars {
                lambda: lambda(Costs::in_lambda(self.costs.boto3)),
                dynamodb: 0.0,
                api_gateway: MILLION_API_REQUESTS,
            },
        }
    }

    /// One request, and how long its instance is busy with it: the issuer's way, as `issue_urls::Issuer` has it.
    fn handle(&mut self, instance: usize, now: f64, counts: &mut Counts) -> f64 {
        let Workload { urls, lifetime, session, staleness, .. } = self.workload;
        let url = self.chance.ranked(urls);
        let (caller, bucket) = (self.workload.caller_of(url), self.workload.bucket_of(url));
        let mut took = Costs::in_lambda(self.costs.hit);
        let Some(instance) = self.instances.get(instance) else { return took };

        let remembered = instance.remembers(url, now);
        let fresh = instance.scopes.get(&bucket).is_some_and(|read_at| now - read_at < staleness);
        if fresh && remembered && now - instance.account < staleness {
            counts.from_memory = 1;
            return took;
        }
        counts.look_ups = 1;
        if !fresh {
            counts.buckets_read = 1;
            instance.scopes.insert(bucket, now);
        }
        if now - instance.account >= staleness {
            counts.accounts_read = 1;
            instance.account = now;
        }
        took += self.chance.wait(DYNAMODB) + Costs::in_lambda(self.costs.call);
        let Some(row) = self.rows.get_mut(url as usize) else { return took };
        if now < *row {
            counts.from_table = 1;
            instance.remember(url, *row);
            return took;
        }
        if !instance.sessions.has(caller, bucket, now) {
            counts.sts_calls = 1;
            took += self.chance.wait(STS) + Costs::in_lambda(self.costs.call);
            // Renewed when what is left of it would shorten the URL.
            instance.sessions.keep(caller, bucket, now + session - lifetime);
        }
        counts.stored = 1;
        counts.renewed = u32::from(*row > 0.0);
        counts.stored_in_busiest_bucket = if bucket == 0 { counts.stored } else { 0 };
        counts.renewed_in_busiest_bucket = if bucket == 0 { counts.renewed } else { 0 };
        *row = now + lifetime / 2.0;
        instance.remember(url, *row);
        took + self.chance.wait(DYNAMODB) + Costs::in_lambda(self.costs.call + self.costs.signature)
    }
}

/// Units that the index takes for so many rows stored, of which some take an older one's place.
fn index_units(stored: u32, renewed: u32) -> f64 {
    f64::from(stored - renewed) * INDEX_WRITE_UNITS + f64::from(renewed) * INDEX_WRITE_UNITS_OF_RENEWAL
}

impl Counts {
    fn add(&mut self, one: &Self, busy: f64) {
        self.requests += 1;
        self.from_memory += one.from_memory;
        self.from_table += one.from_table;
        self.look_ups += one.look_ups;
        self.accounts_read += one.accounts_read;
        self.buckets_read += one.buckets_read;
        self.stored += one.stored;
        self.renewed += one.renewed;
        self.stored_in_busiest_bucket += one.stored_in_busiest_bucket;
        self.renewed_in_busiest_bucket += one.renewed_in_busiest_bucket;
        self.sts_calls += one.sts_calls;
        self.busy += busy;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_signed_again_costs_the_index_a_deletion_and_a_put() {
        assert_eq!([index_units(3, 0), index_units(3, 2), index_units(3, 3)], [3.0, 5.0, 6.0]);
    }

    #[test]
    fn what_has_been_signed_before_is_a_renewal() {
        let costs = Costs { hit: 1e-4, call: 2e-4, signature: 1e-6, boto3: 2e-4 };
        let one_url = Workload { urls: 1, ..Workload::at(1.0) };
        let mut region = Region::new(one_url, costs);
        let (instance, _) = region.instances.take(0.0);
        let mut renewed_at = |now: f64| {
            let mut counts = Counts::default();
            region.handle(instance, now, &mut counts);
            (counts.stored, counts.renewed)
        };
        assert_eq!([renewed_at(1.0), renewed_at(2.0), renewed_at(452.0)], [(1, 0), (0, 0), (1, 1)]);
    }
}
