use serde::Deserialize;

/// Which claims of a caller's token say more than its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CallerSettings {
    /// The claim that lists the caller's groups.
    pub groups_claim: String,
    /// The claim that names the caller's tenant.
    pub tenant_claim: String,
}

impl Default for CallerSettings {
    fn default() -> Self {
        Self { groups_claim: "groups".to_owned(), tenant_claim: "tenant".to_owned() }
    }
}
