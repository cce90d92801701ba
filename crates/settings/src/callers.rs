use std::num::NonZeroU32;

use serde::Deserialize;

/// What is known of callers beside their names, and how often they may ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CallerSettings {
    /// The claim that lists the caller's groups.
    pub groups_claim: String,
    /// The claim that names the caller's tenant.
    pub tenant_claim: String,
    /// How often each caller may ask each instance of the issuer.
    pub requests_per_second: Option<NonZeroU32>,
}

impl Default for CallerSettings {
    fn default() -> Self {
        Self { groups_claim: "groups".to_owned(), tenant_claim: "tenant".to_owned(), requests_per_second: None }
    }
}
