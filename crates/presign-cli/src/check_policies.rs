use std::fs;
use std::path::Path;

use authorization::{Policies, checked_beside};

use crate::arguments::CheckPolicies;
use crate::outcome::{BadInput, Outcome};
use crate::terminal;

/// `presign check-policies FILE...`
pub fn run(policies: &CheckPolicies) -> anyhow::Result<Outcome> {
    for file in &policies.files {
        check(file)?;
    }
    Ok(Outcome::Fine)
}

fn check(file: &Path) -> anyhow::Result<()> {
    let bad = |error: &dyn ToString| BadInput(format!("{}: {}", file.display(), error.to_string()));
    let text = fs::read_to_string(file).map_err(|error| bad(&error))?;
    let checked = Policies::check(&text).map_err(|error| bad(&error))?;
    let beside = checked_beside(file);
    fs::write(&beside, checked).map_err(|error| BadInput(format!("{}: {error}", beside.display())))?;
    Ok(terminal::print(format!("{}\n", beside.display()).as_bytes())?)
}
