use super::chance::{Chance, Ranks, Waits};
use super::costs::Costs;
use super::instances::{Choice, Instances, Mark};
use super::period::{Period, Watch};
use super::published::{DYNAMODB, RUST_START, STS};
use super::traffic::Traffic;
use super::workload::{MOST_ASKED, Workload};

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
    /// The table's, by URL.
    rows: Vec<Row>,
}

/// What the table has of a URL.
#[derive(Clone, Copy, Default)]
struct Row {
    /// When it had been stored: who looked before found nothing good, and signed too.
    from: f32,
    /// Until when it is good; zero where there is none.
    until: f32,
}

impl Row {
    fn is_good(self, now: f64) -> bool {
        (f64::from(self.from)..f64::from(self.until)).contains(&now)
    }
}

/// An entry of the index has 1 KB to write.
const INDEX_UNITS: u64 = 1;
/// Of a row that takes the place of an older one. The index is sorted by when URLs end, so that the older one's entry is deleted, and a
/// new one put. Source: Amazon DynamoDB developer guide, "Using global secondary indexes in DynamoDB", on write capacity.
const INDEX_UNITS_OF_RENEWAL: u64 = 2;

impl Region {
    pub fn new(workload: Workload, costs: Costs, choice: Choice) -> Self {
        let rows = vec![Row::default(); workload.urls as usize];
        Self {
            workload,
            costs,
            chance: Chance::new(),
            ranks: Ranks::of(workload.urls),
            dynamodb: Waits::of(DYNAMODB),
            sts: Waits::of(STS),
            starts: Waits::of(RUST_START),
            instances: Instances::new(choice),
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

        let row_is_good = row.is_good(now);
        let fresh = instance.is_fresh(bucket, now, workload.staleness);
        let account_is_fresh = now - instance.account < workload.staleness;
        let mark = |until| Mark::of(url, until, workload.row_is_good_for());
        if fresh && account_is_fresh && row_is_good && instance.remembers(url, mark(row.until)) {
            counts.from_memory += 1;
            return took;
        }
        counts.look_ups += 1;
        counts.look_ups_of_most_asked += u64::from(url == MOST_ASKED);
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
        let [now_as_row, stored] = [now, now + took].map(|seconds| seconds as f32);
        let until = now_as_row + workload.row_is_good_for();
        // While another instance stores it too, whatever is there first is read.
        let from = if now_as_row < row.from { stored.min(row.from) } else { stored };
        *row = Row { from, until };
        instance.remember(url, mark(until));
        took
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs::FOR_TESTS;
    const ONE_URL: Workload = Workload { urls: 1, ..Workload::BUSY };

    #[test]
    fn a_url_that_is_signed_again_costs_the_index_a_deletion_and_a_put() {
        let mut region = Region::new(ONE_URL, COSTS, Choice::BusyLast);
        let (instance, _) = region.instances.take(0.0);
        let mut units_by = |now: f64| {
            let mut watch = Watch::from(now);
            region.handle(instance, now, &mut watch);
            (watch.counts.stored, watch.counts.index_units.iter().sum::<u64>())
        };
        assert_eq!([1.0, 2.0, 452.0].map(&mut units_by), [(1, 1), (0, 0), (1, 2)]);
    }

    #[test]
    fn two_instances_that_are_asked_at_once_both_sign_and_who_is_asked_later_reads_what_they_stored() {
        let mut region = Region::new(ONE_URL, COSTS, Choice::BusyLast);
        let instances = [0.0; 3].map(|now| region.instances.take(now).0);
        let mut watch = Watch::from(0.0);
        for (instance, now) in instances.into_iter().zip([1.0, 1.0, 2.0]) {
            assert!(region.handle(instance, now, &mut watch) < 1.0, "the last one looks when both have stored");
        }
        let counts = watch.counts;
        assert_eq!((counts.stored, counts.from_table, counts.look_ups_of_most_asked), (2, 1, 3));
    }

    #[test]
    fn a_row_is_read_when_the_first_of_those_who_store_it_has_done_so() {
        let mut region = Region::new(ONE_URL, COSTS, Choice::BusyLast);
        let instances = [0.0; 2].map(|now| region.instances.take(now).0);
        let ended = instances.map(|instance| 1.0 + region.handle(instance, 1.0, &mut Watch::from(0.0)));
        let first = ended[0].min(ended[1]);
        let row = region.rows[0];
        assert!(!row.is_good(first - 0.001) && row.is_good(first + 0.001));
    }

    #[test]
    fn where_requests_go_to_the_instance_that_was_idle_longest_less_is_from_memory() {
        let traffic = Traffic { per_second: 1_000.0, grows_for: 0.0 };
        let [few, all] = [Choice::BusyLast, Choice::IdleLongest].map(|choice| {
            let [_, later] = Region::new(Workload::BUSY, COSTS, choice).run(traffic, [10.0, 20.0]);
            later
        });
        assert!(few.from_memory > 1.2 * all.from_memory, "{} {}", few.from_memory, all.from_memory);
        let reads = [few, all].map(|it| it.mean.hottest_reads);
        assert!(reads[1] > 1.5 * reads[0], "{reads:?}");
    }

    #[test]
    fn sessions_that_began_together_end_together() {
        let traffic = Traffic { per_second: 50.0, grows_for: 0.0 };
        let few = Workload { urls: 100, callers: 10, ..Workload::BUSY };
        let renewal = few.session_is_good_for();
        let until = [renewal / 2.0, renewal, renewal + 900.0];
        let [first, between, again] =
            Region::new(few, COSTS, Choice::BusyLast).run(traffic, until).map(|it| it.mean.sts_calls);
        assert!(first > 2.0 * between && again > 2.0 * between, "{first} {between} {again}");
    }
}
