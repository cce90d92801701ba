//! File names for object keys.
//!
//! `s3s-fs` uses a key as a path, so `a//b`, `../x` or `a` beside `a/b` cannot be told apart or kept. Every object is
//! therefore stored under the digest of its key, and the key itself travels in the object's metadata.

use std::collections::HashMap;

use s3s::dto::{Checksum, ServerSideEncryption};
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::checksums::{Kind, Scheme};
use crate::crypto::sha256_hex;

/// The name an object is stored under: always 64 hexadecimal digits, so its metadata files keep within 255 bytes.
#[must_use]
pub fn stored_name(key: &str) -> String {
    sha256_hex(key.as_bytes())
}

/// Where the record is kept among the metadata: no header can have a name with a space, so no client can set or read it.
const RECORD: &str = "local aws";

type Metadata = HashMap<String, String>;

/// What the store keeps about an object beside what `s3s-fs` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub key: String,
    #[serde(flatten)]
    pub encryption: Encryption,
    #[serde(flatten)]
    pub attributes: Attributes,
    /// Of an object that was uploaded in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assembled: Option<Assembled>,
}

/// What an object was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assembled {
    pub scheme: Option<Scheme>,
    /// The checksum of the whole.
    pub checksum: Option<String>,
    /// The parts in their order; none of a copy. S3 counts them anew: their numbers may have had gaps.
    pub parts: Vec<Piece>,
}

impl Assembled {
    /// What a copy of such an object is: of one piece, and without a checksum. The file system knows none of what was uploaded in
    /// parts, but perhaps one of what was there before, and would hand it on.
    #[must_use]
    pub fn copied() -> Self {
        Self { scheme: None, checksum: None, parts: Vec::new() }
    }

    /// The checksum that is told of the whole, or of the part of this number, and its type. Of a part there is none to tell where
    /// the checksum is one of all bytes, unless the part has all of them.
    #[must_use]
    pub fn told(&self, part: Option<i32>) -> (Checksum, Option<Kind>) {
        let Some(scheme) = self.scheme else { return (Checksum::default(), None) };
        let value = match part.map(|number| usize::try_from(number - 1).ok().and_then(|at| self.parts.get(at))) {
            None => self.checksum.as_ref(),
            Some(part) if scheme.kind == Kind::Composite || self.parts.len() == 1 => {
                part.and_then(|part| part.checksum.as_ref())
            }
            Some(_) => None,
        };
        let checksum = value.map(|value| scheme.algorithm.checksum(value.clone()));
        (checksum.unwrap_or_default(), Some(scheme.kind))
    }
}

/// What is known of a part whose object is finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// The encryption that was asked for. Nothing is encrypted; it is recorded and told back as S3 would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    algorithm: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_key: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

impl Encryption {
    /// What a request asks for; without a wish, S3's default.
    #[must_use]
    pub fn asked(
        algorithm: Option<&ServerSideEncryption>,
        kms_key_id: Option<String>,
        bucket_key: Option<bool>,
        context: Option<String>,
    ) -> Self {
        let algorithm = algorithm.map_or(ServerSideEncryption::AES256, ServerSideEncryption::as_str).to_owned();
        Self { algorithm, kms_key_id, bucket_key, context }
    }

    /// The algorithm as a header value.
    #[must_use]
    pub fn algorithm(&self) -> ServerSideEncryption {
        ServerSideEncryption::from(self.algorithm.clone())
    }
}

/// Adds the record to an object's metadata.
///
/// # Errors
/// When the record cannot be written as JSON.
pub fn attach(metadata: Option<Metadata>, record: &Record) -> Result<Option<Metadata>, serde_json::Error> {
    let mut metadata = metadata.unwrap_or_default();
    metadata.insert(RECORD.to_owned(), serde_json::to_string(record)?);
    Ok(Some(metadata))
}

/// Takes the record out of an object's metadata.
#[must_use]
pub fn detach(metadata: Option<Metadata>) -> (Option<Metadata>, Option<Record>) {
    let Some(mut metadata) = metadata else { return (None, None) };
    let record = metadata.remove(RECORD).and_then(|text| serde_json::from_str(&text).ok());
    ((!metadata.is_empty()).then_some(metadata), record)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(key: &str) -> Record {
        let encryption = Encryption::asked(None, None, None, None);
        Record { key: key.to_owned(), encryption, attributes: Attributes::default(), assembled: None }
    }

    proptest! {
        #[test]
        fn a_key_comes_back_from_the_metadata_and_leaves_it_as_it_was(key in "\\PC{1,200}", value in "\\PC{0,20}") {
            let own = Metadata::from([("owner".to_owned(), value)]);
            let attached = attach(Some(own.clone()), &record(&key)).unwrap();
            prop_assert_eq!(detach(attached), (Some(own), Some(record(&key))));
        }

        #[test]
        fn different_keys_have_different_plain_file_names(a in "\\PC{1,40}", b in "\\PC{1,40}") {
            let (a_name, b_name) = (stored_name(&a), stored_name(&b));
            prop_assert!(a_name.bytes().all(|byte| byte.is_ascii_hexdigit()) && a_name.len() == 64);
            prop_assert_eq!(a == b, a_name == b_name);
        }
    }
}
