//! Which of S3's parameters a request has, where they go on the wire, and which operations have them.

use super::UrlRequestBody;
use super::value::Header;
use crate::operation::Operation;
use crate::operation::Operation::{CopyObject, DeleteObject, GetObject, HeadObject, PutObject};

/// A parameter that a request has.
pub struct Row {
    pub field: &'static str,
    pub place: Place,
    pub operations: &'static [Operation],
}

/// Where a parameter goes.
pub enum Place {
    Query(&'static str, String),
    Header(&'static str, String),
    /// Headers of the caller's own names.
    Headers(Vec<Header>),
    /// It is put on the wire together with others, or with what the profile says.
    Elsewhere,
}

const READS: &[Operation] = &[GetObject, HeadObject];
const VERSIONS: &[Operation] = &[GetObject, HeadObject, DeleteObject];
const UPLOADS: &[Operation] = &[PutObject];
const COPIES: &[Operation] = &[CopyObject];
const WRITES: &[Operation] = &[PutObject, CopyObject];

/// Those that were given.
/// Sources: Amazon S3 API reference, `GetObject`, `HeadObject`, `PutObject`, `CopyObject`, `DeleteObject`.
#[rustfmt::skip]
pub fn rows(body: &UrlRequestBody) -> Vec<Row> {
    let rows = [
        query("versionId", "versionId", body.version_id.as_ref(), VERSIONS),
        query("partNumber", "partNumber", body.part_number.as_ref(), READS),
        query("responseCacheControl", "response-cache-control", body.response_cache_control.as_ref(), READS),
        query("responseContentDisposition", "response-content-disposition", body.response_content_disposition.as_ref(), READS),
        query("responseContentEncoding", "response-content-encoding", body.response_content_encoding.as_ref(), READS),
        query("responseContentLanguage", "response-content-language", body.response_content_language.as_ref(), READS),
        query("responseContentType", "response-content-type", body.response_content_type.as_ref(), READS),
        query("responseExpires", "response-expires", body.response_expires.as_ref(), READS),
        header("range", "range", body.range.as_ref(), READS),
        header("checksumMode", "x-amz-checksum-mode", body.checksum_mode.as_ref(), READS),
        header("contentLength", "content-length", body.content_length.as_ref(), UPLOADS),
        header("contentMD5", "content-md5", body.content_md5.as_ref(), UPLOADS),
        header("checksumCRC32", "x-amz-checksum-crc32", body.checksum_crc32.as_ref(), UPLOADS),
        header("checksumCRC32C", "x-amz-checksum-crc32c", body.checksum_crc32c.as_ref(), UPLOADS),
        header("checksumCRC64NVME", "x-amz-checksum-crc64nvme", body.checksum_crc64nvme.as_ref(), UPLOADS),
        header("checksumSHA1", "x-amz-checksum-sha1", body.checksum_sha1.as_ref(), UPLOADS),
        header("checksumSHA256", "x-amz-checksum-sha256", body.checksum_sha256.as_ref(), UPLOADS),
        header("ifMatch", "if-match", body.if_match.as_ref(), UPLOADS),
        header("ifNoneMatch", "if-none-match", body.if_none_match.as_ref(), UPLOADS),
        header("cacheControl", "cache-control", body.cache_control.as_ref(), WRITES),
        header("contentDisposition", "content-disposition", body.content_disposition.as_ref(), WRITES),
        header("contentEncoding", "content-encoding", body.content_encoding.as_ref(), WRITES),
        header("contentLanguage", "content-language", body.content_language.as_ref(), WRITES),
        header("contentType", "content-type", body.content_type.as_ref(), WRITES),
        header("expires", "expires", body.expires.as_ref(), WRITES),
        header("storageClass", "x-amz-storage-class", body.storage_class.as_ref(), WRITES),
        header("objectLockMode", "x-amz-object-lock-mode", body.object_lock_mode.as_ref(), WRITES),
        header("objectLockRetainUntilDate", "x-amz-object-lock-retain-until-date", body.object_lock_retain_until_date.as_ref(), WRITES),
        header("objectLockLegalHoldStatus", "x-amz-object-lock-legal-hold", body.object_lock_legal_hold_status.as_ref(), WRITES),
        header("metadataDirective", "x-amz-metadata-directive", body.metadata_directive.as_ref(), COPIES),
        header("taggingDirective", "x-amz-tagging-directive", body.tagging_directive.as_ref(), COPIES),
        row("copySource", body.copy_source.as_ref().map(|source| Place::Header("x-amz-copy-source", source.header())), COPIES),
        row("metadata", body.metadata.clone().map(|metadata| Place::Headers(metadata.headers().collect())), WRITES),
        row("tagging", body.tagging.as_ref().map(|tags| tags.header().map_or(Place::Elsewhere, |tags| Place::Header("x-amz-tagging", tags))), WRITES),
        row("serverSideEncryption", elsewhere(body.server_side_encryption.as_ref()), WRITES),
        row("ssekmsKeyId", elsewhere(body.ssekms_key_id.as_ref()), WRITES),
        row("ssekmsEncryptionContext", elsewhere(body.ssekms_encryption_context.as_ref()), WRITES),
        row("bucketKeyEnabled", elsewhere(body.bucket_key_enabled.as_ref()), WRITES),
    ];
    rows.into_iter().flatten().collect()
}

fn row(field: &'static str, place: Option<Place>, operations: &'static [Operation]) -> Option<Row> {
    Some(Row { field, place: place?, operations })
}

fn query<T: Clone + Into<String>>(
    field: &'static str,
    name: &'static str,
    value: Option<&T>,
    operations: &'static [Operation],
) -> Option<Row> {
    row(field, value.cloned().map(|value| Place::Query(name, value.into())), operations)
}

fn header<T: Clone + Into<String>>(
    field: &'static str,
    name: &'static str,
    value: Option<&T>,
    operations: &'static [Operation],
) -> Option<Row> {
    row(field, value.cloned().map(|value| Place::Header(name, value.into())), operations)
}

fn elsewhere<T>(value: Option<&T>) -> Option<Place> {
    value.map(|_| Place::Elsewhere)
}
