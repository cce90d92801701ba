//! The tables of a region that is simulated.

use std::fmt::Write;

use super::scale::{milliseconds, whole};
use crate::simulation::{Limit, Period, QUOTAS, SETTINGS, Simulated, When};

/// What it does once it is warm.
pub fn warm(simulated: &[Simulated]) -> String {
    let mut table = "| requests/s | from memory | from the table | signed | p50, p99, ms | STS calls/s | read, write units/s | readings of the account's generation/s | write units of the busiest bucket's index/s |\n\
                     |---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for Simulated { per_second, warm, .. } in simulated {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let mean = warm.mean;
        let cells = [
            whole(*per_second),
            percent(warm.from_memory),
            percent(warm.from_table),
            percent(1.0 - warm.from_memory - warm.from_table),
            milliseconds(warm.latency),
            whole(mean.sts_calls),
            format!("{}, {}", whole(mean.read_units), whole(mean.write_units + mean.index_units)),
            whole(mean.hottest_reads),
            whole(mean.hottest_index_units),
        ];
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

/// What differs once it is warm, where a request goes to the instance that was busy last, and to the one that was idle longest.
pub fn choices(simulated: &[Simulated]) -> String {
    let mut table = "| requests/s | from memory, % | read units/s | readings of the account's generation/s | readings of the most-asked URL's row in the worst second | p50, ms |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for it in simulated {
        let each = |of: fn(&Period) -> String| [&it.warm, &it.warm_by_idle_longest].map(of).join("; ");
        let cells = [
            whole(it.per_second),
            each(|it| format!("{:.1}", it.from_memory * 100.0)),
            each(|it| whole(it.mean.read_units)),
            each(|it| whole(it.mean.hottest_reads)),
            each(|it| whole(it.worst.hottest_row_reads)),
            each(|it| format!("{:.2}", it.latency.p50 * 1e3)),
        ];
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

/// The worst of each, where nothing is warm and traffic comes at once, where it grows, and where all is warm.
pub fn peaks(simulated: &[Simulated]) -> String {
    let mut table = "| requests/s | instances at once | started in 10 s | STS calls/s | read units/s | readings of the account's generation/s | write units of the busiest bucket's index/s |\n\
                     |---|---|---|---|---|---|---|\n"
        .to_owned();
    for it in simulated {
        let each =
            |of: fn(&Period) -> f64| [&it.cold, &it.growing, &it.warm].map(|period| whole(of(period))).join("; ");
        let cells = [
            whole(it.per_second),
            each(|it| it.instances),
            each(|it| it.starts),
            each(|it| it.worst.sts_calls),
            each(|it| it.worst.read_units),
            each(|it| it.worst.hottest_reads),
            each(|it| it.worst.hottest_index_units),
        ];
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

/// From what rate on each limit is passed.
pub fn limits(simulated: &[Simulated]) -> String {
    let mut table =
        "| limit | is | passed at once, nothing warm | growing | warm | warm, by the idle longest |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for limit in SETTINGS.iter().chain(&QUOTAS) {
        let from = [When::Cold, When::Growing, When::Warm, When::WarmByIdleLongest].map(|when| {
            limit.passed_from(simulated, when).map_or("never".to_owned(), |rate| format!("from {}", whole(rate)))
        });
        let Limit { name, unit, most, .. } = limit;
        let _ = writeln!(table, "| {name} | {} {unit} | {} |", whole(*most), from.join(" | "));
    }
    table
}

pub fn costs(simulated: &[Simulated]) -> String {
    let mut table = "| requests/s | Lambda, $ per million | DynamoDB | API Gateway | data transfer out | CloudWatch Logs | X-Ray | in all | boto3 on Lambda, ms | $ per million |\n\
                     |---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for it in simulated {
        let ours = it.dollars_per_million;
        let dollars = [ours.lambda, ours.dynamodb, ours.api_gateway, ours.transfer, ours.logs, ours.x_ray, ours.sum()];
        let dollars = dollars.map(|dollars| format!("{dollars:.2}")).join(" | ");
        let boto3 = it.boto3.map_or_else(
            || "not measured | not measured".to_owned(),
            |boto3| format!("{:.2} | {:.2}", boto3.latency * 1e3, boto3.dollars_per_million),
        );
        let _ = writeln!(table, "| {} | {dollars} | {boto3} |", whole(it.per_second));
    }
    table
}
