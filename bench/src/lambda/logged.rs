use std::path::Path;

use anyhow::{Result, ensure};
use axum::body::Bytes;
use tokio::process::Command;

use super::Environment;
use super::function::Function;

/// Bytes that the issuer writes to its log for an event, metrics included.
#[derive(Debug, Clone, Copy)]
pub struct Logged {
    /// For a URL from memory or from the table.
    pub hit: f64,
    /// For one that is signed and stored.
    pub signed: f64,
}

const EVENTS: u32 = 100;

/// What the program writes for each of these events, on average.
pub async fn logged(
    program: &Path,
    environment: &Environment,
    mut event: impl FnMut(u32) -> Bytes,
    expected: &str,
) -> Result<f64> {
    let log = tempfile::tempfile()?;
    let output = log.try_clone()?;
    let mut function = Function::start_with_output(Command::new(program), environment, output.into()).await?;
    // The first may say more.
    function.invoke(&event(0)).await?;
    let before = log.metadata()?.len();
    let answer = function.invoke_each((1..=EVENTS).map(event).collect()).await?;
    function.stop().await?;
    ensure!(String::from_utf8_lossy(&answer).contains(expected), "{} answers without {expected}", program.display());
    #[expect(clippy::cast_precision_loss, reason = "a hundred events have some hundred kilobytes")]
    let bytes = log.metadata()?.len().saturating_sub(before) as f64;
    ensure!(bytes > 0.0, "{} logs nothing", program.display());
    Ok(bytes / f64::from(EVENTS))
}
