use std::path::Path;

use authorization::{Policies, WhenChecked};
use settings::{Config, required_variable};

/// What each function behind API Gateway is told at start: its settings, and the policies in the file that `PRESIGN_POLICIES`
/// names.
///
/// # Errors
/// When a variable is missing, or one of the files has a mistake.
pub fn configuration() -> Result<(Config, Policies), lambda_http::Error> {
    let config = Config::from_env()?;
    let policies = required_variable("PRESIGN_POLICIES", "the path of the file of Cedar policies")?;
    let policies = Policies::load(Path::new(&policies))?;
    if policies.when_checked() == WhenChecked::AtStartAgain {
        tracing::warn!(
            "the policies were changed since they were checked: `presign check-policies` makes starts faster"
        );
    }
    Ok((config, policies))
}
