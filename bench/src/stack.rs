use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::ended::ended;

/// The local stack's program, running: the AWS services that functions need, and an API of its own.
pub struct Stack {
    child: Child,
    /// Kept open: it is told of a pipe that nobody reads otherwise.
    _greeting: Lines<BufReader<ChildStdout>>,
    pub endpoint: String,
    pub data: PathBuf,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl Stack {
    /// The name of its table.
    pub const TABLE: &str = "presigned-urls";

    /// With these options besides the port.
    pub async fn start(program: &Path, options: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["--port", "0"]).args(options).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let mut greeting = BufReader::new(child.stdout.take().context("its output is a pipe")?).lines();
        let mut said = String::new();
        while !said.contains("AWS_DEFAULT_REGION=") {
            said.push_str(&greeting.next_line().await?.context("the local stack ends before it is ready")?);
            said.push('\n');
        }
        let after = |mark: &str| {
            let found = said.split_once(mark).and_then(|(_, rest)| rest.split([' ', '\n']).next());
            found.map(str::to_owned).with_context(|| format!("the local stack does not say `{mark}`"))
        };
        Ok(Self {
            endpoint: after("PRESIGN_API_URL=")?,
            data: after("keeps its data in ")?.trim_end_matches('.').into(),
            region: after("AWS_REGION=")?,
            access_key_id: after("AWS_ACCESS_KEY_ID=")?,
            secret_access_key: after("AWS_SECRET_ACCESS_KEY=")?,
            child,
            _greeting: greeting,
        })
    }

    /// Asks it to end, which removes its data.
    pub async fn stop(self) -> Result<()> {
        ended(self.child).await
    }
}
