use std::time::{Duration, Instant};

use axum::http::StatusCode;

/// One answer, and what came of using it.
pub struct Answered {
    pub began: Instant,
    pub took: Duration,
    /// Of each URL that was asked for, with whether a refusal says when to come back.
    pub statuses: Vec<(StatusCode, bool)>,
    /// What the cache had to do with each, and whether it is of those that are cached.
    pub caches: Vec<(bool, String)>,
    /// Seconds that it lives.
    pub lives: Option<u64>,
    /// What S3 said to it.
    pub used: Option<StatusCode>,
}

impl Answered {
    pub fn new(began: Instant, took: Duration) -> Self {
        Self { began, took, statuses: vec![], caches: vec![], lives: None, used: None }
    }

    /// Less than a caller gets when nothing fails.
    fn degraded(&self) -> bool {
        self.statuses.iter().any(|(status, _)| *status != StatusCode::OK)
            || self.caches.iter().any(|(cached, cache)| *cached && cache == "bypass")
    }
}

/// What callers got while something failed, and how long after it they got less than usual.
#[derive(Default)]
pub struct Tally {
    pub requests: u64,
    /// URLs and forms.
    pub issued: u64,
    pub from_cache: u64,
    /// Refused with 503, and told when to come back.
    pub refused: u64,
    pub used: u64,
    pub took: Vec<Duration>,
    /// From the end of the fault to the last request that got less than usual.
    pub recovered_after: Duration,
    pub wrong: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, answered: &Answered, rests_since: Option<Instant>) {
        if let Some(end) = rests_since {
            if answered.degraded() {
                let after = answered.began.saturating_duration_since(end);
                self.recovered_after = self.recovered_after.max(after);
            }
            return;
        }
        let ok = answered.statuses.iter().filter(|(status, _)| *status == StatusCode::OK).count();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.requests += 1;
        self.issued += count(ok);
        self.refused += count(answered.statuses.len() - ok);
        self.from_cache += count(answered.caches.iter().filter(|(_, cache)| cache == "hit").count());
        self.used += u64::from(answered.used.is_some());
        self.took.push(answered.took);
    }

    /// The time within which this share of the requests was answered.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index"
        )]
        let at = (took.len() as f64 * share) as usize;
        took.get(at.min(took.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}
