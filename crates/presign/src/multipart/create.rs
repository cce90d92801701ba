use serde::Deserialize;

use super::{ObjectLength, S3Request, UploadRequestError};
use crate::encryption::{AskedEncryption, EncryptionContext, ServerSideEncryption, asked_encryption};
use crate::names::{BucketName, KmsKeyArn, ObjectKey};
use crate::request::{
    ContentType, CustomerKey, HeaderValue, HttpDate, Metadata, ObjectLockLegalHoldStatus, ObjectLockMode, RetainUntil,
    StorageClass, Tagging, given,
};
use crate::words::words;

words! {
    /// How the parts' checksums are computed; S3 computes `CRC64NVME` by itself where none is named.
    ChecksumAlgorithm {
        Crc32 = "CRC32",
        Crc32c = "CRC32C",
        Crc64Nvme = "CRC64NVME",
        Sha1 = "SHA1",
        Sha256 = "SHA256",
    }

    /// Whether the object's checksum is one of all its bytes, or one of its parts' checksums.
    ChecksumType {
        Composite = "COMPOSITE",
        FullObject = "FULL_OBJECT",
    }
}

/// The JSON of `POST /multipart-uploads`. Unknown fields are refused, and so is `null`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateUploadBody {
    pub bucket: BucketName,
    pub key: ObjectKey,
    /// The object's size, for advice on the parts'.
    #[serde(default, deserialize_with = "given")]
    pub content_length: Option<ObjectLength>,
    #[serde(default, deserialize_with = "given")]
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    #[serde(default, deserialize_with = "given")]
    pub checksum_type: Option<ChecksumType>,
    #[serde(default, deserialize_with = "given")]
    pub cache_control: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_disposition: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_encoding: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_language: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_type: Option<ContentType>,
    #[serde(default, deserialize_with = "given")]
    pub expires: Option<HttpDate>,
    #[serde(default, deserialize_with = "given")]
    pub metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "given")]
    pub object_lock_legal_hold_status: Option<ObjectLockLegalHoldStatus>,
    #[serde(default, deserialize_with = "given")]
    pub object_lock_mode: Option<ObjectLockMode>,
    #[serde(default, deserialize_with = "given")]
    pub object_lock_retain_until_date: Option<RetainUntil>,
    #[serde(default, deserialize_with = "given")]
    pub storage_class: Option<StorageClass>,
    #[serde(default, deserialize_with = "given")]
    pub tagging: Option<Tagging>,

    #[serde(default, deserialize_with = "given")]
    pub server_side_encryption: Option<ServerSideEncryption>,
    #[serde(default, deserialize_with = "given")]
    pub ssekms_key_id: Option<KmsKeyArn>,
    #[serde(default, deserialize_with = "given")]
    pub ssekms_encryption_context: Option<EncryptionContext>,
    #[serde(default, deserialize_with = "given")]
    pub bucket_key_enabled: Option<bool>,

    #[serde(default, deserialize_with = "given")]
    pub sse_customer_algorithm: Option<CustomerKey>,
    #[serde(default, deserialize_with = "given")]
    pub sse_customer_key: Option<CustomerKey>,
    #[serde(default, deserialize_with = "given", rename = "sseCustomerKeyMD5", alias = "sseCustomerKeyMd5")]
    pub sse_customer_key_md5: Option<CustomerKey>,
}

/// A request to create an upload.
#[derive(Debug, Clone)]
pub struct CreateUpload {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub content_length: Option<ObjectLength>,
    pub content_type: Option<ContentType>,
    pub encryption: AskedEncryption,
    /// Without the headers of encryption, in which the profile has a say.
    pub request: S3Request,
}

impl TryFrom<CreateUploadBody> for CreateUpload {
    type Error = UploadRequestError;

    /// Source: Amazon S3 API reference, `CreateMultipartUpload`.
    fn try_from(body: CreateUploadBody) -> Result<Self, UploadRequestError> {
        let needs = |field, needed| Err(UploadRequestError::Needs { field, needed });
        match (&body.object_lock_mode, &body.object_lock_retain_until_date) {
            (Some(_), None) => return needs("objectLockMode", "`objectLockRetainUntilDate`"),
            (None, Some(_)) => return needs("objectLockRetainUntilDate", "`objectLockMode`"),
            _ => {}
        }
        if body.checksum_type.is_some() && body.checksum_algorithm.is_none() {
            return needs("checksumType", "`checksumAlgorithm`");
        }
        let mut request = S3Request::new("POST", vec![("uploads", String::new())]);
        request.header("x-amz-checksum-algorithm", body.checksum_algorithm);
        request.header("x-amz-checksum-type", body.checksum_type);
        request.header("cache-control", body.cache_control);
        request.header("content-disposition", body.content_disposition);
        request.header("content-encoding", body.content_encoding);
        request.header("content-language", body.content_language);
        request.header("content-type", body.content_type.clone());
        request.header("expires", body.expires);
        request.header("x-amz-object-lock-legal-hold", body.object_lock_legal_hold_status);
        request.header("x-amz-object-lock-mode", body.object_lock_mode);
        request.header("x-amz-object-lock-retain-until-date", body.object_lock_retain_until_date);
        request.header("x-amz-storage-class", body.storage_class);
        request.header("x-amz-tagging", body.tagging.and_then(|tagging| tagging.header()));
        request.headers.extend(body.metadata.unwrap_or_default().headers());
        Ok(Self {
            bucket: body.bucket,
            key: body.key,
            content_length: body.content_length,
            content_type: body.content_type,
            encryption: asked_encryption!(body),
            request,
        })
    }
}
