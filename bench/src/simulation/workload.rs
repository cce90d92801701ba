/// What the simulated callers ask for: a guess at a busy service, to be changed to one's own.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    pub per_second: f64,
    /// Different URLs; each is asked for in proportion to 1 over its rank.
    pub urls: u32,
    pub callers: u32,
    pub buckets: u32,
    /// Seconds that a URL is asked for. It is given out again until it has half of them left.
    pub lifetime: f64,
    /// Seconds that a signing session lives.
    pub session: f64,
    /// Seconds for which an instance trusts what it has read of the generations.
    pub staleness: f64,
}

impl Workload {
    pub fn at(per_second: f64) -> Self {
        Self {
            per_second,
            urls: 1_000_000,
            callers: 1_000,
            buckets: 10,
            lifetime: 900.0,
            session: 3600.0,
            staleness: 1.0,
        }
    }
}
