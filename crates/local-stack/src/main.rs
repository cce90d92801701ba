//! `cargo run`: starts the local stack, says how to use it, and stops it when told to.

mod greeting;

use std::io::{self, Write};

use anyhow::Context;
use clap::Parser;
use local_stack::{LocalStack, Options};
use logging::LevelFilter;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    logging::init_text(logging::level_of_environment(LevelFilter::WARN)?, io::stderr)?;
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;

    let stack = LocalStack::start(options).await?;
    let mut out = io::stdout().lock();
    out.write_all(greeting::greeting(&stack).as_bytes())?;
    out.flush()?;

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stack.stop().await;
    Ok(())
}
