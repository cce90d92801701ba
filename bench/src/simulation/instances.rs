use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::sessions::Sessions;
use super::workload::BUCKETS;

/// URLs that an instance remembers at the most, as in `url_cache::Recent`.
const PLACES: u32 = 8_192;

/// More than there ever are: a moment and an instance have their order as one number.
const INSTANCES: u64 = 1 << 16;

/// Which row of a URL it is that an instance remembers: all that need be kept of it. A row gives way to another only when it is good no
/// more, so that what is remembered is the table's row, or of no use. Where instances store a URL at once, each one's row is as good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mark(u16);

impl Mark {
    const NONE: Self = Self(u16::MAX);
    /// Rows of a URL that are told apart.
    const ROWS: u32 = 512;

    /// The row that is good until then, as rows are for so many seconds: no two are until the same of so many.
    pub fn of(url: u32, until: f32, good_for: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "there are a few")]
        let row = (until / good_for) as u32;
        let urls_of_a_place = url / PLACES;
        u16::try_from(urls_of_a_place * Self::ROWS + row % Self::ROWS).map_or(Self::NONE, Self)
    }
}

/// A running function: what it remembers.
pub struct Instance {
    /// By the URL's number; where two have the same place, the later one has it.
    urls: Vec<Mark>,
    /// When the account's scope was last read.
    pub account: f64,
    /// By bucket: when its scopes, and those of its signer, were last read.
    scopes: [f64; BUCKETS as usize],
    pub sessions: Sessions,
}

impl Instance {
    fn new() -> Self {
        Self {
            urls: vec![Mark::NONE; PLACES as usize],
            account: f64::NEG_INFINITY,
            scopes: [f64::NEG_INFINITY; BUCKETS as usize],
            sessions: Sessions::new(),
        }
    }

    pub fn remembers(&self, url: u32, row: Mark) -> bool {
        self.urls.get((url % PLACES) as usize).is_some_and(|known| *known == row)
    }

    pub fn remember(&mut self, url: u32, row: Mark) {
        if let Some(place) = self.urls.get_mut((url % PLACES) as usize) {
            *place = row;
        }
    }

    /// Whether what it has read of the bucket is no older than `staleness`.
    pub fn is_fresh(&self, bucket: usize, now: f64, staleness: f64) -> bool {
        self.scopes.get(bucket).is_some_and(|read_at| now - read_at < staleness)
    }

    pub fn has_read(&mut self, bucket: usize, now: f64) {
        if let Some(read_at) = self.scopes.get_mut(bucket) {
            *read_at = now;
        }
    }
}

/// Which of the idle instances gets a request. AWS does not say: these are the extremes.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// Few instances have most to do, and remember most of what they are asked for.
    BusyLast,
    /// All have as much to do.
    IdleLongest,
}

/// All instances. A request goes to an idle one, or else to a new one, however many there are. None ends.
pub struct Instances {
    choice: Choice,
    all: Vec<Instance>,
    /// The one that was busy last is the last.
    idle: VecDeque<usize>,
    /// Until when, in nanoseconds, and by [`INSTANCES`] which.
    busy: BinaryHeap<Reverse<u64>>,
}

impl Instances {
    pub fn new(choice: Choice) -> Self {
        Self { choice, all: vec![], idle: VecDeque::new(), busy: BinaryHeap::new() }
    }

    /// How many handle a request.
    pub fn busy(&self) -> usize {
        self.busy.len()
    }

    /// An instance for a request, and whether it is new.
    pub fn take(&mut self, now: f64) -> (usize, bool) {
        let now = nanoseconds(now);
        while let Some(Reverse(until)) = self.busy.peek().copied().filter(|Reverse(until)| until / INSTANCES <= now) {
            self.busy.pop();
            self.idle.push_back(usize::try_from(until % INSTANCES).unwrap_or_default());
        }
        let idle = match self.choice {
            Choice::BusyLast => self.idle.pop_back(),
            Choice::IdleLongest => self.idle.pop_front(),
        };
        if let Some(instance) = idle {
            return (instance, false);
        }
        self.all.push(Instance::new());
        (self.all.len() - 1, true)
    }

    pub fn get(&mut self, instance: usize) -> Option<&mut Instance> {
        self.all.get_mut(instance)
    }

    pub fn busy_until(&mut self, instance: usize, until: f64) {
        self.busy.push(Reverse(nanoseconds(until) * INSTANCES + instance as u64));
    }
}

fn nanoseconds(seconds: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an hour is 2^42 nanoseconds")]
    let nanoseconds = (seconds * 1e9) as u64;
    nanoseconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_one_row_of_one_url() {
        let mut instance = Instance::new();
        let row = |url, until| Mark::of(url, until, 450.0);
        assert!(!instance.remembers(7, row(7, 460.0)), "nothing is yet");
        instance.remember(7, row(7, 460.0));
        assert!(instance.remembers(7, row(7, 460.0)));
        assert!(!instance.remembers(7, row(7, 910.0)), "the next one");
        assert!(!instance.remembers(7 + PLACES, row(7 + PLACES, 460.0)), "another URL");
        assert!(row(999_999, 4_000.0) != Mark::NONE, "there is a mark for each");
    }

    /// Three that have begun together.
    fn three(choice: Choice) -> Instances {
        let mut instances = Instances::new(choice);
        for expected in [(0, true), (1, true), (2, true)] {
            assert_eq!(instances.take(1.0), expected);
        }
        for (instance, until) in [(0, 1.3), (1, 1.2), (2, 1.1)] {
            instances.busy_until(instance, until);
        }
        instances
    }

    #[test]
    fn a_request_goes_to_whoever_was_busy_last_or_to_a_new_instance() {
        let mut instances = three(Choice::BusyLast);
        assert_eq!((instances.take(1.25), instances.busy()), ((1, false), 1));
        assert_eq!([instances.take(1.25), instances.take(1.25)], [(2, false), (3, true)]);
        assert_eq!(instances.take(1.4), (0, false));
    }

    #[test]
    fn a_request_goes_to_whoever_was_idle_longest_or_to_a_new_instance() {
        let mut instances = three(Choice::IdleLongest);
        assert_eq!([instances.take(1.25), instances.take(1.25)], [(2, false), (1, false)]);
        assert_eq!(instances.take(1.25), (3, true));
        instances.busy_until(2, 1.4);
        assert_eq!(instances.take(1.5), (0, false));
    }
}
