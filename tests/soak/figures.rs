use std::time::Duration;

use crate::chaos::Done;

/// What a worker has seen.
#[derive(Debug, Default)]
pub struct Figures {
    /// In microseconds.
    latencies: Vec<u32>,
    hits: u64,
    misses: u64,
    bypasses: u64,
    /// Answers of 503, which ask to come back.
    pub unavailable: u64,
    pub other_status: u64,
    pub used: u64,
    pub refused_by_s3: u64,
    /// URLs served from the cache that were signed before a change that had been handled.
    pub stale: u64,
}

impl Figures {
    pub fn answered(&mut self, after: Duration) {
        self.latencies.push(u32::try_from(after.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn issued(&mut self, cache: &str) {
        match cache {
            "hit" => self.hits += 1,
            "miss" => self.misses += 1,
            _ => self.bypasses += 1,
        }
    }

    pub fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.hits += other.hits;
        self.misses += other.misses;
        self.bypasses += other.bypasses;
        self.unavailable += other.unavailable;
        self.other_status += other.other_status;
        self.used += other.used;
        self.refused_by_s3 += other.refused_by_s3;
        self.stale += other.stale;
    }

    /// Answers that should never have been given.
    pub fn wrong(&self) -> u64 {
        self.other_status + self.refused_by_s3 + self.stale
    }

    /// The page's table. `memory` is the whole process's, before and after, in megabytes.
    pub fn table(&mut self, took: Duration, done: &Done, dead_letters: usize, memory: (u64, u64)) -> String {
        self.latencies.sort_unstable();
        let at = |percent: usize| {
            let index = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
            format!("{:.1} ms", f64::from(self.latencies.get(index).copied().unwrap_or_default()) / 1000.0)
        };
        let requests = self.latencies.len();
        let rows = [
            ("seconds", format!("{:.0}", took.as_secs_f64())),
            ("requests", format!("{requests} ({} a second)", requests as u64 / took.as_secs().max(1))),
            (
                "from the cache, signed and stored, signed only",
                format!("{}, {}, {}", self.hits, self.misses, self.bypasses),
            ),
            ("latency: median, 99th percentile, longest", format!("{}, {}, {}", at(50), at(99), at(100))),
            (
                "policy changes (of them while a service failed)",
                format!("{} ({})", done.changes, done.changes_in_faults),
            ),
            (
                "events that concern nothing, events that came twice",
                format!("{}, {}", done.irrelevant_events, done.repeated_events),
            ),
            ("times that DynamoDB or STS failed, for a second", done.faults.to_string()),
            ("answers of 503, to come back later", self.unavailable.to_string()),
            ("other answers than 200 and 503", self.other_status.to_string()),
            ("URLs used, and of them refused by S3", format!("{}, {}", self.used, self.refused_by_s3)),
            ("URLs served that were older than a handled change", self.stale.to_string()),
            ("events lost", dead_letters.to_string()),
            ("memory of the stack and the clients: before, after", format!("{} MB, {} MB", memory.0, memory.1)),
        ];
        let row = |(what, figure): &(&str, String)| format!("| {what} | {figure} |\n");
        format!("| | |\n|---|---|\n{}", rows.iter().map(row).collect::<String>())
    }
}

/// The memory of this process, in megabytes; 0 where the system does not tell.
pub fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() / 1024
}
