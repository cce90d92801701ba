use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use end_to_end::{Bench, read_of, text, write_of};
use serde_json::Value;
use tokio::time::sleep;

use crate::figures::Figures;

/// What workers and chaos know of each other.
pub struct Shared {
    pub bench: Bench,
    /// How long an issuer may go on serving what a change has ended.
    pub staleness: Duration,
    stopped: AtomicBool,
    /// Changes that have begun, and those that have been handled, the staleness included.
    begun: AtomicU64,
    settled: AtomicU64,
    /// By the URL, how many changes had begun when it was first seen: it was signed before all later ones.
    seen: Mutex<HashMap<String, u64>>,
}

impl Shared {
    pub fn new(bench: Bench, staleness: Duration) -> Self {
        Self {
            bench,
            staleness,
            stopped: AtomicBool::default(),
            begun: AtomicU64::default(),
            settled: AtomicU64::default(),
            seen: Mutex::default(),
        }
    }

    pub fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(SeqCst)
    }

    /// A change begins now.
    pub fn begin(&self) {
        self.begun.fetch_add(1, SeqCst);
    }

    /// All changes so far have been handled.
    pub async fn handled(&self) {
        sleep(self.staleness).await;
        let begun = self.begun.load(SeqCst);
        self.settled.store(begun, SeqCst);
        // What was signed before them is never to be seen again; what is, is new to us then, and found out by its date.
        let mut seen = self.seen.lock().expect("nobody panics");
        seen.retain(|_, first| *first + KEPT >= begun);
    }
}

/// For how many changes a URL is remembered.
const KEPT: u64 = 200;
const KEYS: u64 = 200;

/// Writes the objects that the workers ask for.
pub async fn seed(bench: &Bench) {
    for key in 0..KEYS {
        let upload = bench.issue(&write_of(&key.to_string())).await;
        let (status, _) = bench.follow(&upload, "soaked").await;
        assert_eq!(status, StatusCode::OK, "an object is written");
    }
}

/// Asks for URLs until it is told to stop, and uses some of them.
pub async fn work(shared: Arc<Shared>, worker: usize) -> Figures {
    let mut figures = Figures::default();
    let mut n = worker as u64;
    while !shared.is_stopped() {
        // Spread over the keys, some of them far more often than others.
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (die, key) = ((n >> 33) % 20, ((n >> 40) % KEYS).min((n >> 50) % KEYS));
        let body = if die < 17 { read_of(&key.to_string()) } else { write_of(&key.to_string()) };
        let settled = shared.settled.load(SeqCst);
        let asked = Instant::now();
        let (status, answer) = shared.bench.post(body.to_string()).await;
        figures.answered(asked.elapsed());
        match status {
            StatusCode::OK => check(&shared, &answer, settled, &mut figures),
            StatusCode::SERVICE_UNAVAILABLE => {
                figures.unavailable += 1;
                // What the answer asks for.
                sleep(Duration::from_millis(200)).await;
            }
            _ => figures.other_status += 1,
        }
        if status == StatusCode::OK && die == 0 {
            use_it(&shared, &answer, &mut figures).await;
        }
    }
    figures
}

fn check(shared: &Shared, answer: &Value, settled: u64, figures: &mut Figures) {
    let hit = answer["cache"] == "hit";
    figures.issued(text(answer, "cache"));
    let begun = shared.begun.load(SeqCst);
    let mut seen = shared.seen.lock().expect("nobody panics");
    let first = *seen.entry(text(answer, "url").to_owned()).or_insert(begun);
    if hit && first < settled {
        figures.stale += 1;
    }
}

/// Its permissions are the same before each change and after it, so it must work.
async fn use_it(shared: &Shared, answer: &Value, figures: &mut Figures) {
    let (status, _) = shared.bench.follow(answer, "").await;
    figures.used += 1;
    if status != StatusCode::OK {
        figures.refused_by_s3 += 1;
    }
}
