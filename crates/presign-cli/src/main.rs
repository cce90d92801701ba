//! The command line `presign`: wiring only.

mod arguments;
mod check;
mod explain;
mod form;
mod issued;
mod manual;
mod outcome;
mod render;
mod revoke;
mod service;
mod terminal;
mod transfer;
mod upload;
mod url;

use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;

use arguments::{Arguments, Command};
use outcome::Outcome;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let color = arguments.color;
    let done = match arguments.command {
        Command::Explain(explain) => explain::run(&explain, color, Timestamp::now).await,
        Command::Url(url) => url::run(&url, Timestamp::now).await,
        Command::Get(get) => transfer::get(&get, color, Timestamp::now).await,
        Command::Put(put) => transfer::put(&put, color, Timestamp::now).await,
        Command::Form(form) => form::run(&form, Timestamp::now).await,
        Command::Issued(issued) => issued::run(&issued, Timestamp::now).await,
        Command::Revoke(revoke) => revoke::run(&revoke, Timestamp::now).await,
        Command::CheckPolicies(asked) => check::policies(&asked),
        Command::CheckSettings(asked) => check::settings(&asked),
        Command::Completions(completions) => manual::completions(&completions),
        Command::Man => manual::man(),
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            terminal::complain(&error);
            Outcome::of(&error).into()
        }
    }
}
