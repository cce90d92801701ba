use std::fmt::Write;

use anyhow::{Context, Result};
use bench::measure::Figure;
use bench::measured::InProcess;

use super::{Report, Table, json, region, scale};
use crate::lambda::{ColdStart, Functions, INVALIDATOR, ISSUER};

/// All of them.
pub fn tables(report: &Report) -> Result<Vec<Table>> {
    let in_process = vec![
        ("goals-of-signing", goals(signing(&report.in_process))),
        ("signers", signers(report)),
        ("batches", batches(report)),
        ("tables", scale::tables(report)),
        ("changes", scale::changes(report)),
        ("clients", scale::clients(report)),
        ("simulation", region::warm(&report.simulated)),
        ("choices", region::choices(&report.simulated)),
        ("peaks", region::peaks(&report.simulated)),
        ("limits", region::limits(&report.simulated)),
        ("costs", region::costs(&report.simulated)),
    ];
    Ok(in_process.into_iter().chain(of_functions(&report.functions)?).collect())
}

/// Those about functions alone.
pub fn of_functions(measured: &Functions) -> Result<Vec<Table>> {
    Ok(vec![
        ("goals-of-functions", goals(functions(measured)?)),
        ("cold-starts", cold_starts(measured)),
        ("warm", warm(measured)),
    ])
}

/// `document` with these tables written anew: each stands between `<!-- bench: NAME -->` and `<!-- /bench -->`.
pub fn with_tables(document: &str, tables: Vec<Table>) -> Result<String> {
    tables.into_iter().try_fold(document.to_owned(), |document, (name, table)| {
        let begin = format!("<!-- bench: {name} -->\n");
        let (before, rest) =
            document.split_once(&begin).with_context(|| format!("the document has no table `{name}`"))?;
        let (_, after) =
            rest.split_once("<!-- /bench -->").with_context(|| format!("the table `{name}` has no end"))?;
        Ok(format!("{before}{begin}{table}<!-- /bench -->{after}"))
    })
}

/// What is aimed at: at least, or at most.
#[derive(Clone, Copy)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// A figure's name, the figure, and what is aimed at.
type Aimed = (String, f64, Goal);

/// What is aimed at with the ratios.
const OF_RATIOS: [(&str, Goal); 6] = [
    ("presign_get_token_vs_aws_sdk_s3", Goal::AtLeast(35.0)),
    ("presign_get_token_vs_rusty_s3", Goal::AtLeast(6.0)),
    ("presign_get_token_vs_hash_limit", Goal::AtMost(2.0)),
    ("batch_1000_ms_vs_sdk", Goal::AtLeast(20.0)),
    ("cold_start_cpu_vs_bare_runtime", Goal::AtMost(2.5)),
    ("warm_hit_throughput_vs_echo", Goal::AtLeast(0.7)),
];

fn signing(measured: &InProcess) -> Vec<Aimed> {
    of_ratios(&json::of_signing(measured))
}

fn functions(measured: &Functions) -> Result<Vec<Aimed>> {
    let (issuer, invalidator) = (measured.start_of(ISSUER)?, measured.start_of(INVALIDATOR)?);
    #[expect(clippy::cast_precision_loss, reason = "programs are far below 2^52 bytes")]
    let size = |start: &ColdStart| start.size as f64 / 1e6;
    let mut aimed = of_ratios(&json::of_functions(measured)?);
    aimed.push(("issuer's binary, MB".to_owned(), size(issuer), Goal::AtMost(6.0)));
    aimed.push(("invalidator's binary, MB".to_owned(), size(invalidator), Goal::AtMost(4.0)));
    aimed.push(("issuer's memory after init, MB".to_owned(), issuer.resident.median / 1e6, Goal::AtMost(8.0)));
    Ok(aimed)
}

/// Those that there are aims for.
fn of_ratios(ratios: &[(&str, f64)]) -> Vec<Aimed> {
    let aimed = ratios.iter().filter_map(|(name, value)| {
        let (_, aim) = OF_RATIOS.iter().find(|(of, _)| of == name)?;
        Some((format!("`{name}`"), *value, *aim))
    });
    aimed.collect()
}

fn goals(aimed: Vec<Aimed>) -> String {
    let mut table = "| figure | measured | goal | met |\n|---|---|---|---|\n".to_owned();
    for (name, value, aim) in aimed {
        let (words, met) = match aim {
            Goal::AtLeast(least) => (format!("at least {least}"), value >= least),
            Goal::AtMost(most) => (format!("at most {most}"), value <= most),
        };
        let _ = writeln!(table, "| {name} | {value:.2} | {words} | {} |", if met { "yes" } else { "**no**" });
    }
    table
}

fn signers(report: &Report) -> String {
    let signers = &report.in_process.signers;
    let mut lines = vec![
        (format!("SHA-256 of its {} blocks alone", signers.blocks), &signers.hashing),
        ("**this project**".to_owned(), &signers.ours),
        ("rusty-s3".to_owned(), &signers.rusty_s3),
        ("aws-sigv4".to_owned(), &signers.aws_sigv4),
        ("reqsign".to_owned(), &signers.reqsign),
        ("aws-sdk-s3".to_owned(), &signers.aws_sdk_s3),
    ];
    lines.extend(signers.others.iter().map(|(name, figure)| (name.clone(), figure)));
    let mut table = "| signer | µs per URL | p10–p90 | against ours |\n|---|---|---|---|\n".to_owned();
    for (name, figure) in lines {
        let ratio = figure.median / signers.ours.median;
        let _ = writeln!(table, "| {name} | {} | {ratio:.2} |", spread(figure, 1e6));
    }
    table
}

fn batches(report: &Report) -> String {
    let mut table = "| URLs | signed, ms | p10–p90 | `POST /urls/batch`, ms | p10–p90 | aws-sdk-s3, ms | p10–p90 |\n\
                     |---|---|---|---|---|---|---|\n"
        .to_owned();
    for batch in &report.in_process.batches {
        let cells = [&batch.signed, &batch.served, &batch.sdk].map(|figure| spread(figure, 1e3)).join(" | ");
        let _ = writeln!(table, "| {} | {cells} |", batch.size);
    }
    table
}

fn cold_starts(measured: &Functions) -> String {
    let mut table =
        "| function | CPU to the first `/next`, ms | p10–p90 | first event, ms | p10–p90 | resident, MB | p10–p90 | its own, MB | binary, MB |\n\
                     |---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for start in &measured.cold_starts {
        #[expect(clippy::cast_precision_loss, reason = "programs are far below 2^52 bytes")]
        let size = start.size as f64 / 1e6;
        let (processor, resident) = (spread(&start.processor, 1e3), spread(&start.resident, 1e-6));
        let first = spread(&start.first, 1e3);
        let own = start.own.median * 1e-6;
        let _ = writeln!(table, "| {} | {processor} | {first} | {resident} | {own:.2} | {size:.2} |", start.name);
    }
    table
}

fn warm(measured: &Functions) -> String {
    let mut table =
        "| function | events/s | p10–p90 | CPU per event, µs | p10–p90 |\n|---|---|---|---|---|\n".to_owned();
    for warm in &measured.warm {
        let (throughput, processor) = (spread(&warm.throughput, 1.0), spread(&warm.processor, 1e6));
        let _ = writeln!(table, "| {} | {throughput} | {processor} |", warm.name);
    }
    table
}

/// The median and the spread, as two cells.
fn spread(figure: &Figure, unit: f64) -> String {
    let digits = if figure.median * unit >= 1000.0 { 0 } else { 2 };
    let [median, p10, p90] = [figure.median, figure.p10, figure.p90].map(|value| value * unit);
    format!("{median:.digits$} | {p10:.digits$}–{p90:.digits$}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lambda::{BARE_RUNTIME, ECHO, HIT, HIT_IN_OTHER_WORDS, HIT_IN_TABLE, Logged, Warm};
    use crate::simulation::{Costs, simulate};

    /// Of a machine without boto3, and of nothing that takes long.
    fn report() -> Result<Report> {
        let one = json!({"median": 1e-6, "p10": 1e-6, "p90": 1e-6});
        let signers = json!({
            "ours": one, "hashing": one, "aws_sdk_s3": one, "rusty_s3": one, "aws_sigv4": one, "reqsign": one, "others": [],
            "blocks": 28,
        });
        let in_process = json!({"signers": signers, "batches": [], "tables": [], "changes": []});
        let logged = Logged { hit: 765.0, signed: 741.0 };
        let one_figure = Figure::of(vec![1.0]);
        let start = |name| ColdStart {
            name,
            processor: one_figure,
            resident: one_figure,
            own: one_figure,
            first: one_figure,
            size: 1,
        };
        let warm = |name| Warm { name, throughput: one_figure, processor: one_figure };
        let functions = Functions {
            cold_starts: [BARE_RUNTIME, ISSUER, INVALIDATOR].map(start).into(),
            warm: [ECHO, HIT, HIT_IN_OTHER_WORDS, HIT_IN_TABLE].map(warm).into(),
            logged,
        };
        let in_process = serde_json::from_value(in_process)?;
        let simulated = simulate(&Costs { boto3: None, ..Costs::FOR_TESTS }, true);
        Ok(Report { in_process, functions, clients: vec![], simulated })
    }

    #[test]
    fn every_table_has_its_place_on_the_page() -> Result<()> {
        let page = with_tables(include_str!("../../../docs/performance.md"), tables(&report()?)?)?;
        for (name, _) in OF_RATIOS {
            assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
        }
        assert_eq!(page.matches("| not measured | not measured |\n").count(), 7, "boto3 at each rate");
        Ok(())
    }
}
