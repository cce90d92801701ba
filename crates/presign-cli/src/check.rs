use std::fs;
use std::path::Path;

use authorization::Policies;
use settings::Settings;

use crate::arguments::{CheckPolicies, CheckSettings};
use crate::outcome::{BadInput, Outcome};
use crate::terminal;

/// `presign check-policies FILE...`
pub fn policies(asked: &CheckPolicies) -> anyhow::Result<Outcome> {
    for file in &asked.files {
        let text = fs::read_to_string(file).map_err(|error| of(file, &error))?;
        write_beside(file, Policies::check(&text).map_err(|error| of(file, &error))?)?;
    }
    Ok(Outcome::Fine)
}

/// `presign check-settings FILE...`
pub fn settings(asked: &CheckSettings) -> anyhow::Result<Outcome> {
    for file in &asked.files {
        write_beside(file, Settings::check(file).map_err(|error| of(file, &error))?)?;
    }
    Ok(Outcome::Fine)
}

fn write_beside(file: &Path, checked: String) -> anyhow::Result<()> {
    let beside = checked_file::path_of(file);
    // What runs has the old one open, and goes on with it.
    let new = beside.with_added_extension("new");
    fs::write(&new, checked).and_then(|()| fs::rename(&new, &beside)).map_err(|error| of(&beside, &error))?;
    Ok(terminal::print(format!("{}\n", beside.display()).as_bytes())?)
}

fn of(file: &Path, error: &dyn ToString) -> BadInput {
    BadInput(format!("{}: {}", file.display(), error.to_string()))
}
