//! The tables of what grows.

use std::fmt::Write;

use bench::measure::Latency;
use bench::measured::Kept;

use super::Report;
use crate::simulation::{CONCURRENCY_LIMIT, PARTITION_READS, PARTITION_WRITES, STARTS_LIMIT, STS_LIMIT, Simulated};

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

pub fn simulation(report: &Report) -> String {
    let mut table = "| requests/s | simulated, s | from memory | from the table | signed | p50, p99, ms | instances | starts, STS calls in the worst second | STS calls/s after | read, write units/s | reads, writes of the hottest key/s | limits passed |\n\
                     |---|---|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for it in &report.simulated {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let cells = [
            whole(it.per_second),
            whole(it.seconds),
            percent(it.from_memory),
            percent(it.from_table),
            percent(1.0 - it.from_memory - it.from_table),
            milliseconds(it.latency),
            grouped(it.instances),
            format!("{}, {}", whole(it.most_starts), whole(it.most_sts_calls)),
            whole(it.sts_calls),
            format!("{}, {}", whole(it.read_units), whole(it.write_units)),
            format!("{}, {}", whole(it.hottest_reads), whole(it.hottest_writes)),
            limits(it),
        ];
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

/// Those that the traffic passes by far, as AWS has them before anyone asks for more.
fn limits(it: &Simulated) -> String {
    #[expect(clippy::cast_precision_loss, reason = "there are some thousand instances")]
    let instances = it.instances as f64;
    let all = [
        ("STS", it.most_sts_calls, STS_LIMIT),
        ("a bucket's part of the index", it.hottest_writes, PARTITION_WRITES),
        ("the account's generation", it.hottest_reads, PARTITION_READS),
        ("instances", instances, CONCURRENCY_LIMIT),
        ("starts", it.most_starts, STARTS_LIMIT),
    ];
    let passed: Vec<&str> = all.into_iter().filter(|(_, has, limit)| has > limit).map(|(name, ..)| name).collect();
    if passed.is_empty() { "none".to_owned() } else { passed.join(", ") }
}

pub fn costs(report: &Report) -> String {
    let mut table = "| requests/s | Lambda, $ per million | DynamoDB | API Gateway | in all | boto3 on Lambda: p50, p99, ms | $ per million |\n\
                     |---|---|---|---|---|---|---|\n"
        .to_owned();
    for it in &report.simulated {
        let ours = it.dollars_per_million;
        let _ = writeln!(
            table,
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {:.2} |",
            whole(it.per_second),
            ours.lambda,
            ours.dynamodb,
            ours.api_gateway,
            ours.sum(),
            milliseconds(it.boto3),
            it.boto3_dollars_per_million.sum()
        );
    }
    table
}

fn milliseconds(latency: Latency) -> String {
    format!("{:.2}, {:.2}", latency.p50 * 1e3, latency.p99 * 1e3)
}

fn whole(number: f64) -> String {
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
