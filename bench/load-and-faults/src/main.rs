//! The issuer under load, while DynamoDB and STS fail in every way they can: how many requests, and how many wrong answers.

mod client;
mod load;
mod page;
mod phase;
mod tally;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use local_stack::LocalStack;

use client::Client;
use load::Load;
use phase::{PHASES, Phase};
use tally::Tally;

/// Runs the stack on this machine with all its faults, one after the other, and counts what callers get.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "cargo run -p load-and-faults --")]
struct Options {
    /// How long each fault lasts. Sessions live for six seconds.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How many callers ask at the same time, each again as soon as it is answered.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=64))]
    callers: u64,
    /// Writes the figures into docs/load-and-faults.md.
    #[arg(long)]
    write: bool,
}

/// Sessions end while STS is down, and so the figures show what happens then.
const SESSION_SECONDS: &str = "6";
/// What the service is given to recover in before the next fault.
const REST: Duration = Duration::from_secs(4);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is for whoever runs it")]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let arguments = ["local-stack", "--port", "0", "--hold-seconds", "0", "--session-seconds", SESSION_SECONDS];
    let stack = LocalStack::start(local_stack::Options::try_parse_from(arguments)?).await?;
    let client = Client::of(&stack);
    load::put_objects(&client).await?;

    let load = Arc::new(Load::new(client.clone()));
    let workers: Vec<_> = (0..options.callers).map(|caller| tokio::spawn(Arc::clone(&load).run(caller))).collect();
    let mut rows: Vec<(Phase, Tally)> = vec![];
    for phase in PHASES {
        for (service, fault) in phase.faults {
            stack.aws().faults().set(*service, *fault);
        }
        load.enter(phase);
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        for (service, _) in phase.faults {
            stack.aws().faults().set(*service, local_aws::Fault::None);
        }
        load.rest();
        tokio::time::sleep(REST).await;
        load.change_policy(&stack).await?;
        rows.push((phase, load.take()));
    }
    load.stop();
    for worker in workers {
        worker.await?;
    }
    stack.stop().await;

    let table = page::table(&rows);
    println!("{table}");
    for wrong in rows.iter().flat_map(|(_, tally)| &tally.wrong).take(20) {
        println!("wrong: {wrong}");
    }
    ensure!(rows.iter().all(|(_, tally)| tally.requests > 0), "nothing was asked in one of the phases");
    let wrong = rows.iter().any(|(_, tally)| !tally.wrong.is_empty());
    if options.write && !wrong {
        page::write(&table)?;
    }
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
