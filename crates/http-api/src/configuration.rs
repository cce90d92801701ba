use std::path::Path;

use authorization::{Policies, WhenChecked};
use settings::{Config, required_variable};

/// What each function behind API Gateway is told at start: its settings, and the policies in the file that `PRESIGN_POLICIES`
/// names.
///
/// # Errors
/// When a variable is missing, or one of the files has a mistake.
pub fn configuration() -> Result<(Config, Policies), lambda_runtime::Error> {
    let config = Config::from_env()?;
    let policies = required_variable("PRESIGN_POLICIES", "the path of the file of Cedar policies")?;
    let file = Path::new(&policies);
    let policies = Policies::load(file)?;
    if policies.when_checked() == WhenChecked::StaleSoAtStart {
        let stale = checked_file::path_of(file);
        tracing::warn!(
            file = %stale.display(),
            "the checked policies are of another text or version, and were passed over: run `presign check-policies`"
        );
    }
    Ok((config, policies))
}
