use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Header, HeaderValue, HeaderValueError, UniqueMap};

/// The bytes of all names and values.
/// Source: Amazon S3 user guide, "Working with object metadata", "User-defined object metadata".
const LONGEST: usize = 2048;

/// An object's user-defined metadata: what its `x-amz-meta-…` headers say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "UniqueMap")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        with = "BTreeMap<String, HeaderValue>",
        extend("propertyNames" = { "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }),
    ),
)]
pub struct Metadata(BTreeMap<String, HeaderValue>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    #[error("`{0}` is no name of metadata: it is part of a header's name, so letters, digits and hyphens will do")]
    Name(String),
    #[error("`{0}` stands there twice: S3 knows names in lower case only")]
    Twice(String),
    #[error("the value of `{name}`: {error}")]
    Value { name: String, error: HeaderValueError },
    #[error("metadata has at most {LONGEST} bytes, names and values together, not {0}")]
    TooLong(usize),
}

impl Metadata {
    pub(crate) fn values(&self) -> impl Iterator<Item = &HeaderValue> {
        self.0.values()
    }

    /// The headers, names in lower case.
    pub fn headers(self) -> impl Iterator<Item = Header> {
        self.0.into_iter().map(|(name, value)| (format!("x-amz-meta-{name}").into(), value.into()))
    }
}

impl TryFrom<UniqueMap> for Metadata {
    type Error = MetadataError;

    fn try_from(given: UniqueMap) -> Result<Self, MetadataError> {
        let mut metadata = BTreeMap::new();
        let mut length = 0;
        for (name, value) in given.0 {
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(MetadataError::Name(name));
            }
            let name = name.to_ascii_lowercase();
            length += name.len() + value.len();
            let value = value.parse().map_err(|error| MetadataError::Value { name: name.clone(), error })?;
            if metadata.insert(name.clone(), value).is_some() {
                return Err(MetadataError::Twice(name));
            }
        }
        if length > LONGEST { Err(MetadataError::TooLong(length)) } else { Ok(Self(metadata)) }
    }
}

/// Source: RFC 9110, section 5.6.2, `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entries: &[(&str, &str)]) -> Result<Vec<Header>, MetadataError> {
        let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Metadata::try_from(UniqueMap(entries)).map(|metadata| metadata.headers().collect())
    }

    #[test]
    fn names_become_headers_in_lower_case() {
        let headers = read(&[("Owner", "Ada"), ("a_b", "1")]).unwrap();
        assert_eq!(headers, [("x-amz-meta-a_b".into(), "1".into()), ("x-amz-meta-owner".into(), "Ada".into())]);
    }

    #[test]
    fn neither_a_name_nor_a_value_can_smuggle_a_header() {
        for name in ["", "a b", "a:b", "a\r\nx-amz-acl", "é", "a\0"] {
            assert_eq!(read(&[(name, "1")]), Err(MetadataError::Name(name.to_owned())));
        }
        for value in ["a\r\nx-amz-acl: public-read", "a\nb", "a\0b", "é", "", " a"] {
            assert!(matches!(read(&[("a", value)]), Err(MetadataError::Value { .. })), "{value:?}");
        }
    }

    #[test]
    fn names_that_s3_takes_for_the_same_are_refused() {
        assert_eq!(read(&[("Owner", "1"), ("owner", "2")]), Err(MetadataError::Twice("owner".to_owned())));
    }

    #[test]
    fn two_kilobytes_are_the_most() {
        let value = "v".repeat(1023);
        assert!(read(&[("a", &value), ("b", &value)]).is_ok());
        assert_eq!(read(&[("a", &value), ("bb", &value)]), Err(MetadataError::TooLong(2049)));
    }
}
