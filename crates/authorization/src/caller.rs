use std::collections::{BTreeMap, BTreeSet};

/// Who asks, as whoever authenticated them says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The subject of the token, or the ARN of the IAM principal.
    pub name: String,
    pub groups: BTreeSet<String>,
    /// An empty one is none: it would be in every folder's place.
    pub tenant: Option<String>,
    /// The token's other claims.
    pub claims: BTreeMap<String, String>,
}

impl CallerIdentity {
    /// A caller of whom nothing but the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), groups: BTreeSet::new(), tenant: None, claims: BTreeMap::new() }
    }
}
