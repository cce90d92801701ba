//! Minutes of load on a local stack while policies change and AWS fails: nothing may be lost, and nothing old served.
//!
//! `cargo run -p end-to-end --bin soak -- --minutes 10` prints the figures of docs/soak.md.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program that tells what it found, or how it failed")]

mod chaos;
mod figures;
mod worker;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use end_to_end::Bench;
use figures::Figures;
use tokio::time::sleep;
use worker::Shared;

#[derive(Debug, Parser)]
struct Options {
    /// How long it goes on
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Clients that ask at the same time
    #[arg(long, default_value_t = 8)]
    workers: usize,
    /// How long the issuer may trust its memory
    #[arg(long, default_value_t = 200)]
    staleness_milliseconds: u64,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let options = Options::parse();
    let staleness = options.staleness_milliseconds.to_string();
    let bench = Bench::start(&["--hold-seconds", "1", "--staleness-milliseconds", &staleness]).await;
    worker::seed(&bench).await;
    let shared = Arc::new(Shared::new(bench, Duration::from_millis(options.staleness_milliseconds)));
    let before = figures::resident_megabytes();
    let began = Instant::now();

    let workers: Vec<_> = (0..options.workers).map(|i| tokio::spawn(worker::work(Arc::clone(&shared), i))).collect();
    let chaos = tokio::spawn(chaos::make(Arc::clone(&shared)));
    sleep(Duration::from_mins(options.minutes)).await;
    shared.stop();
    let chaos = chaos.await.expect("chaos ends");
    let mut figures = Figures::default();
    for worker in workers {
        figures.add(worker.await.expect("a worker ends"));
    }
    shared.bench.stack.settled().await;
    let lost = shared.bench.stack.dead_letters().expect("the dead letters can be read");
    print!("{}", figures.table(began.elapsed(), &chaos, lost, (before, figures::resident_megabytes())));
    let failed = figures.wrong() + lost as u64;
    Arc::into_inner(shared).expect("nobody is left").bench.stack.stop().await;
    assert_eq!(failed, 0, "something was lost, or served although it was old");
}
