//! The tables of what grows.

use std::fmt::Write;

use bench::measure::Latency;
use bench::measured::Kept;

use super::Report;

pub fn tables(report: &Report) -> String {
    let mut table =
        "| rows | row found: p50, p99, ms | row absent: p50, p99, ms | row stored: p50, p99, ms |\n|---|---|---|---|\n"
            .to_owned();
    for it in &report.in_process.tables {
        let cells = [it.found, it.absent, it.stored].map(milliseconds).join(" | ");
        let _ = writeln!(table, "| {} | {cells} |", grouped(it.rows));
    }
    table
}

pub fn changes(report: &Report) -> String {
    let mut table =
        "| generations are kept | roles that sign | events | CPU per event, µs | p10–p90 | a hundred events: p50, p99, ms | generations advanced |\n\
         |---|---|---|---|---|---|---|\n"
            .to_owned();
    for it in &report.in_process.changes {
        let [median, p10, p90] = [it.processor.median, it.processor.p10, it.processor.p90].map(|value| value * 1e6);
        let kept = if it.kept == Kept::InMemory { "in memory" } else { "in the table" };
        let [scopes, events, advances] = [it.scopes, it.events, it.advances].map(grouped);
        let batch = milliseconds(it.batch);
        let _ = writeln!(
            table,
            "| {kept} | {scopes} | {events} | {median:.1} | {p10:.1}–{p90:.1} | {batch} | {advances} |"
        );
    }
    table
}

pub fn clients(report: &Report) -> String {
    let mut table = "| clients | p50, p99, ms | URLs/s | errors, of so many |\n|---|---|---|---|\n".to_owned();
    for it in &report.clients {
        let (latency, per_second) = (milliseconds(it.latency), it.per_second);
        let _ = writeln!(table, "| {} | {latency} | {per_second:.0} | {} of {} |", it.number, it.errors, it.requests);
    }
    table
}

pub fn milliseconds(latency: Latency) -> String {
    format!("{:.2}, {:.2}", latency.p50 * 1e3, latency.p99 * 1e3)
}

pub fn whole(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates and numbers of things")]
    let number = number.round() as usize;
    grouped(number)
}

/// With commas between the thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([7, 1_000, 1_234_567].map(grouped), ["7", "1,000", "1,234,567"]);
    }
}
