use super::{EncryptionContext, EncryptionError};
use crate::names::KmsKeyArn;
use crate::request::Header;
use crate::words::words;

words! {
    /// How S3 encrypts an object. Encryption with customer-provided keys (SSE-C) is not here: new buckets block it since April
    /// 2026, and whoever uses the URL would have to be given the key.
    ServerSideEncryption {
        /// With S3's own keys.
        SseS3 = "AES256",
        SseKms = "aws:kms",
        /// Twice, with KMS keys.
        DsseKms = "aws:kms:dsse",
    }
}

/// What is said about an upload's encryption, by its request or by both its request and its profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedEncryption {
    pub server_side_encryption: Option<ServerSideEncryption>,
    pub ssekms_key_id: Option<KmsKeyArn>,
    pub ssekms_encryption_context: Option<EncryptionContext>,
    pub bucket_key_enabled: Option<bool>,
}

/// What a request says of it; the fields of all requests that may say something are the same.
macro_rules! asked_encryption {
    ($body:expr) => {
        $crate::encryption::AskedEncryption {
            server_side_encryption: $body.server_side_encryption,
            ssekms_key_id: $body.ssekms_key_id,
            ssekms_encryption_context: $body.ssekms_encryption_context,
            bucket_key_enabled: $body.bucket_key_enabled,
        }
    };
}
pub(crate) use asked_encryption;

impl AskedEncryption {
    /// The first field that says anything.
    #[must_use]
    pub fn first_field(&self) -> Option<&'static str> {
        let algorithm = self.server_side_encryption.map(|_| "serverSideEncryption");
        algorithm.or_else(|| self.first_kms_field())
    }

    fn first_kms_field(&self) -> Option<&'static str> {
        [
            (self.ssekms_key_id.is_some(), "ssekmsKeyId"),
            (self.ssekms_encryption_context.is_some(), "ssekmsEncryptionContext"),
            (self.bucket_key_enabled.is_some(), "bucketKeyEnabled"),
        ]
        .into_iter()
        .find_map(|(given, field)| given.then_some(field))
    }

    /// The headers that say it, names in lower case.
    ///
    /// # Errors
    /// When the parts do not go together.
    pub fn headers(&self) -> Result<Vec<Header>, EncryptionError> {
        let kms = match self.server_side_encryption {
            Some(ServerSideEncryption::SseKms | ServerSideEncryption::DsseKms) => None,
            Some(ServerSideEncryption::SseS3) | None => self.first_kms_field(),
        };
        if let Some(field) = kms {
            return Err(EncryptionError::NotWith { field, algorithms: "`aws:kms` and `aws:kms:dsse`" });
        }
        if self.server_side_encryption == Some(ServerSideEncryption::DsseKms) && self.bucket_key_enabled.is_some() {
            return Err(EncryptionError::NotWith { field: "bucketKeyEnabled", algorithms: "`aws:kms`" });
        }
        let said = [
            ("x-amz-server-side-encryption", self.server_side_encryption.map(String::from)),
            ("x-amz-server-side-encryption-aws-kms-key-id", self.ssekms_key_id.clone().map(String::from)),
            (
                "x-amz-server-side-encryption-context",
                self.ssekms_encryption_context.as_ref().and_then(EncryptionContext::header),
            ),
            (
                "x-amz-server-side-encryption-bucket-key-enabled",
                self.bucket_key_enabled.map(|enabled| enabled.to_string()),
            ),
        ];
        Ok(said.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect())
    }
}
