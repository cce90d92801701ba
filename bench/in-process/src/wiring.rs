use std::path::PathBuf;
use std::time::SystemTime;

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "the issuer's wiring: the only place that reads the clock")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

fn workspace() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../.."].iter().collect()
}

/// What is deployed by default.
pub fn policies_file() -> PathBuf {
    workspace().join("infra/settings/policies.cedar")
}
