use std::process::ExitStatus;

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

/// Asks a program to end, which lets it put away what it has, and waits until it has.
pub async fn ended(mut child: Child) -> Result<ExitStatus> {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
        kill_process(pid, Signal::TERM)?;
    }
    Ok(child.wait().await?)
}
