use crate::encryption::EncryptionError;
use crate::names::BucketName;
use crate::profile::{LONGEST_SESSION_POLICY, NotAllowed};
use crate::request::Header;
use crate::sigv4::encode;

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
    #[error(
        "the query's parameters have {length} bytes together, percent-encoded, and {} are the most that is signed",
        Refusal::LONGEST_QUERY
    )]
    QueryTooLong { length: usize },
    #[error(
        "the URLs have more than {} bytes together, and Lambda answers with no more: ask for fewer at once",
        Refusal::LONGEST_ANSWER
    )]
    AnswerTooLong,
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
    /// The bytes of a URL's parameters that are the request's own, percent-encoded. AWS states no limit for a URL; many clients and
    /// proxies have one of 8 KiB for all of it, and an instance remembers thousands.
    pub const LONGEST_QUERY: usize = 8192;
    /// The bytes of the URLs of one answer: Lambda answers with 6 MB, in which each quotation mark of a document takes two.
    /// Source: AWS Lambda developer guide, "Lambda quotas", "Invocation payload (request and response)".
    pub const LONGEST_ANSWER: usize = 5_500_000;
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

    /// # Errors
    /// When a URL's own parameters are longer together than any is signed with.
    pub(crate) fn check_query(query: &[(&str, String)]) -> Result<(), Self> {
        let length = query.iter().map(|(name, value)| "&=".len() + name.len() + encode::component(value).len()).sum();
        if length > Self::LONGEST_QUERY { Err(Self::QueryTooLong { length }) } else { Ok(()) }
    }

    /// The field of the request that is at fault, where it is one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::BucketNotServed { field, .. } => Some(field),
            Self::NotAllowed(not_allowed) => Some(not_allowed.field()),
            Self::Source(_) | Self::CopyPolicyTooLong(_) => Some("copySource"),
            Self::Encryption(error) => Some(error.field()),
            Self::QueryTooLong { .. }
            | Self::AnswerTooLong
            | Self::HeadersTooLong { .. }
            | Self::FormTooLong { .. } => None,
        }
    }
}
