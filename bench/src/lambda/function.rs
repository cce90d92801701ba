use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::body::Bytes;
use local_lambda::RuntimeApi;
use tokio::process::{Child, Command};

use super::Environment;
use crate::ended::ended;

/// A function that runs, and has asked for its first event.
pub struct Function {
    api: RuntimeApi,
    child: Child,
    pid: u32,
}

/// Bytes of memory.
pub struct Memory {
    /// All that is resident, pages of the program's and the libraries' files too.
    pub resident: f64,
    /// What of it is nobody's but the process's.
    pub own: f64,
}

/// How long a function may take to ask for its first event, or to handle a thousand.
const PATIENCE: Duration = Duration::from_secs(20);

impl Function {
    /// With nothing in its environment but this, the `PATH` and the address of its events.
    pub async fn start(command: Command, environment: &Environment) -> Result<Self> {
        Self::start_with_output(command, environment, Stdio::null()).await
    }

    /// The same, with its log.
    pub async fn start_with_output(mut command: Command, environment: &Environment, output: Stdio) -> Result<Self> {
        let api = RuntimeApi::start().await?;
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .stdin(Stdio::null())
            .stdout(output)
            .kill_on_drop(true);
        let program = command.as_std().get_program().display().to_string();
        let child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
        let pid = child.id().context("the function has ended")?;
        tokio::time::timeout(PATIENCE, api.first_next())
            .await
            .with_context(|| format!("{program} does not ask for an event"))?;
        Ok(Self { api, child, pid })
    }

    pub async fn invoke(&mut self, event: &Bytes) -> Result<Bytes> {
        self.invoke_each(vec![event.clone()]).await
    }

    /// One after the other. Gives back what it has made of the last.
    pub async fn invoke_each(&mut self, events: Vec<Bytes>) -> Result<Bytes> {
        let invoked = tokio::time::timeout(PATIENCE, self.api.invoke_each(events));
        Ok(invoked.await.context("the function does not answer any more")??)
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The processor time that its threads have taken, in user and kernel, since it was executed.
    pub fn processor_time(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.pid))? {
            let schedstat = std::fs::read_to_string(task?.path().join("schedstat"))?;
            nanoseconds += schedstat.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    pub fn memory(&self) -> Result<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let bytes = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.with_context(|| format!("the kernel does not tell {name}"))?.trim();
            Ok(kibibytes.trim_end_matches(" kB").parse::<f64>()? * 1024.0)
        };
        Ok(Memory { resident: bytes("VmRSS:")?, own: bytes("RssAnon:")? })
    }

    pub async fn stop(self) -> Result<()> {
        ended(self.child).await
    }
}
