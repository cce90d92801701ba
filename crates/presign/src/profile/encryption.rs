use serde::{Deserialize, Serialize};

use crate::names::KmsKeyArn;

/// How the bucket's objects are encrypted, and so what an upload must say.
///
/// SSE-C is not here: new buckets block it by default since April 2026, and a URL would have to carry the key's digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "serverSideEncryption", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Encryption {
    /// Uploads say nothing, and S3 applies the bucket's default. Where that default is a KMS key, naming it lets sessions
    /// use it, and lets changes of the key invalidate URLs.
    #[default]
    #[serde(rename = "bucketDefault")]
    BucketDefault,
    #[serde(rename = "bucketDefaultKms")]
    BucketDefaultKms { ssekms_key_id: KmsKeyArn },
    /// Uploads are signed with `x-amz-server-side-encryption: AES256`.
    #[serde(rename = "AES256")]
    SseS3,
    /// Uploads are signed with the key's ARN.
    #[serde(rename = "aws:kms")]
    SseKms {
        ssekms_key_id: KmsKeyArn,
        #[serde(default)]
        bucket_key_enabled: bool,
    },
}

impl Encryption {
    /// The KMS key that encrypts the objects, where one is known to.
    #[must_use]
    pub fn kms_key(&self) -> Option<&KmsKeyArn> {
        match self {
            Self::BucketDefault | Self::SseS3 => None,
            Self::BucketDefaultKms { ssekms_key_id } | Self::SseKms { ssekms_key_id, .. } => Some(ssekms_key_id),
        }
    }

    /// The headers that an upload is signed with, names in lower case.
    #[must_use]
    pub fn upload_headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::BucketDefault | Self::BucketDefaultKms { .. } => vec![],
            Self::SseS3 => vec![("x-amz-server-side-encryption", "AES256".to_owned())],
            Self::SseKms { ssekms_key_id, bucket_key_enabled } => {
                let mut headers = vec![
                    ("x-amz-server-side-encryption", "aws:kms".to_owned()),
                    ("x-amz-server-side-encryption-aws-kms-key-id", ssekms_key_id.to_string()),
                ];
                if *bucket_key_enabled {
                    headers.push(("x-amz-server-side-encryption-bucket-key-enabled", "true".to_owned()));
                }
                headers
            }
        }
    }
}
