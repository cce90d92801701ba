/// A setting of the environment that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` is not set: it is {meaning}")]
pub struct MissingVariable {
    name: &'static str,
    meaning: &'static str,
}

/// The value of the environment variable `name`, which says `meaning`.
///
/// # Errors
/// When it is not set, or is empty.
pub fn required_variable(name: &'static str, meaning: &'static str) -> Result<String, MissingVariable> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(MissingVariable { name, meaning })
}
