use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a general purpose bucket.
/// Source: Amazon S3 user guide, "General purpose buckets naming rules".
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 3, "maxLength" = 63, "pattern" = r"^[a-z0-9]((-|\.-)*\.?[a-z0-9])*$")),
)]
pub struct BucketName(Arc<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketNameError {
    #[error("a bucket name has 3 to 63 characters, not {0}")]
    Length(usize),
    #[error("a bucket name has only lower-case letters, digits, dots and hyphens, not {0:?}")]
    Character(char),
    #[error("a bucket name begins and ends with a letter or a digit")]
    Edge,
    #[error("a bucket name has no two dots side by side")]
    DoubleDot,
    #[error("a bucket name is not an IP address")]
    IpAddress,
}

super::checked_name!(BucketName, BucketNameError);

impl BucketName {
    /// A dot breaks the wildcard certificate of virtual-hosted TLS addresses.
    #[must_use]
    pub fn has_dot(&self) -> bool {
        self.0.contains('.')
    }
}

impl FromStr for BucketName {
    type Err = BucketNameError;

    fn from_str(text: &str) -> Result<Self, BucketNameError> {
        if !(3..=63).contains(&text.len()) {
            return Err(BucketNameError::Length(text.chars().count()));
        }
        if let Some(c) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '-')) {
            return Err(BucketNameError::Character(c));
        }
        if text.starts_with(['.', '-']) || text.ends_with(['.', '-']) {
            return Err(BucketNameError::Edge);
        }
        if text.contains("..") {
            return Err(BucketNameError::DoubleDot);
        }
        if text.parse::<std::net::Ipv4Addr>().is_ok() {
            return Err(BucketNameError::IpAddress);
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_s3_refuses_are_refused() {
        for (name, error) in [
            ("ab", BucketNameError::Length(2)),
            (&"a".repeat(64), BucketNameError::Length(64)),
            ("Demo", BucketNameError::Character('D')),
            ("de/mo", BucketNameError::Character('/')),
            ("-demo", BucketNameError::Edge),
            ("demo.", BucketNameError::Edge),
            ("de..mo", BucketNameError::DoubleDot),
            ("192.168.0.1", BucketNameError::IpAddress),
        ] {
            assert_eq!(name.parse::<BucketName>(), Err(error), "{name}");
        }
    }

    #[test]
    fn ordinary_names_are_accepted() {
        for name in ["demo", "my.bucket-1", "123"] {
            assert_eq!(name.parse::<BucketName>().map(String::from), Ok(name.to_owned()));
        }
    }
}
