use bench::measure::Latency;

use super::counts::Counts;
use super::demand::Demand;
use super::histogram::Histogram;

/// Lambda's starts are limited by how many there are in so many seconds.
const SECONDS_OF_STARTS: f64 = 10.0;

/// What came of a while.
#[derive(Debug, Clone)]
pub struct Period {
    pub requests: f64,
    /// Shares of the requests.
    pub from_memory: f64,
    pub from_table: f64,
    pub latency: Latency,
    /// Milliseconds that Lambda bills for a request, on average.
    pub billed: f64,
    /// On average, and of each the worst second.
    pub mean: Demand,
    pub worst: Demand,
    /// Most instances that were busy at once.
    pub instances: f64,
    /// Most instances that were new within ten seconds.
    pub starts: f64,
}

/// Watches a while that has not ended yet.
pub struct Watch {
    began: f64,
    /// What is counted of the second that goes on.
    pub counts: Counts,
    second_ends: f64,
    all: Counts,
    worst: Demand,
    latency: Histogram,
    billed: f64,
    instances: usize,
    starts: u32,
    starts_end: f64,
    most_starts: u32,
}

impl Watch {
    pub fn from(began: f64) -> Self {
        Self {
            began,
            counts: Counts::default(),
            second_ends: began + 1.0,
            all: Counts::default(),
            worst: Demand::default(),
            latency: Histogram::new(),
            billed: 0.0,
            instances: 0,
            starts: 0,
            starts_end: began + SECONDS_OF_STARTS,
            most_starts: 0,
        }
    }

    /// A request comes at `now`, to a new instance or not, where so many are busy.
    pub fn comes(&mut self, now: f64, new: bool, busy: usize) {
        if now >= self.second_ends {
            self.second_is_over();
            self.second_ends = now.floor() + 1.0;
        }
        if now >= self.starts_end {
            self.starts = 0;
            self.starts_end = now.floor() + SECONDS_OF_STARTS;
        }
        self.counts.requests += 1;
        self.starts += u32::from(new);
        self.most_starts = self.most_starts.max(self.starts);
        self.instances = self.instances.max(busy);
    }

    /// It has taken so long. Lambda bills whole milliseconds.
    pub fn took(&mut self, seconds: f64) {
        self.latency.add(seconds);
        self.billed += (seconds * 1e3).ceil();
    }

    fn second_is_over(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        self.worst = self.worst.worst(Demand::of(&counts, 1.0));
        self.all.add(&counts);
    }

    pub fn ended(mut self, at: f64) -> Period {
        self.second_is_over();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let [requests, from_memory, from_table] =
            [self.all.requests, self.all.from_memory, self.all.from_table].map(|count| count as f64);
        #[expect(clippy::cast_precision_loss, reason = "there are some thousand instances")]
        let instances = self.instances as f64;
        Period {
            requests,
            from_memory: from_memory / requests.max(1.0),
            from_table: from_table / requests.max(1.0),
            latency: self.latency.latency(),
            billed: self.billed / requests.max(1.0),
            mean: Demand::of(&self.all, at - self.began),
            worst: self.worst,
            instances,
            starts: f64::from(self.most_starts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_second_is_told_apart_from_the_others() {
        let mut watch = Watch::from(0.0);
        for (now, sts_calls) in [(0.5, 1), (1.5, 5), (1.6, 4), (3.5, 2)] {
            watch.comes(now, false, 1);
            watch.counts.sts_calls += sts_calls;
            watch.took(0.001);
        }
        let period = watch.ended(4.0);
        assert_eq!((period.worst.sts_calls, period.mean.sts_calls), (9.0, 3.0));
    }

    #[test]
    fn starts_are_counted_in_ten_seconds_and_instances_at_once() {
        let mut watch = Watch::from(0.0);
        for (now, busy) in [(0.5, 1), (9.5, 7), (10.5, 2), (11.5, 3), (19.5, 3)] {
            watch.comes(now, true, busy);
        }
        let period = watch.ended(20.0);
        assert_eq!((period.starts, period.instances), (3.0, 7.0));
    }

    #[test]
    fn begun_milliseconds_are_billed() {
        let mut watch = Watch::from(0.0);
        for took in [0.0004, 0.0021] {
            watch.comes(0.1, false, 1);
            watch.took(took);
        }
        assert!((watch.ended(1.0).billed - 2.0).abs() < 1e-9, "one and three");
    }
}
