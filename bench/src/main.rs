//! How fast the signer and the Lambdas are, side by side with others, in one run.

mod called;
mod clients;
mod ended;
mod lambda;
mod many;
mod programs;
mod report;
mod simulation;
mod stack;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use axum::body::Bytes;
use bench::measure::Effort;
use clap::Parser;

use called::Called;
use lambda::{
    BARE_RUNTIME, ECHO, First, Functions, HIT, HIT_IN_OTHER_WORDS, HIT_IN_TABLE, Handler, INVALIDATOR, ISSUER, Logged,
    Start, cold_starts, logged, of_lambda, of_ours, on_one_processor, warm,
};
use programs::Programs;
use report::Report;
use stack::Stack;

/// Measures, and writes `target/bench/bench.json` and the tables and plots of docs/performance.md.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "cargo run --release -p bench --")]
struct Options {
    /// Only see that everything runs: few rounds, and nothing is written to docs/.
    #[arg(long)]
    quick: bool,

    /// Measure the functions alone, and write nothing but their tables of docs/performance.md.
    #[arg(long)]
    functions: bool,

    /// Measure nothing, and write anew which functions of the issuer the linker lays beside each other. Needs Valgrind.
    #[arg(long, conflicts_with_all = ["quick", "functions"])]
    called: bool,
}

#[expect(clippy::print_stdout, reason = "the tables are for whoever runs it")]
fn main() -> Result<()> {
    let options = Options::parse();
    let quick = options.quick;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if options.called {
        return runtime.block_on(lay_out(&Programs::with_names()?));
    }
    let programs = match options {
        Options { quick: true, .. } => Programs::found_or_built()?,
        Options { functions: true, .. } => Programs::of_functions_built()?,
        _ => Programs::built()?,
    };
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let functions = runtime.block_on(functions(&programs, effort))?;
    if options.functions {
        if !quick {
            functions.write_documents()?;
        }
        println!("{}", functions.tables()?);
        return Ok(());
    }
    let in_process = programs.measure_in_process(quick)?;
    let clients = runtime.block_on(many_clients(&programs, quick))?;
    let simulated = simulation::simulate(&simulation::Costs::of(&in_process, &functions)?, quick);

    let report = Report { in_process, functions, clients, simulated };
    let file = report.write_json(quick)?;
    if !quick {
        report.write_documents()?;
    }
    println!("{}\n{}", report.tables()?, file.display());
    Ok(())
}

/// An event as API Gateway sends it.
const EVENT: &str = include_str!("../../tests/events/http-api-get-object.json");
const UPLOAD: &str = include_str!("../../tests/events/http-api-put-object.json");

/// The client's JSON in it, and more ways to say the same than the issuer remembers words.
const WORDS: &str =
    r#""{\"operation\": \"getObject\", \"bucket\": \"demo\", \"key\": \"hello.txt\", \"expiresIn\": 900}""#;
const OTHER_WORDS: usize = 8192;

/// An event as EventBridge sends it, of a change of the role that signs, and the end of its id.
const CHANGE: &str = include_str!("../../tests/events/iam-put-role-policy.json");
const CHANGE_ID: &str = "000000000108\"";

/// In the event's answer where it is only echoed.
const ECHOED: &str = "requestContext";

/// What the issuer reads of its cache is good for a minute: it is to answer from memory.
const STALENESS: [&str; 4] = ["--hold-seconds", "0", "--staleness-milliseconds", "60000"];

async fn functions(programs: &Programs, effort: Effort) -> Result<Functions> {
    let stack = Stack::start(&programs.local_stack, &STALENESS).await?;
    let folder = tempfile::tempdir()?;
    let (settings, policies) = (stack.data.join("settings.toml"), workspace().join("infra/settings/policies.cedar"));
    let many_unchecked_settings = many::settings(&settings, folder.path(), "many-unchecked.toml")?;
    let many_settings = many::settings(&settings, folder.path(), "many.toml")?;
    programs.check_settings(&many_settings)?;
    let unchecked = many::copy(&policies, folder.path())?;
    let many_unchecked = many::policies(&policies, folder.path(), "many-unchecked.cedar")?;
    let many_policies = many::policies(&policies, folder.path(), "many.cedar")?;
    programs.check_policies(&many_policies)?;
    let (bare, ours) = (of_lambda(&stack), of_ours(&stack, &settings, &policies)?);
    let issuer = programs.issue_urls.as_path();
    let event = Bytes::from_static(EVENT.as_bytes());
    let echoed: First = (|_| Bytes::from_static(EVENT.as_bytes()), ECHOED);
    let signed: First = (|n| EVENT.replace("hello.txt", &format!("hello-{n}.txt")).into(), r#"\"cache\":\"miss\""#);
    let advanced: First =
        (|n| CHANGE.replace(CHANGE_ID, &format!("{n:012}\"")).into(), r#""advanced":[{"scope":"role/"#);
    let start = |name, program, environment, first| Start { name, program, environment, first };
    let starts = [
        start(BARE_RUNTIME, programs.bare.as_path(), bare.clone(), echoed),
        start(ISSUER, issuer, ours.clone(), signed),
        start(INVALIDATOR, programs.invalidate_urls.as_path(), ours.clone(), advanced),
        start("issue-urls, 1,000 profiles more", issuer, of_ours(&stack, &many_settings, &policies)?, signed),
        start("issue-urls, 1,000 rules more", issuer, of_ours(&stack, &settings, &many_policies)?, signed),
        start(
            "issue-urls, 1,000 profiles more, checked at start",
            issuer,
            of_ours(&stack, &many_unchecked_settings, &policies)?,
            signed,
        ),
        start("issue-urls, its policies checked at start", issuer, of_ours(&stack, &settings, &unchecked)?, signed),
        start("the same, 1,000 rules more", issuer, of_ours(&stack, &settings, &many_unchecked)?, signed),
    ];
    let cold_starts = cold_starts(&starts, effort).await?;
    let hit = r#"\"cache\":\"hit\""#;
    let many = of_ours(&stack, &many_settings, &many_policies)?;
    let always_reading_settings = many::always_reading(&settings, folder.path())?;
    programs.check_settings(&always_reading_settings)?;
    let always_reading = of_ours(&stack, &always_reading_settings, &policies)?;
    ensure!(EVENT.contains(WORDS), "the event does not say what is to be said in other words");
    let (same, others): (_, Vec<Bytes>) = (vec![event.clone()], (0..OTHER_WORDS).map(in_other_words).collect());
    let handler =
        |name, program, environment, events, expected| Handler { name, program, environment, events, expected };
    let handlers = vec![
        handler(ECHO, programs.bare.as_path(), bare, same.clone(), ECHOED),
        handler(HIT, issuer, ours.clone(), same, hit),
        handler(HIT_IN_OTHER_WORDS, issuer, ours.clone(), others.clone(), hit),
        handler("in other words, 1,000 profiles and rules more", issuer, many, others, hit),
        handler(HIT_IN_TABLE, issuer, always_reading, vec![event.clone()], hit),
    ];
    let warm = on_one_processor(async || warm(handlers, effort).await)?;
    let of_another = |n| EVENT.replace("hello.txt", &format!("logged-{n}.txt")).into();
    let logged = Logged {
        hit: logged(issuer, &ours, |_| event.clone(), hit).await?,
        signed: logged(issuer, &ours, of_another, signed.1).await?,
    };
    stack.stop().await?;
    Ok(Functions { cold_starts, warm, logged })
}

/// The event, with spaces in its client's JSON that say which of all it is, to the base of four.
fn in_other_words(which: usize) -> Bytes {
    let mut rest = which;
    let mut words = String::new();
    for word in WORDS.split_inclusive(' ') {
        words.push_str(word);
        words.extend(std::iter::repeat_n(' ', rest % 4));
        rest /= 4;
    }
    EVENT.replace(WORDS, &words).into()
}

/// Writes the linker's script for what the issuer calls at its start, for a URL that it has to sign, for one from its memory and for
/// an upload.
async fn lay_out(programs: &Programs) -> Result<()> {
    let stack = Stack::start(&programs.local_stack, &STALENESS).await?;
    let policies = workspace().join("infra/settings/policies.cedar");
    let environment = of_ours(&stack, &stack.data.join("settings.toml"), &policies)?;
    let [event, upload] = [EVENT, UPLOAD].map(|event| Bytes::from_static(event.as_bytes()));
    let called = Called::of(&programs.issue_urls, &environment, &[&event, &upload]).await?;
    stack.stop().await?;
    Ok(std::fs::write(workspace().join("crates/issue-urls/called.ld"), called.script())?)
}

/// As the local stack is started by default: every request reads the table.
async fn many_clients(programs: &Programs, quick: bool) -> Result<Vec<clients::Clients>> {
    let stack = Stack::start(&programs.local_stack, &[]).await?;
    let measured = clients::clients(&stack.endpoint, quick).await?;
    stack.stop().await?;
    Ok(measured)
}

fn workspace() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect()
}
