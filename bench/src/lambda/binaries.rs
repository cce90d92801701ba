use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

/// The environment of a function.
pub type Environment = BTreeMap<String, String>;

/// The deployed programs, and the barest one.
pub struct Binaries {
    pub bare: PathBuf,
    pub issue_urls: PathBuf,
    pub invalidate_urls: PathBuf,
}

impl Binaries {
    /// Those that lie beside the bench already, or else new ones.
    pub fn found_or_built() -> Result<Self> {
        let found = Self::beside_the_bench()?;
        let all = [&found.bare, &found.issue_urls, &found.invalidate_urls];
        if all.into_iter().all(|program| program.exists()) { Ok(found) } else { Self::build() }
    }

    /// Builds them in the profile of the bench itself, each package alone: together they would share features.
    pub fn build() -> Result<Self> {
        let built = Self::beside_the_bench()?;
        for package in ["bare-runtime", "issue-urls", "invalidate-urls"] {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
            cargo.args(["build", "--quiet", "--package", package, "--bins"]);
            if built.bare.components().any(|part| part.as_os_str() == "release") {
                cargo.arg("--release");
            }
            ensure!(cargo.status()?.success(), "{package} cannot be built");
        }
        Ok(built)
    }

    fn beside_the_bench() -> Result<Self> {
        let here = std::env::current_exe()?;
        let program = |name| here.with_file_name(name);
        Ok(Self {
            bare: program("bare-runtime"),
            issue_urls: program("issue-urls"),
            invalidate_urls: program("invalidate-urls"),
        })
    }

    /// What Lambda itself sets.
    pub fn environment() -> Environment {
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
            ("AWS_REGION", local_stack::REGION),
            ("AWS_ACCESS_KEY_ID", local_stack::ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", local_stack::SECRET_ACCESS_KEY),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}
