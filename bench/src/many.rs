//! Settings and policies as large as anyone may have them, or otherwise different from the local stack's.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

const MANY: usize = 1_000;

/// Writes `settings`, whose profiles stay, with a thousand more.
pub fn settings(settings: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let mut text = std::fs::read_to_string(settings)?;
    for i in 0..MANY {
        write!(
            text,
            "\n[[buckets]]\nbucket = \"bucket-{i}\"\nregion = \"us-east-1\"\noperations = [\"getObject\", \"putObject\"]\n\
             prefixes = [\"reports/{i}/\"]\nsigningRole = \"arn:aws:iam::123456789012:role/signer-{i}\"\n"
        )?;
    }
    let file = folder.join(name);
    std::fs::write(&file, text)?;
    Ok(file)
}

/// Writes `settings` with a staleness of zero: each request reads the table.
pub fn always_reading(settings: &Path, folder: &Path) -> Result<PathBuf> {
    const STATED: &str = "stalenessMilliseconds = ";
    let text = std::fs::read_to_string(settings)?;
    ensure!(text.matches(STATED).count() == 1, "the local stack's settings do not state one staleness");
    let line = |line: &str| if line.starts_with(STATED) { format!("{STATED}0\n") } else { format!("{line}\n") };
    let file = folder.join("always-reading.toml");
    std::fs::write(&file, text.lines().map(line).collect::<String>())?;
    Ok(file)
}

/// Writes `policies` where nothing of them has been checked.
pub fn copy(policies: &Path, folder: &Path) -> Result<PathBuf> {
    let file = folder.join("unchecked.cedar");
    std::fs::copy(policies, &file)?;
    Ok(file)
}

/// Writes `policies` with a thousand rules more, each for one group and one bucket.
pub fn policies(policies: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let mut text = std::fs::read_to_string(policies)?;
    for i in 0..MANY {
        write!(
            text,
            "\n@id(\"rule-{i}\")\npermit (\n  principal in Presign::Group::\"group-{i}\",\n  \
             action in [Presign::Action::\"reading\"],\n  resource in Presign::Bucket::\"bucket-{i}\"\n)\n\
             when {{ resource.key like \"reports/*\" && context.expiresIn <= 3600 }};\n"
        )?;
    }
    let file = folder.join(name);
    std::fs::write(&file, text)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_always_read_differ_in_the_staleness_alone() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let settings = folder.path().join("settings.toml");
        std::fs::write(&settings, "[cache]\nstalenessMilliseconds = 60000\n# more\n")?;
        let always_reading = std::fs::read_to_string(always_reading(&settings, folder.path())?)?;
        assert_eq!(always_reading, "[cache]\nstalenessMilliseconds = 0\n# more\n");
        std::fs::write(&settings, "[cache]\n")?;
        assert!(super::always_reading(&settings, folder.path()).is_err(), "there is none to replace");
        Ok(())
    }
}
