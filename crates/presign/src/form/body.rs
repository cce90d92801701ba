use serde::Deserialize;

use super::{ContentLengthRange, FormContentType, FormKey, SuccessActionRedirect, SuccessActionStatus};
use crate::encryption::{EncryptionContext, ServerSideEncryption};
use crate::lifetime::{ExpiresIn, LifetimeMode};
use crate::names::{BucketName, KmsKeyArn};
use crate::request::{
    Crc32, Crc64Nvme, CustomerKey, HeaderValue, HttpDate, Metadata, Sha1, Sha256, StorageClass, Tagging, given,
};

/// The JSON of `POST /forms`. Unknown fields are refused, and so is `null`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FormRequestBody {
    pub bucket: BucketName,
    pub key: FormKey,
    pub expires_in: ExpiresIn,
    #[serde(default)]
    pub lifetime: LifetimeMode,
    /// Whether the answer is to have a command line that sends the form.
    #[serde(default)]
    pub curl: bool,
    /// There is no default: without it a form would take five gigabytes.
    pub content_length_range: ContentLengthRange,

    #[serde(default, deserialize_with = "given")]
    pub content_type: Option<FormContentType>,
    #[serde(default, deserialize_with = "given")]
    pub cache_control: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_disposition: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub content_encoding: Option<HeaderValue>,
    #[serde(default, deserialize_with = "given")]
    pub expires: Option<HttpDate>,
    #[serde(default, deserialize_with = "given")]
    pub storage_class: Option<StorageClass>,
    #[serde(default, deserialize_with = "given")]
    pub metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "given")]
    pub tagging: Option<Tagging>,
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
    pub success_action_status: Option<SuccessActionStatus>,
    #[serde(default, deserialize_with = "given")]
    pub success_action_redirect: Option<SuccessActionRedirect>,

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
