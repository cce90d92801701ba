//! Reading objects, whole and in part, and telling what is known of them.

use http::StatusCode;
use s3s::dto::{
    Checksum, ChecksumMode, GetObjectInput, GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    HeadObjectInput, HeadObjectOutput, Range,
};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use super::body::stated_checksum;
use super::checksums::{Kind, tell_checksum};
use super::conditions::Conditions;
use super::multipart::part_number;
use super::names::{Record, detach, stored_name};
use super::objects::{DEFAULT_CONTENT_TYPE, only_version};
use super::{Store, request};
use crate::s3::access::{Permit, bucket_arn};

/// The conditions of GET and HEAD, whose inputs are different types with the same fields. They are checked here, against the
/// real object, and not by the file system.
macro_rules! take_conditions {
    ($input:ident) => {
        Conditions {
            matching: $input.if_match.take(),
            none_matching: $input.if_none_match.take(),
            modified_since: $input.if_modified_since.take(),
            unmodified_since: $input.if_unmodified_since.take(),
        }
    };
}

/// What GET and HEAD add alike to what the file system answers; their outputs are different types with the same fields.
macro_rules! finish_read {
    ($output:ident, $record:ident, $part:ident, $whole:expr) => {
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_type.get_or_insert_with(|| DEFAULT_CONTENT_TYPE.to_owned());
        let simple = stated_checksum!($output);
        let (checksum, kind) = match &$record {
            _ if !$whole => (Checksum::default(), None),
            Some(Record { assembled: Some(assembled), .. }) => assembled.told($part),
            _ => (simple, Some(Kind::FullObject)),
        };
        $output.checksum_type = kind.filter(|_| checksum != Checksum::default()).map(Kind::told);
        tell_checksum!($output, checksum);
        if let Some(Record { encryption, attributes, assembled, .. }) = $record {
            if $part.is_some() {
                let count = assembled.and_then(|assembled| i32::try_from(assembled.parts.len()).ok());
                $output.parts_count = count.filter(|count| *count > 0);
            }
            $output.server_side_encryption = Some(encryption.algorithm());
            $output.ssekms_key_id = encryption.kms_key_id;
            $output.bucket_key_enabled = encryption.bucket_key;
            $output.storage_class = attributes.storage_class();
            $output.object_lock_mode = attributes.lock_mode();
            $output.object_lock_retain_until_date = attributes.retain_until();
            $output.object_lock_legal_hold_status = attributes.legal_hold();
        }
    };
}

impl Store {
    pub(super) async fn get(&self, asked: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
        let permit = asked.extensions.get::<Permit>().cloned();
        let mut input = asked.input;
        self.readable(&input.bucket, &input.key, input.version_id.as_deref(), permit.as_ref())?;
        not_both(input.range.as_ref(), input.part_number)?;
        let conditions = take_conditions!(input);
        let (tells_checksum, part) = (tells_checksum(input.checksum_mode.as_ref()), input.part_number.take());
        input.key = stored_name(&input.key);
        if let Some(number) = part {
            let looked_at =
                HeadObjectInput { bucket: input.bucket.clone(), key: input.key.clone(), ..HeadObjectInput::default() };
            let head = self.0.files.head_object(request(looked_at)).await?.output;
            conditions.check(head.e_tag.as_ref(), head.last_modified.as_ref())?;
            input.range = part_range(number, detach(head.metadata).1.as_ref(), head.content_length)?;
        }
        let whole = input.range.is_none() || part.is_some();
        let mut output = self.0.files.get_object(request(input)).await?.output;
        conditions.check(output.e_tag.as_ref(), output.last_modified.as_ref())?;
        let (metadata, record) = detach(output.metadata.take());
        output.metadata = metadata;
        if record.as_ref().is_some_and(|record| record.attributes.archived()) {
            return Err(s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class"));
        }
        output.tag_count = record.as_ref().and_then(|record| record.attributes.tag_count());
        finish_read!(output, record, part, tells_checksum && whole);
        Ok(output)
    }

    pub(super) async fn head(&self, asked: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
        let permit = asked.extensions.get::<Permit>().cloned();
        let mut input = asked.input;
        self.readable(&input.bucket, &input.key, input.version_id.as_deref(), permit.as_ref())?;
        not_both(input.range.as_ref(), input.part_number)?;
        let conditions = take_conditions!(input);
        let (tells_checksum, part) = (tells_checksum(input.checksum_mode.as_ref()), input.part_number.take());
        let looked_at = HeadObjectInput {
            bucket: input.bucket.clone(),
            key: stored_name(&input.key),
            ..HeadObjectInput::default()
        };
        let mut output = self.0.files.head_object(request(looked_at)).await?.output;
        conditions.check(output.e_tag.as_ref(), output.last_modified.as_ref())?;
        let (metadata, record) = detach(output.metadata.take());
        output.metadata = metadata;
        if let Some(number) = part {
            input.range = part_range(number, record.as_ref(), output.content_length)?;
        }
        let whole = input.range.is_none() || part.is_some();
        if let Some(range) = &input.range {
            let size = output.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            let range = range.check(size)?;
            output.content_length = i64::try_from(range.end - range.start).ok();
            output.content_range = Some(format!("bytes {}-{}/{size}", range.start, range.end - 1));
        }
        finish_read!(output, record, part, tells_checksum && whole);
        // The overrides, which the file system knows for GET alone.
        output.cache_control = input.response_cache_control.or(output.cache_control);
        output.content_disposition = input.response_content_disposition.or(output.content_disposition);
        output.content_encoding = input.response_content_encoding.or(output.content_encoding);
        output.content_language = input.response_content_language.or(output.content_language);
        output.content_type = input.response_content_type.or(output.content_type);
        output.expires = input.response_expires.or(output.expires);
        Ok(output)
    }

    pub(super) async fn tags(&self, asked: S3Request<GetObjectTaggingInput>) -> S3Result<GetObjectTaggingOutput> {
        let input = asked.input;
        only_version(input.version_id.as_deref())?;
        self.require(&input.bucket, &input.key)?;
        let record = self.record(&input.bucket, &input.key).await?;
        let tag_set = record.map(|record| record.attributes.tag_set()).unwrap_or_default();
        Ok(GetObjectTaggingOutput { tag_set, version_id: None })
    }

    /// What the store has recorded of an object that is there.
    pub(super) async fn record(&self, bucket: &str, key: &str) -> S3Result<Option<Record>> {
        let input = HeadObjectInput { bucket: bucket.to_owned(), key: stored_name(key), ..HeadObjectInput::default() };
        Ok(detach(self.0.files.head_object(request(input)).await?.output.metadata).1)
    }

    /// Whether the object can be read. One who may not list the bucket is not told which keys it lacks.
    fn readable(&self, bucket: &str, key: &str, version: Option<&str>, permit: Option<&Permit>) -> S3Result<()> {
        only_version(version)?;
        match self.require(bucket, key) {
            Err(error) if *error.code() == S3ErrorCode::NoSuchKey => {
                if let Some(permit) = permit {
                    permit.check("s3:ListBucket", &bucket_arn(bucket))?;
                }
                Err(error)
            }
            outcome => outcome.map(|_| ()),
        }
    }
}

fn tells_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn not_both(range: Option<&Range>, part: Option<i32>) -> S3Result<()> {
    match (range, part) {
        (Some(_), Some(_)) => {
            Err(s3_error!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"))
        }
        _ => Ok(()),
    }
}

/// The range that a part is; none where there are no bytes. An object that was uploaded at once is its own first part.
fn part_range(number: i32, record: Option<&Record>, size: Option<i64>) -> S3Result<Option<Range>> {
    let number = part_number(number)?;
    let sizes = match record.and_then(|record| record.assembled.as_ref()) {
        Some(assembled) if !assembled.parts.is_empty() => assembled.parts.iter().map(|part| part.size).collect(),
        _ => vec![size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default()],
    };
    let mut first = 0;
    for (position, size) in (1..).zip(sizes) {
        if position == number {
            return Ok((size > 0).then(|| Range::Int { first, last: Some(first + size - 1) }));
        }
        first += size;
    }
    let mut refusal = S3Error::with_message(
        S3ErrorCode::Custom("InvalidPartNumber".into()),
        "The requested partnumber is not satisfiable",
    );
    refusal.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
    Err(refusal)
}
