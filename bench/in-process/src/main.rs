//! What is measured in one process, as JSON on standard output: `bench` builds it, runs it and reports it.

mod batch;
mod changes;
mod other_languages;
mod signers;
mod table;
mod wiring;

use anyhow::Result;
use bench::measure::Effort;
use bench::measured::InProcess;
use clap::Parser;
use local_stack::LocalStack;
use logging::LevelFilter;

#[derive(Debug, Clone, Copy, Parser)]
struct Options {
    /// Only see that everything runs.
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<()> {
    let effort = if Options::parse().quick { Effort::QUICK } else { Effort::FULL };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let signers = signers::compare(effort)?;
    let signed = batch::signed(effort)?;
    // From here on there are requests and events, which the functions log: to nowhere here, for standard output has the figures.
    logging::init_json_to(LevelFilter::INFO, std::io::sink)?;
    let stack = runtime.block_on(start_stack())?;
    let batches = batch::served(&stack, signed, effort)?;
    runtime.block_on(stack.stop());
    let tables = runtime.block_on(table::tables(effort))?;
    let changes = changes::changes(effort)?;
    let measured = InProcess { signers, batches, tables, changes };
    serde_json::to_writer(std::io::stdout(), &measured)?;
    Ok(())
}

/// The AWS services that the issuer needs.
async fn start_stack() -> Result<LocalStack> {
    let arguments = ["local-stack", "--port", "0", "--hold-seconds", "0", "--staleness-milliseconds", "60000"];
    Ok(LocalStack::start(local_stack::Options::try_parse_from(arguments)?).await?)
}
