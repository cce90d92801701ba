//! How fast the signer and the Lambdas are, side by side with others, in one run.

mod batch;
mod lambda;
mod measure;
mod other_languages;
mod report;
mod signers;
mod wiring;

use anyhow::{Context, Result};
use axum::body::Bytes;
use clap::Parser;
use local_stack::LocalStack;

use lambda::{Binaries, ColdStart, Environment, Warm, cold_starts, warm};
use measure::Effort;
use report::Report;

/// Measures, and writes `target/bench/bench.json` and the tables and plots of docs/performance.md.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "cargo run --release -p bench --")]
struct Options {
    /// Only see that everything runs: few rounds, and nothing is written to docs/.
    #[arg(long)]
    quick: bool,
}

#[expect(clippy::print_stdout, reason = "the tables are for whoever runs it")]
fn main() -> Result<()> {
    let options = Options::parse();
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let binaries = if options.quick { Binaries::found_or_built()? } else { Binaries::build()? };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let signers = signers::compare(effort)?;
    let stack = runtime.block_on(start_stack())?;
    let batches = batch::batches(&stack, effort)?;
    let (cold_starts, warm) = runtime.block_on(functions(&binaries, &stack, effort))?;
    runtime.block_on(stack.stop());

    let report = Report { signers, batches, cold_starts, warm };
    let file = report.write_json()?;
    if !options.quick {
        report.write_documents()?;
    }
    println!("{}\n{}", report.tables(), file.display());
    Ok(())
}

/// The AWS services that functions need, and what the issuer reads of them good for a minute.
async fn start_stack() -> Result<LocalStack> {
    let arguments = ["local-stack", "--port", "0", "--hold-seconds", "0", "--staleness-milliseconds", "60000"];
    Ok(LocalStack::start(local_stack::Options::try_parse_from(arguments)?).await?)
}

/// An event as API Gateway sends it.
const EVENT: &str = include_str!("../../tests/events/http-api-get-object.json");

async fn functions(binaries: &Binaries, stack: &LocalStack, effort: Effort) -> Result<(Vec<ColdStart>, Vec<Warm>)> {
    let bare = Binaries::environment();
    let ours = of_ours(&bare, stack)?;
    let starts = [
        ("bare runtime", binaries.bare.as_path(), bare.clone()),
        ("issue-urls", &binaries.issue_urls, ours.clone()),
        ("invalidate-urls", &binaries.invalidate_urls, ours.clone()),
    ];
    let started = cold_starts(&starts, effort).await?;
    let event = Bytes::from_static(EVENT.as_bytes());
    let handlers = [
        ("echo", binaries.bare.as_path(), bare, "requestContext"),
        ("issue-urls, a hit in memory", binaries.issue_urls.as_path(), ours, r#"\"cache\":\"hit\""#),
    ];
    Ok((started, warm(&handlers, &event, effort).await?))
}

/// The environment of ours: deployed policies, and the stack's settings and services.
fn of_ours(bare: &Environment, stack: &LocalStack) -> Result<Environment> {
    let text = |path: std::path::PathBuf| path.into_os_string().into_string().ok().context("a path that is not UTF-8");
    let more = [
        ("AWS_ENDPOINT_URL", stack.endpoint()),
        ("PRESIGN_SETTINGS", text(stack.data().join("settings.toml"))?),
        ("PRESIGN_POLICIES", text(wiring::policies_file())?),
        ("PRESIGN_TABLE", local_stack::TABLE.to_owned()),
    ];
    Ok(bare.clone().into_iter().chain(more.map(|(name, value)| (name.to_owned(), value))).collect())
}
