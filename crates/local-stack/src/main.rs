//! `cargo run`: starts the local stack, says how to use it, and stops it when told to.

mod greeting;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use local_stack::{LocalStack, Options};
use logging::LevelFilter;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no one to tell if that fails.
            let _ = writeln!(io::stderr(), "Error: {}", told_once(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
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

/// An error and its causes, but for those whose words are in it already.
fn told_once(error: &anyhow::Error) -> String {
    error
        .chain()
        .skip(1)
        .map(ToString::to_string)
        .fold(error.to_string(), |told, cause| if told.contains(&cause) { told } else { format!("{told}: {cause}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no such file").context("`a` cannot be read: no such file");
        assert_eq!(told_once(&error), "`a` cannot be read: no such file");
        assert_eq!(
            told_once(&anyhow::anyhow!("no such file").context("cannot create `a`")),
            "cannot create `a`: no such file"
        );
    }
}
