use serde_json::{Map, Value, json};

use super::Report;
use crate::batch::Batch;
use crate::lambda::{ColdStart, Warm};
use crate::measure::Figure;
use crate::signers::Signers;

/// The ratios under the names that docs/performance.md explains, and below them what they come from.
pub fn of(report: &Report) -> Value {
    let ratios = ratios(report).into_iter().map(|(name, value)| (name, json!(value)));
    let sources = [
        ("microseconds_per_url", signers(&report.signers)),
        ("cold_starts", report.cold_starts.iter().map(cold_start).collect()),
        ("warm", report.warm.iter().map(warm).collect()),
        ("batches", report.batches.iter().map(batch).collect()),
    ];
    ratios.chain(sources).map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

fn signers(signers: &Signers) -> Value {
    let ours = [
        ("hashing", &signers.hashing),
        ("ours", &signers.ours),
        ("rusty-s3", &signers.rusty_s3),
        ("aws-sigv4", &signers.aws_sigv4),
        ("reqsign", &signers.reqsign),
        ("aws-sdk-s3", &signers.aws_sdk_s3),
    ];
    let others = signers.others.iter().map(|(name, figure)| (name.as_str(), figure));
    let all = ours.into_iter().chain(others).map(|(name, figure)| (name.to_owned(), of_figure(figure, 1e6)));
    all.collect::<Map<_, _>>().into()
}

fn cold_start(start: &ColdStart) -> Value {
    json!({
        "function": start.name,
        "processor_ms": of_figure(&start.processor, 1e3),
        "resident_mb": of_figure(&start.resident, 1e-6),
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

fn batch(batch: &Batch) -> Value {
    json!({
        "size": batch.size,
        "signed_ms": of_figure(&batch.signed, 1e3),
        "served_ms": of_figure(&batch.served, 1e3),
        "sdk_ms": of_figure(&batch.sdk, 1e3),
    })
}

/// The figures that the goals are about. What was not measured is not a number, and null in JSON.
pub fn ratios(report: &Report) -> Vec<(&'static str, f64)> {
    let signers = &report.signers;
    let largest = report.batches.last();
    let start = |at: usize| report.cold_starts.get(at).map_or(f64::NAN, |start| start.processor.median);
    let events = |at: usize| report.warm.get(at).map_or(f64::NAN, |warm| warm.throughput.median);
    vec![
        ("presign_get_token_vs_aws_sdk_s3", signers.aws_sdk_s3.median / signers.ours.median),
        ("presign_get_token_vs_rusty_s3", signers.rusty_s3.median / signers.ours.median),
        ("presign_get_token_vs_hash_limit", signers.ours.median / signers.hashing.median),
        ("cold_start_cpu_vs_bare_runtime", start(1) / start(0)),
        ("warm_hit_throughput_vs_echo", events(1) / events(0)),
        ("batch_1000_ms_vs_sdk", largest.map_or(f64::NAN, |batch| batch.sdk.median / batch.signed.median)),
    ]
}

fn of_figure(figure: &Figure, unit: f64) -> Value {
    json!({"median": figure.median * unit, "p10": figure.p10 * unit, "p90": figure.p90 * unit})
}
