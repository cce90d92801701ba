//! What once was a finding, and what leads the fuzzers into each corner, stays good.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use fuzz::{TARGETS, Target};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

fn each_seed_of((name, target): Target) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let seeds = files(&folder);
    assert!(!seeds.is_empty(), "{name} has seeds");
    for seed in seeds {
        let bytes = fs::read(&seed).unwrap();
        // Whole, cut short, and with a byte that is not UTF-8.
        target(&bytes);
        target(&bytes[..bytes.len() / 2]);
        target(&[&bytes[..bytes.len() / 2], b"\xff", &bytes[bytes.len() / 2..]].concat());
    }
}

#[test]
fn each_seed_is_taken_for_what_it_is() {
    TARGETS.into_iter().for_each(each_seed_of);
}

#[test]
fn each_event_of_the_other_tests_is_a_seed_too() {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/events");
    for event in files(&events) {
        let bytes = fs::read(&event).unwrap();
        fuzz::gateway(&bytes);
        fuzz::policy_changes(&bytes);
    }
}
