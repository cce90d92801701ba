use crate::encryption::EncryptionError;
use crate::names::BucketName;
use crate::profile::{LONGEST_SESSION_POLICY, NotAllowed};
use crate::request::Header;

/// Why nothing is signed for a request, whoever signs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the bucket `{bucket}` is not served: it has no profile")]
    BucketNotServed { bucket: BucketName, field: &'static str },
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The source of a copy has to be one that the caller could read.
    #[error("the source cannot be copied: {0}")]
    Source(NotAllowed),
    #[error(
        "the session policy for a copy between these buckets has {0} characters, and STS takes {LONGEST_SESSION_POLICY}: their \
         profiles name too many prefixes"
    )]
    CopyPolicyTooLong(usize),
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    #[error("the headers have {length} bytes together, and S3 takes {}", Refusal::LONGEST_HEADERS)]
    HeadersTooLong { length: usize },
    #[error(
        "the form has some {length} bytes before its file, and {} are the most: each field counts as it is, in the policy and with \
         what stands around it, so make them fewer or shorter, metadata and encryption context above all",
        Refusal::LONGEST_FORM
    )]
    FormTooLong { length: usize },
}

impl Refusal {
    /// The bytes of an upload's headers.
    /// Source: Amazon S3 user guide, "Working with object metadata", "User-defined object metadata".
    pub const LONGEST_HEADERS: usize = 8192;
    /// The bytes of a form, all but its file: S3 takes 20 KB. What is left of them is for the fields that its holder adds.
    /// Source: Amazon S3 API reference, "POST Object": "The form data and boundaries (excluding the contents of the file) cannot
    /// exceed 20 KB"; and "Error responses", `MaxPostPreDataLengthExceededError`.
    pub const LONGEST_FORM: usize = 20_000;

    /// # Errors
    /// When an upload's headers are longer together than S3 takes.
    pub(crate) fn check_headers(headers: &[Header]) -> Result<(), Self> {
        let length = headers.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
        if length > Self::LONGEST_HEADERS { Err(Self::HeadersTooLong { length }) } else { Ok(()) }
    }

    /// The field of the request that is at fault, where it is one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::BucketNotServed { field, .. } => Some(field),
            Self::NotAllowed(not_allowed) => Some(not_allowed.field()),
            Self::Source(_) | Self::CopyPolicyTooLong(_) => Some("copySource"),
            Self::Encryption(error) => Some(error.field()),
            Self::HeadersTooLong { .. } | Self::FormTooLong { .. } => None,
        }
    }
}
