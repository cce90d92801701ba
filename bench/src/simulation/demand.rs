use super::counts::Counts;

/// What a region asks of AWS in a second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Demand {
    pub sts_calls: f64,
    pub read_units: f64,
    /// Of the table without its index, which has a quota of its own.
    pub write_units: f64,
    /// Of the whole index.
    pub index_units: f64,
    /// Of the account's generation, which all instances read.
    pub hottest_reads: f64,
    /// Of the row of the URL that is asked for most.
    pub hottest_row_reads: f64,
    /// Of the busiest bucket's part of the index.
    pub hottest_index_units: f64,
}

/// Scopes of one bucket alone that a look-up reads, where the instance has not read them just before: role, the role's sessions, bucket.
/// Then there is the account's.
const SCOPES_OF_BUCKET: f64 = 3.0;
/// A row of a URL with a session token has up to 4 KB to read, and 3 KB to write.
const ROW_READ_UNITS: f64 = 1.0;
const ROW_WRITE_UNITS: f64 = 3.0;

impl Demand {
    /// What has been counted, spread over so many seconds.
    pub fn of(counts: &Counts, seconds: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let per_second = |count: u64| count as f64 / seconds;
        let accounts = per_second(counts.accounts_read);
        let scopes = accounts + per_second(counts.buckets_read) * SCOPES_OF_BUCKET;
        Self {
            sts_calls: per_second(counts.sts_calls),
            read_units: per_second(counts.look_ups) * ROW_READ_UNITS + scopes,
            write_units: per_second(counts.stored) * ROW_WRITE_UNITS,
            index_units: per_second(counts.index_units.iter().sum()),
            hottest_reads: accounts,
            hottest_row_reads: per_second(counts.look_ups_of_most_asked) * ROW_READ_UNITS,
            hottest_index_units: per_second(counts.index_units.into_iter().max().unwrap_or_default()),
        }
    }

    /// Of each the greater.
    pub fn worst(self, other: Self) -> Self {
        Self {
            sts_calls: self.sts_calls.max(other.sts_calls),
            read_units: self.read_units.max(other.read_units),
            write_units: self.write_units.max(other.write_units),
            index_units: self.index_units.max(other.index_units),
            hottest_reads: self.hottest_reads.max(other.hottest_reads),
            hottest_row_reads: self.hottest_row_reads.max(other.hottest_row_reads),
            hottest_index_units: self.hottest_index_units.max(other.hottest_index_units),
        }
    }
}
