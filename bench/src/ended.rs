use std::time::Duration;

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::timeout;

/// How long a program may take to put away what it has.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks a program to end, and waits until it has; one that does not is made to.
pub async fn ended(mut child: Child) -> Result<()> {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
        kill_process(pid, Signal::TERM)?;
    }
    match timeout(PATIENCE, child.wait()).await {
        Ok(ended) => drop(ended?),
        Err(_) => child.kill().await?,
    }
    Ok(())
}
