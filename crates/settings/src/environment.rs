/// A setting of the environment that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` is not set: it is {meaning}")]
pub struct MissingVariable {
    name: &'static str,
    meaning: &'static str,
}

impl MissingVariable {
    /// That `name`, which says `meaning`, is not there.
    #[must_use]
    pub fn new(name: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning }
    }
}

/// The value of the environment variable `name`, which says `meaning`.
///
/// # Errors
/// When it is not set, or is empty.
pub fn required_variable(name: &'static str, meaning: &'static str) -> Result<String, MissingVariable> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(MissingVariable::new(name, meaning))
}
