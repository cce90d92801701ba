use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::checked_name;

/// The beginning of the keys a profile serves, byte for byte; the empty one begins them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyPrefix(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyPrefixError {
    #[error("a prefix has at most 1024 bytes, not {0}")]
    TooLong(usize),
    #[error("a prefix has no control characters")]
    Control,
    #[error("`{0}` ends in `*`: a prefix stands for itself, leave the `*` out")]
    Wildcard(String),
}

checked_name!(KeyPrefix, KeyPrefixError);

impl KeyPrefix {
    /// The prefix as an IAM policy writes it, in which `*`, `?` and `$` would mean something else.
    /// Source: IAM user guide, "IAM policy elements: variables and tags", "Specifying default values".
    #[must_use]
    pub fn escaped_for_iam(&self) -> String {
        let mut escaped = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            match c {
                '*' | '?' | '$' => escaped.extend(['$', '{', c, '}']),
                _ => escaped.push(c),
            }
        }
        escaped
    }
}

impl FromStr for KeyPrefix {
    type Err = KeyPrefixError;

    fn from_str(text: &str) -> Result<Self, KeyPrefixError> {
        if text.len() > 1024 {
            return Err(KeyPrefixError::TooLong(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(KeyPrefixError::Control);
        }
        if text.ends_with('*') {
            return Err(KeyPrefixError::Wildcard(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_iam_would_read_as_a_pattern_is_escaped() {
        let prefix: KeyPrefix = "a*b?c${d}/".parse().unwrap();
        assert_eq!(prefix.escaped_for_iam(), "a${*}b${?}c${$}{d}/");
    }

    #[test]
    fn a_prefix_is_compared_byte_for_byte() {
        let prefix: KeyPrefix = "tenant-a/".parse().unwrap();
        for (key, begins) in [("tenant-a/x", true), ("tenant-a", false), ("Tenant-a/x", false), ("/tenant-a/x", false)]
        {
            assert_eq!(key.starts_with(prefix.as_str()), begins, "{key}");
        }
    }
}
