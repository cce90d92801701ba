/// Each has a signing role of its own.
pub const BUCKETS: u32 = 10;

/// The URL that is asked for most: the first of the ranks.
pub const MOST_ASKED: u32 = 0;

/// What the simulated callers ask for: a guess at a busy service, to be changed to one's own.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// Different URLs; each is asked for in proportion to 1 over its rank.
    pub urls: u32,
    pub callers: u32,
    /// Seconds that a URL is asked for. It is given out again until it has half of them left.
    pub lifetime: f32,
    /// Seconds that a signing session lives.
    pub session: f64,
    /// Seconds for which an instance trusts what it has read of the generations.
    pub staleness: f64,
}

impl Workload {
    pub const BUSY: Self = Self { urls: 1_000_000, callers: 1_000, lifetime: 900.0, session: 3600.0, staleness: 1.0 };

    /// Seconds after which a row gives way to a new one: half of its lifetime is gone.
    pub fn row_is_good_for(&self) -> f32 {
        self.lifetime / 2.0
    }

    /// Seconds after which a session gives way to a new one: it would shorten a URL by more than a tenth.
    pub fn session_is_good_for(&self) -> f64 {
        self.session - f64::from(self.lifetime) * 0.9
    }

    /// Who asks for a URL: whichever bucket it is in.
    pub fn caller_of(&self, url: u32) -> u32 {
        scattered(url, 0x9e37_79b9, self.callers)
    }

    pub fn bucket_of(url: u32) -> usize {
        scattered(url, 0x85eb_ca6b, BUCKETS) as usize
    }
}

/// One of `number`, as good as at random: numbers in a row lie far from each other.
fn scattered(url: u32, by: u32, number: u32) -> u32 {
    let at = u64::from(url.wrapping_mul(by)) * u64::from(number);
    u32::try_from(at >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_caller_asks_for_urls_of_every_bucket() {
        let workload = Workload::BUSY;
        let mut pairs = HashMap::new();
        for url in 0..workload.urls {
            *pairs.entry((workload.caller_of(url), Workload::bucket_of(url))).or_insert(0) += 1;
        }
        assert_eq!(pairs.len(), 10_000);
        let (fewest, most) = (pairs.values().min(), pairs.values().max());
        assert!(fewest > Some(&70) && most < Some(&130), "of about a hundred: {fewest:?} to {most:?}");
    }
}
