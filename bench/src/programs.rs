use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use bench::measured::InProcess;

/// The programs that are measured, and those that help.
pub struct Programs {
    pub bare: PathBuf,
    pub issue_urls: PathBuf,
    pub invalidate_urls: PathBuf,
    pub local_stack: PathBuf,
    presign: PathBuf,
    in_process: PathBuf,
}

/// The functions, and the barest one.
const FUNCTIONS: [&str; 3] = ["bare-runtime", "issue-urls", "invalidate-urls"];

/// What functions need to be measured, built together: a package alone may have other features, and then all is built again.
const STACK: [&str; 2] = ["local-stack", "presign-cli"];

impl Programs {
    /// All of them as they lie beside the bench, where `cargo build --workspace` has left them; or else new ones of the same
    /// profile.
    pub fn found_or_built() -> Result<Self> {
        let folder = folder()?;
        let programs = Self::within(&folder);
        let functions = [&programs.bare, &programs.issue_urls, &programs.invalidate_urls];
        let others = [&programs.local_stack, &programs.presign, &programs.in_process];
        if !functions.into_iter().chain(others).all(|program| program.exists()) {
            let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
            build(&["--workspace", "--bins", "--profile", profile])?;
        }
        Ok(programs)
    }

    /// Builds them: the functions as they are deployed, each alone, for together they would share features; and the others with
    /// everything as fast as it can be.
    pub fn built() -> Result<Self> {
        Self::with_helpers(&["in-process", "local-stack", "presign-cli"])
    }

    /// Builds all but what is measured in one process.
    pub fn of_functions_built() -> Result<Self> {
        Self::with_helpers(&STACK)
    }

    fn with_helpers(helpers: &[&str]) -> Result<Self> {
        for function in FUNCTIONS {
            build(&["--release", "--package", function, "--bins"])?;
        }
        fastest(helpers)?;
        // Cargo has the profile `bench` share the folder of `release`.
        Ok(Self::within(&folder()?))
    }

    /// The issuer as it is deployed, but with the names of its functions, and the local stack.
    pub fn with_names() -> Result<Self> {
        let programs = Self::within(&folder()?);
        let named = ["rustc", "--release", "--package", "issue-urls", "--bin", "issue-urls", "--", "-Cstrip=none"];
        run(cargo().args(named).env("LINK_FOR_VALGRIND", "1"))?;
        let issue_urls = programs.issue_urls.with_file_name("issue-urls-with-names");
        std::fs::copy(&programs.issue_urls, &issue_urls)?;
        fastest(&STACK)?;
        Ok(Self { issue_urls, ..programs })
    }

    fn within(folder: &Path) -> Self {
        Self {
            bare: folder.join("bare-runtime"),
            issue_urls: folder.join("issue-urls"),
            invalidate_urls: folder.join("invalidate-urls"),
            local_stack: folder.join("local-stack"),
            presign: folder.join("presign"),
            in_process: folder.join("in-process"),
        }
    }

    /// Checks policies as one does before they are deployed.
    pub fn check_policies(&self, file: &Path) -> Result<()> {
        self.check("check-policies", file)
    }

    /// The same for settings.
    pub fn check_settings(&self, file: &Path) -> Result<()> {
        self.check("check-settings", file)
    }

    fn check(&self, command: &str, file: &Path) -> Result<()> {
        let status = Command::new(&self.presign).arg(command).arg(file).stdout(Stdio::null()).status();
        ensure!(status?.success(), "`presign {command} {}` fails", file.display());
        Ok(())
    }

    /// What is measured in one process.
    pub fn measure_in_process(&self, quick: bool) -> Result<InProcess> {
        let mut command = Command::new(&self.in_process);
        command.args(quick.then_some("--quick")).stderr(Stdio::inherit());
        let output = command.output().with_context(|| format!("{} cannot be started", self.in_process.display()))?;
        ensure!(output.status.success(), "{} fails", self.in_process.display());
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// Where this program lies.
fn folder() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.parent().context("a program lies in a folder")?.to_owned())
}

/// Builds the programs of these packages as fast as they can be.
fn fastest(packages: &[&str]) -> Result<()> {
    let packages: Vec<_> = packages.iter().flat_map(|package| ["--package", package]).collect();
    build(&[&["--profile", "bench", "--bins"], packages.as_slice()].concat())
}

fn build(arguments: &[&str]) -> Result<()> {
    run(cargo().arg("build").args(arguments))
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).env("CARGO_TERM_QUIET", "true");
    cargo
}

fn run(command: &mut Command) -> Result<()> {
    ensure!(command.status()?.success(), "{command:?} fails");
    Ok(())
}
