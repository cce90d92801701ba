use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long many calls took, each in seconds of the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub p50: f64,
    pub p99: f64,
}

impl Latency {
    /// Of no calls it is zero.
    #[must_use]
    pub fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |hundredth: usize| {
            took.get(took.len().saturating_sub(1) * hundredth / 100).copied().unwrap_or_default().as_secs_f64()
        };
        Self { p50: at(50), p99: at(99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_in_a_hundred_is_slower_than_the_99th_percentile() {
        let took = (1..=101).rev().map(Duration::from_secs).collect();
        assert_eq!(Latency::of(took), Latency { p50: 51.0, p99: 100.0 });
    }
}
