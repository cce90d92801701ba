use super::ServerSideEncryption;
use crate::names::Region;

/// Why an upload or a copy cannot be encrypted as its request says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    #[error("`{field}` goes with `serverSideEncryption` {algorithms} only")]
    NotWith { field: &'static str, algorithms: &'static str },
    #[error("the key is in `{key}` and the bucket in `{bucket}`: S3 uses keys of the bucket's region only")]
    KeyRegion { key: String, bucket: Region },
    #[error("`{field}` contradicts the bucket's profile, which says {profile}")]
    Contradiction { field: &'static str, profile: String },
    #[error(
        "the bucket's profile names no KMS key, so that its sessions may use none: its `encryption` would have to be \
         `{}` with the key, or `asRequested`", .0.as_str()
    )]
    NoKey(ServerSideEncryption),
}

impl EncryptionError {
    /// The field at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::NotWith { field, .. } | Self::Contradiction { field, .. } => field,
            Self::KeyRegion { .. } => "ssekmsKeyId",
            Self::NoKey(_) => "serverSideEncryption",
        }
    }

    /// Whether it is the profile that forbids it: another profile would not.
    #[must_use]
    pub fn is_the_profiles(&self) -> bool {
        matches!(self, Self::Contradiction { .. } | Self::NoKey(_))
    }
}
