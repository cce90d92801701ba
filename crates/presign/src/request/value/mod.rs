//! The values of parameters, as types that cannot hold what S3 would refuse or what would reach it as something else.

mod byte_range;
mod checksum;
mod copy_source;
mod customer_key;
mod digest;
mod entity_tag;
mod header_value;
mod list;
mod metadata;
mod object;
mod query_value;
mod tagging;
mod time;
mod unique_map;
mod whole_number;
mod word;

use std::borrow::Cow;

pub use byte_range::{ByteRange, ByteRangeError};
pub(crate) use checksum::{Checksum, TwoChecksums, checksum, only_checksum};
pub use copy_source::CopySource;
pub use customer_key::CustomerKey;
pub use digest::{Crc32, Crc64Nvme, Digest, DigestError, Md5, Sha1, Sha256};
pub use entity_tag::{EntityTag, EntityTagError};
pub use header_value::{HeaderValue, HeaderValueError};
pub use list::List;
pub use metadata::{Metadata, MetadataError};
pub(crate) use object::object;
pub use query_value::{QueryValue, QueryValueError};
use serde::{Deserialize, Deserializer};
pub use tagging::{Tagging, TaggingError};
pub use time::{HttpDate, RetainUntil, TimeError};
pub use unique_map::UniqueMap;
pub use whole_number::{ContentLength, PartNumber, WholeNumber};
pub use word::{ChecksumMode, Directive, IfNoneMatch, ObjectLockLegalHoldStatus, ObjectLockMode, StorageClass};

/// A header's name, in lower case, and its value, as they are signed and sent. Fields of a form are such pairs too, with names as S3
/// spells them.
pub type Header = (Cow<'static, str>, String);

/// A field that is there has a value: serde alone would take `null` for an absent one.
///
/// # Errors
/// When the value is none of `T`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
