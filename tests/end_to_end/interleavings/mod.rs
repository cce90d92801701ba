//! The one promise that everything else serves: once a policy change has been handled, no URL from before it is handed out,
//! except within the staleness that the settings allow. It is put to the issuer and the invalidator as they are deployed, two
//! of each, on one table, in random interleavings of requests, policy changes, deliveries that come twice and out of order,
//! invalidators that die in the middle of a batch, and a network that is slow, throttled, or loses answers.
//!
//! Time is tokio's own, and stands still while nothing waits for it: minutes of delays pass in milliseconds.
//! `PROPTEST_CASES` says how many interleavings are tried.

mod backend;
mod history;
mod network;
mod queue;
mod scenario;
mod world;

use std::sync::Mutex;

use history::Report;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use scenario::{Scenario, scenarios};

/// Enough to meet each of the ways in which things go wrong, in some ten seconds.
const CASES: u32 = 24;

fn runner() -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    // The seeds that failed are not kept: a run depends on what the real clock says too.
    TestRunner::new(Config { cases: cases.unwrap_or(CASES), failure_persistence: None, ..Config::default() })
}

#[test]
#[expect(clippy::print_stdout, reason = "figures, for whoever plays more interleavings")]
fn after_a_change_is_handled_no_url_signed_before_it_is_served() {
    let total = Mutex::new(Report::default());
    let outcome = runner().run(&scenarios(), |scenario| {
        let report = world::play(&scenario, scenario.staleness).map_err(TestCaseError::fail)?;
        *total.lock().unwrap() += report;
        Ok(())
    });
    outcome.unwrap();
    let total = total.into_inner().unwrap();
    println!("{total:?}");
    // A check of nothing would pass as well.
    let Report { hits, misses, bypasses, refused: _, late, repeated, given_back, crashes, network_failures } = total;
    for (what, count) in [
        ("hits", hits),
        ("misses", misses),
        ("bypasses", bypasses),
        ("requests after a change was handled", late),
        ("repeated deliveries", repeated),
        ("events given back", given_back),
        ("invalidators that died in a batch", crashes),
        ("failures of the network", network_failures),
    ] {
        assert!(count > 0, "there were no {what}: {total:?}");
    }
}

#[test]
fn an_issuer_that_trusts_its_memory_for_longer_than_it_says_is_found_out() {
    let mut runner = TestRunner::deterministic();
    let forgetful = |_| {
        let scenario: Scenario = scenarios().new_tree(&mut runner).unwrap().current();
        world::play(&scenario, scenario.staleness + 20_000).is_err()
    };
    assert!((0..CASES).any(forgetful));
}
