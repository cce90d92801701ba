use serde::Deserialize;

use super::value::{
    ByteRange, ChecksumMode, ContentLength, ContentType, CopySource, Crc32, Crc64Nvme, CustomerKey, Directive,
    EntityTag, HeaderValue, HttpDate, IfNoneMatch, Md5, Metadata, ObjectLockLegalHoldStatus, ObjectLockMode,
    PartNumber, QueryValue, RetainUntil, Sha1, Sha256, StorageClass, Tagging, given,
};
use crate::encryption::{EncryptionContext, ServerSideEncryption};
use crate::lifetime::{ExpiresIn, LifetimeMode};
use crate::names::{BucketName, KmsKeyArn, ObjectKey};
use crate::operation::{Operation, of_a_url};
use crate::words::words;

words! {
    /// What the cache has to do with a request.
    CacheChoice {
        /// Neither answer from it nor store in it.
        Bypass = "bypass",
    }
}

/// The JSON of `POST /urls`. Unknown fields are refused, and so is `null`: a field that is not meant is left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UrlRequestBody {
    #[serde(deserialize_with = "of_a_url")]
    pub operation: Operation,
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub expires_in: ExpiresIn,
    #[serde(default)]
    pub lifetime: LifetimeMode,
    #[serde(default, deserialize_with = "given")]
    pub minimum_remaining: Option<ExpiresIn>,
    #[serde(default, deserialize_with = "given")]
    pub cache: Option<CacheChoice>,
    /// Whether the answer is to have a command line that uses the URL.
    #[serde(default)]
    pub curl: bool,
    /// Whether the URL is to be tried before it is handed out.
    #[serde(default)]
    pub verify: bool,

    #[serde(default, deserialize_with = "given")]
    pub version_id: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub part_number: Option<PartNumber>,
    #[serde(default, deserialize_with = "given")]
    pub range: Option<ByteRange>,
    #[serde(default, deserialize_with = "given")]
    pub checksum_mode: Option<ChecksumMode>,
    #[serde(default, deserialize_with = "given")]
    pub response_cache_control: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_disposition: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_encoding: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_language: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_content_type: Option<QueryValue>,
    #[serde(default, deserialize_with = "given")]
    pub response_expires: Option<HttpDate>,

    #[serde(default, deserialize_with = "given")]
    pub cache_control: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_disposition: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_encoding: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_language: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_length: Option<ContentLength>,
    #[serde(default, deserialize_with = "given", rename = "contentMD5")]
    pub content_md5: Option<Md5>,
    #[serde(default, deserialize_with = "given")]
    pub content_type: Option<ContentType>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC32")]
    pub checksum_crc32: Option<Crc32>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC32C")]
    pub checksum_crc32c: Option<Crc32>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC64NVME")]
    pub checksum_crc64nvme: Option<Crc64Nvme>,
    #[serde(default, deserialize_with = "given", rename = "checksumSHA1")]
    pub checksum_sha1: Option<Sha1>,
    #[serde(default, deserialize_with = "given", rename = "checksumSHA256")]
    pub checksum_sha256: Option<Sha256>,
    #[serde(default, deserialize_with = "given")]
    pub expires: Option<HttpDate>,
    #[serde(default, deserialize_with = "given")]
    pub if_match: Option<EntityTag>,
    #[serde(default, deserialize_with = "given")]
    pub if_none_match: Option<IfNoneMatch>,
    #[serde(default, deserialize_with = "given")]
    pub metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "given")]
    pub metadata_directive: Option<Directive>,
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
    pub tagging_directive: Option<Directive>,
    #[serde(default, deserialize_with = "given")]
    pub copy_source: Option<CopySource>,

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
    #[serde(default, deserialize_with = "given", rename = "copySourceSSECustomerAlgorithm")]
    pub copy_source_sse_customer_algorithm: Option<CustomerKey>,
    #[serde(default, deserialize_with = "given", rename = "copySourceSSECustomerKey")]
    pub copy_source_sse_customer_key: Option<CustomerKey>,
    #[serde(default, deserialize_with = "given", rename = "copySourceSSECustomerKeyMD5")]
    pub copy_source_sse_customer_key_md5: Option<CustomerKey>,
}
