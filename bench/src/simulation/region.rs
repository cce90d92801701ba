use super::chance::{Chance, Ranks, Waits};
use super::costs::Costs;
use super::instances::{Idle, Instances, Mark};
use super::period::{Period, Watch};
use super::published::{DYNAMODB, RUST_START, STS};
use super::traffic::Traffic;
use super::workload::Workload;

/// A region's service.
pub struct Region {
    workload: Workload,
    costs: Costs,
    chance: Chance,
    ranks: Ranks,
    dynamodb: Waits,
    sts: Waits,
    starts: Waits,
    instances: Instances,
    rows: Vec<Row>,
}

/// The table's row of a URL.
#[derive(Clone, Copy, Default)]
struct Row {
    /// When its writing has ended: before, other instances find none.
    stored: f32,
    /// Until when it is good; zero where there is none.
    until: f32,
}

/// An entry of the index has 1 KB to write.
const INDEX_UNITS: u64 = 1;
/// Of a row that takes the place of an older one. The index is sorted by when URLs end, so that the older one's entry is deleted, and a
/// new one put. Source: Amazon DynamoDB developer guide, "Using global secondary indexes in DynamoDB", on write capacity.
const INDEX_UNITS_OF_RENEWAL: u64 = 2;

impl Region {
    pub fn new(workload: Workload, costs: Costs, picks: Idle) -> Self {
        let rows = vec![Row::default(); workload.urls as usize];
        Self {
            workload,
            costs,
            chance: Chance::new(),
            ranks: Ranks::of(workload.urls),
            dynamodb: Waits::of(DYNAMODB),
            sts: Waits::of(STS),
            starts: Waits::of(RUST_START),
            instances: Instances::new(picks),
            rows,
        }
    }

    /// Runs from a first request on that finds nothing warm, until the last of these seconds: what came of the time until each.
    pub fn run<const N: usize>(mut self, traffic: Traffic, until: [f64; N]) -> [Period; N] {
        let (mut now, mut began) = (traffic.next(0.0, &mut self.chance), 0.0);
        until.map(|end| {
            let mut watch = Watch::from(began);
            while now < end {
                self.request(now, &mut watch);
                now = traffic.next(now, &mut self.chance);
            }
            began = end;
            watch.ended(end)
        })
    }

    fn request(&mut self, now: f64, watch: &mut Watch) {
        let (instance, new) = self.instances.take(now);
        watch.comes(now, new, self.instances.busy() + 1);
        let start = if new { self.starts.draw(&mut self.chance) } else { 0.0 };
        let took = start + self.handle(instance, now + start, watch);
        self.instances.busy_until(instance, now + took);
        watch.took(took);
    }

    /// How long an instance is busy with a request: the issuer's way, as `issue_urls::Issuer` has it.
    fn handle(&mut self, instance: usize, now: f64, watch: &mut Watch) -> f64 {
        let (workload, counts) = (&self.workload, &mut watch.counts);
        let url = self.ranks.draw(&mut self.chance);
        let bucket = Workload::bucket_of(url);
        let mut took = Costs::in_lambda(self.costs.hit);
        let (Some(instance), Some(row)) = (self.instances.get(instance), self.rows.get_mut(url as usize)) else {
            return took;
        };

        let row_is_good = f64::from(row.stored) <= now && now < f64::from(row.until);
        let fresh = instance.is_fresh(bucket, now, workload.staleness);
        let account_is_fresh = now - instance.account < workload.staleness;
        let mark = |until| Mark::of(url, until, workload.row_is_good_for());
        if fresh && account_is_fresh && row_is_good && instance.remembers(url, mark(row.until)) {
            counts.from_memory += 1;
            return took;
        }
        counts.look_ups += 1;
        counts.look_ups_of_first += u64::from(url == 0);
        if !fresh {
            counts.buckets_read += 1;
            instance.has_read(bucket, now);
        }
        if !account_is_fresh {
            counts.accounts_read += 1;
            instance.account = now;
        }
        took += self.dynamodb.draw(&mut self.chance) + Costs::in_lambda(self.costs.call);
        if row_is_good {
            counts.from_table += 1;
            instance.remember(url, mark(row.until));
            return took;
        }
        let caller = workload.caller_of(url);
        if !instance.sessions.has(caller, bucket, now) {
            counts.sts_calls += 1;
            took += self.sts.draw(&mut self.chance) + Costs::in_lambda(self.costs.call);
            instance.sessions.keep(caller, bucket, now + workload.session_is_good_for());
        }
        counts.stored += 1;
        if let Some(units) = counts.index_units.get_mut(bucket) {
            // TTL deletes a row some days after its end.
            *units += if row.until > 0.0 { INDEX_UNITS_OF_RENEWAL } else { INDEX_UNITS };
        }
        took += self.dynamodb.draw(&mut self.chance) + Costs::in_lambda(self.costs.call + self.costs.signature);
        #[expect(clippy::cast_possible_truncation, reason = "for an hour it is right to a quarter of a millisecond")]
        let [signed, stored] = [now, now + took].map(|second| second as f32);
        *row = Row { stored, until: signed + workload.row_is_good_for() };
        instance.remember(url, mark(row.until));
        took
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs::ON_THE_PAGE;

    #[test]
    fn a_url_that_is_signed_again_costs_the_index_a_deletion_and_a_put() {
        let one_url = Workload { urls: 1, ..Workload::BUSY };
        let mut region = Region::new(one_url, COSTS, Idle::BusyLast);
        let (instance, _) = region.instances.take(0.0);
        let mut units_by = |now: f64| {
            let mut watch = Watch::from(now);
            region.handle(instance, now, &mut watch);
            (watch.counts.stored, watch.counts.index_units.iter().sum::<u64>())
        };
        assert_eq!([1.0, 2.0, 452.0].map(&mut units_by), [(1, 1), (0, 0), (1, 2)]);
    }

    #[test]
    fn a_row_is_found_once_it_has_been_written() {
        let one_url = Workload { urls: 1, ..Workload::BUSY };
        let mut region = Region::new(one_url, COSTS, Idle::BusyLast);
        let mut signed_by_another = |now: f64| {
            let mut watch = Watch::from(now);
            let (instance, _) = region.instances.take(now);
            region.handle(instance, now, &mut watch);
            watch.counts.stored
        };
        assert_eq!([1.0, 1.0, 5.0].map(&mut signed_by_another), [1, 1, 0]);
    }

    #[test]
    fn sessions_that_began_together_end_together() {
        let traffic = Traffic { per_second: 50.0, grows_for: 0.0 };
        let few = Workload { urls: 100, callers: 10, ..Workload::BUSY };
        let renewal = few.session_is_good_for();
        let until = [renewal / 2.0, renewal, renewal + 900.0];
        let [first, between, again] =
            Region::new(few, COSTS, Idle::BusyLast).run(traffic, until).map(|it| it.mean.sts_calls);
        assert!(first > 2.0 * between && again > 2.0 * between, "{first} {between} {again}");
    }
}
