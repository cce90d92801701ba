use std::collections::BTreeMap;

use super::Principal;

/// What is known of a request when a policy is evaluated for it.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The action that is asked for; several where it is not known which of them.
    pub actions: Vec<String>,
    pub resource: String,
    /// Who signed, if that is known.
    pub signer: Option<Principal>,
    /// Whether the signer has a permissions boundary, if that is known.
    pub bounded: Option<bool>,
    /// Whether a statement that names the signer's account is not about the signer.
    signer_alone: bool,
    /// Whether it is not known if S3 looks for the action at all.
    doubtful: bool,
    keys: BTreeMap<String, Known>,
}

/// A condition key's value. Keys that are not stated are not known; none that has several values is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The request has no such key.
    Absent,
    Value(String),
}

impl Context {
    /// A request of which nothing but this is known yet.
    #[must_use]
    pub fn new(actions: Vec<String>, resource: impl Into<String>, signer: Option<Principal>) -> Self {
        Self { actions, resource: resource.into(), signer, ..Self::default() }
    }

    pub fn state(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(key.to_ascii_lowercase(), Known::Value(value.into()));
    }

    pub fn state_absent(&mut self, key: &str) {
        self.keys.insert(key.to_ascii_lowercase(), Known::Absent);
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Known> {
        self.keys.get(&key.to_ascii_lowercase())
    }

    /// The same, for statements about the signer itself: what is said to its account is left to its own policies.
    pub(crate) fn of_signer_alone(&self) -> Self {
        Self { signer_alone: true, ..self.clone() }
    }

    /// The same, of a request for this one action.
    pub(crate) fn for_action(&self, action: String) -> Self {
        Self { actions: vec![action], ..self.clone() }
    }

    /// The same, of an action that S3 may not look for.
    pub(crate) fn doubtful(self) -> Self {
        Self { doubtful: true, ..self }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    pub(super) fn by_account(&self) -> bool {
        !self.signer_alone
    }
}
