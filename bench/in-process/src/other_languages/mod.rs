//! The signers of other languages' SDKs. They are measured where they are installed, and never fetched.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use bench::measure::{Contender, Effort};
use serde_json::json;

use crate::signers::{Task, prove_the_same};

/// A process that signs as often as its standard input says, and says how many nanoseconds of processor time that took.
pub struct OtherLanguage {
    name: &'static str,
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// URLs that a runtime has time for to compile what it runs: Node's takes half as long after some thousand as at first.
const UNTIL_WARM: u32 = 5_000;

/// Those that are installed, once they have made the URL that we make, and are warm where figures are wanted.
pub fn installed(task: &Task, effort: Effort) -> Result<Vec<OtherLanguage>> {
    let python = std::env::var("BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = [
        OtherLanguage::start("boto3", Command::new(python).args(["-c", include_str!("boto3_signer.py")]), task)?,
        OtherLanguage::start(
            "@aws-sdk/s3-request-presigner",
            Command::new("node").args(["-e", include_str!("node_signer.js")]),
            task,
        )?,
    ];
    let mut installed: Vec<_> = found.into_iter().flatten().collect();
    if effort.is_for_figures() {
        for signer in &mut installed {
            signer.run(UNTIL_WARM)?;
        }
    }
    Ok(installed)
}

impl OtherLanguage {
    /// None where it is not installed.
    fn start(name: &'static str, command: &mut Command, task: &Task) -> Result<Option<Self>> {
        let arguments = json!({
            "bucket": task.bucket,
            "key": task.key,
            "region": task.region,
            "accessKeyId": task.access_key_id,
            "secretAccessKey": task.secret_access_key,
            "sessionToken": task.session_token,
            "expiresIn": task.expires_in.as_secs(),
        });
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = spawned else {
            say_skipped(name);
            return Ok(None);
        };
        let asks = child.stdin.take().context("its standard input is a pipe")?;
        let answers = BufReader::new(child.stdout.take().context("its standard output is a pipe")?);
        let mut signer = Self { name, child, asks, answers };
        let Ok(url) = signer.ask(&arguments.to_string()) else {
            say_skipped(name);
            return Ok(None);
        };
        if url.is_empty() {
            say_skipped(name);
            return Ok(None);
        }
        prove_the_same(name, &url, task)?;
        Ok(Some(signer))
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.asks, "{line}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the bench is to know what is not in its tables")]
fn say_skipped(name: &str) {
    eprintln!("SKIPPED: {name} is not installed here.");
}

impl Contender for OtherLanguage {
    fn name(&self) -> &str {
        self.name
    }

    fn run(&mut self, times: u32) -> Result<Duration> {
        Ok(Duration::from_nanos(self.ask(&times.to_string())?.parse()?))
    }
}

impl Drop for OtherLanguage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
