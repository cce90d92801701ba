use anyhow::Result;
use bench::measure::Figure;
use bench::measured::InProcess;
use serde_json::{Map, Value, json};

use super::Report;
use crate::clients::Clients;
use crate::lambda::{BARE_RUNTIME, ColdStart, ECHO, Functions, HIT, HIT_IN_OTHER_WORDS, ISSUER, Warm};
use crate::simulation::{Demand, Period, Simulated};

/// The ratios under the names that docs/performance.md explains, and below them what they come from, in seconds and bytes where
/// a name has no unit.
pub fn of(report: &Report) -> Result<Value> {
    let ratios = of_signing(&report.in_process).into_iter().chain(of_functions(&report.functions)?);
    let ratios = ratios.map(|(name, value)| (name, json!(value)));
    let sources = [
        ("in_process", serde_json::to_value(&report.in_process)?),
        ("cold_starts", report.functions.cold_starts.iter().map(cold_start).collect()),
        ("warm", report.functions.warm.iter().map(warm).collect()),
        ("log_bytes", json!({"hit": report.functions.logged.hit, "signed": report.functions.logged.signed})),
        ("clients", report.clients.iter().map(clients).collect()),
        ("simulated", report.simulated.iter().map(simulated).collect()),
    ];
    Ok(ratios.chain(sources).map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into())
}

fn clients(clients: &Clients) -> Value {
    json!({
        "clients": clients.number,
        "requests": clients.requests,
        "latency": clients.latency,
        "per_second": clients.per_second,
        "errors": clients.errors,
    })
}

fn simulated(it: &Simulated) -> Value {
    json!({
        "per_second": it.per_second,
        "cold": period(&it.cold),
        "warm": period(&it.warm),
        "warm_by_idle_longest": period(&it.warm_by_idle_longest),
        "growing": period(&it.growing),
        "dollars_per_million": it.dollars_per_million.sum(),
        "boto3_latency": it.boto3.map(|boto3| boto3.latency),
        "boto3_dollars_per_million": it.boto3.map(|boto3| boto3.dollars_per_million),
    })
}

fn period(it: &Period) -> Value {
    json!({
        "requests": it.requests,
        "from_memory": it.from_memory,
        "from_table": it.from_table,
        "latency": it.latency,
        "billed_ms": it.billed,
        "mean_second": demand(&it.mean),
        "worst_second": demand(&it.worst),
        "most_instances": it.instances,
        "most_starts_in_ten_seconds": it.starts,
    })
}

fn demand(it: &Demand) -> Value {
    json!({
        "sts_calls": it.sts_calls,
        "read_units": it.read_units,
        "write_units": it.write_units,
        "index_units": it.index_units,
        "hottest_reads": it.hottest_reads,
        "hottest_row_reads": it.hottest_row_reads,
        "hottest_index_units": it.hottest_index_units,
    })
}

fn cold_start(start: &ColdStart) -> Value {
    json!({
        "function": start.name,
        "processor_ms": of_figure(&start.processor, 1e3),
        "resident_mb": of_figure(&start.resident, 1e-6),
        "own_mb": of_figure(&start.own, 1e-6),
        "first_event_ms": of_figure(&start.first, 1e3),
        "binary_bytes": start.size,
    })
}

fn warm(warm: &Warm) -> Value {
    json!({
        "function": warm.name,
        "events_per_second": of_figure(&warm.throughput, 1.0),
        "processor_us": of_figure(&warm.processor, 1e6),
    })
}

/// The ratios of signing that goals are about. What was not measured is not a number, and null in JSON.
pub fn of_signing(in_process: &InProcess) -> [(&'static str, f64); 4] {
    let (signers, largest) = (&in_process.signers, in_process.batches.last());
    [
        ("presign_get_token_vs_aws_sdk_s3", signers.aws_sdk_s3.median / signers.ours.median),
        ("presign_get_token_vs_rusty_s3", signers.rusty_s3.median / signers.ours.median),
        ("presign_get_token_vs_hash_limit", signers.ours.median / signers.hashing.median),
        ("batch_1000_ms_vs_sdk", largest.map_or(f64::NAN, |batch| batch.sdk.median / batch.signed.median)),
    ]
}

/// Those of functions.
pub fn of_functions(functions: &Functions) -> Result<[(&'static str, f64); 3]> {
    let start = |name| functions.start_of(name).map(|start| start.processor.median);
    let events = |name| functions.warm_of(name).map(|warm| warm.throughput.median);
    let echoed = events(ECHO)?;
    Ok([
        ("cold_start_cpu_vs_bare_runtime", start(ISSUER)? / start(BARE_RUNTIME)?),
        ("warm_hit_throughput_vs_echo", events(HIT)? / echoed),
        // No goal is about it: of a caller that asks in other words each time.
        ("warm_hit_in_other_words_throughput_vs_echo", events(HIT_IN_OTHER_WORDS)? / echoed),
    ])
}

fn of_figure(figure: &Figure, unit: f64) -> Value {
    json!({"median": figure.median * unit, "p10": figure.p10 * unit, "p90": figure.p90 * unit})
}
