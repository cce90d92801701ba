use crate::{Action, Resource};

/// Permitted, and which policies say so: for the audit, not for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The policies' `@id`, or where they stand in the file.
    pub policies: Vec<String>,
}

/// What a caller is told who may not. Which policy decided is for the audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{action}` on `{resource}` is not allowed for this caller{besides}")]
pub struct Denied {
    pub action: &'static str,
    pub resource: String,
    /// The policies that forbid it; none where it is only that no policy permits it.
    pub policies: Vec<String>,
    /// Why policies could not be evaluated, which denies too.
    pub errors: Vec<String>,
    /// What else the caller is told; mostly nothing.
    pub besides: &'static str,
}

impl Denied {
    /// Of a caller of whom nobody can say which groups it is in, where policies speak of groups.
    #[must_use]
    pub fn unclear_groups(action: Action, resource: Resource<'_>) -> Self {
        let errors = vec!["the caller's groups cannot be told apart".to_owned()];
        let besides = ", whose groups cannot be told apart";
        Self { action: action.as_str(), resource: resource.to_string(), policies: vec![], errors, besides }
    }
}
