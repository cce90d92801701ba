/// Permitted, and which policies say so: for the audit, not for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The policies' `@id`, or where they stand in the file.
    pub policies: Vec<String>,
}

/// What a caller is told who may not. Which policy decided is for the audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{action}` on `{resource}` is not allowed for this caller")]
pub struct Denied {
    pub action: &'static str,
    pub resource: String,
    /// The policies that forbid it; none where it is only that no policy permits it.
    pub policies: Vec<String>,
    /// Policies that could not be evaluated, which denies too.
    pub errors: Vec<String>,
}
