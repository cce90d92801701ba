use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::Task;
use super::ours::Ours;

/// What every signer puts into a session's URL.
const OF_THE_SIGNATURE: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// Fails unless `theirs` is the URL that we make: the same address, parameters and signature. What the other signer adds of its
/// own (the SDKs name the operation), and when it signs, is taken from its URL.
pub fn prove_the_same(name: &str, theirs: &str, task: &Task) -> Result<()> {
    let task = Task { signed_at: signed_at(theirs)?, ..task.clone() };
    let own: Vec<(&str, &str)> = parameters(theirs).filter(|(name, _)| !OF_THE_SIGNATURE.contains(name)).collect();
    let ours = Ours::new(&task)?.url(&task, &own)?;
    ensure!(parts(theirs) == parts(ours.expose()), "{name} makes another URL than we do");
    Ok(())
}

/// When a URL was signed.
pub fn signed_at(url: &str) -> Result<SystemTime> {
    let date = parameter(url, "X-Amz-Date").context("the URL has no date")?;
    Ok(Offset::UTC.to_timestamp(DateTime::strptime("%Y%m%dT%H%M%SZ", date)?)?.into())
}

fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    parameters(url).find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    url.split(['?', '&']).filter_map(|pair| pair.split_once('='))
}

/// The address, and the parameters in an order of their own: not everyone sends them in the order that is signed.
fn parts(url: &str) -> (&str, Vec<&str>) {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    (address, pairs)
}
