use super::workload::BUCKETS;

/// What is counted, of a second or of more.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    pub requests: u64,
    pub from_memory: u64,
    pub from_table: u64,
    pub look_ups: u64,
    /// Those of the URL that is asked for most, and so of one row.
    pub look_ups_of_most_asked: u64,
    /// Readings of the account's generation, one row for all.
    pub accounts_read: u64,
    /// Readings of the generations that are a bucket's own.
    pub buckets_read: u64,
    pub stored: u64,
    /// Units that are written to the index, by bucket.
    pub index_units: [u64; BUCKETS as usize],
    pub sts_calls: u64,
}

impl Counts {
    pub fn add(&mut self, more: &Self) {
        self.requests += more.requests;
        self.from_memory += more.from_memory;
        self.from_table += more.from_table;
        self.look_ups += more.look_ups;
        self.look_ups_of_most_asked += more.look_ups_of_most_asked;
        self.accounts_read += more.accounts_read;
        self.buckets_read += more.buckets_read;
        self.stored += more.stored;
        self.sts_calls += more.sts_calls;
        for (units, more) in self.index_units.iter_mut().zip(more.index_units) {
            *units += more;
        }
    }
}
