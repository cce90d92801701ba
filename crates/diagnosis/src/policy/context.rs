use std::collections::BTreeMap;

/// What is known of a request when a policy is evaluated for it.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub action: String,
    pub resource: String,
    /// The signer, as ARNs and account ids that policies may name it by; empty if not known.
    pub principals: Vec<String>,
    keys: BTreeMap<String, Known>,
}

/// A condition key's value. Keys that are not stated are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The request has no such key.
    Absent,
    Values(Vec<String>),
}

impl Context {
    /// A request of which nothing but this is known yet.
    #[must_use]
    pub fn new(action: impl Into<String>, resource: impl Into<String>, principals: Vec<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), principals, keys: BTreeMap::new() }
    }

    pub fn state(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(key.to_ascii_lowercase(), Known::Values(vec![value.into()]));
    }

    pub fn state_absent(&mut self, key: &str) {
        self.keys.insert(key.to_ascii_lowercase(), Known::Absent);
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Known> {
        self.keys.get(&key.to_ascii_lowercase())
    }
}
