//! Objects: reading, writing, copying and deleting them under their real keys.

use std::sync::PoisonError;

use s3s::dto::{
    ChecksumAlgorithm, ChecksumMode, CopyObjectInput, CopyObjectOutput, CopySource, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, MetadataDirective, PutObjectInput, PutObjectOutput,
};
use s3s::{S3, S3Request, S3Result, s3_error};

use super::body::{Stated, announced, checked, stated_checksum};
use super::conditions::Conditions;
use super::index::Listed;
use super::names::{Encryption, Record, attach, detach, stored_name};
use super::{Store, no_such_bucket, request};
use crate::s3::access::{Permit, bucket_arn, object_arn};

/// What S3 calls bytes of no stated type.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

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
    ($output:ident, $conditions:ident, $tells_checksum:ident) => {
        $conditions.check($output.e_tag.as_ref(), $output.last_modified.as_ref())?;
        let (metadata, record) = detach($output.metadata.take());
        $output.metadata = metadata;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_type.get_or_insert_with(|| DEFAULT_CONTENT_TYPE.to_owned());
        if !$tells_checksum {
            $output.checksum_crc32 = None;
            $output.checksum_crc32c = None;
            $output.checksum_crc64nvme = None;
            $output.checksum_sha1 = None;
            $output.checksum_sha256 = None;
        }
        if let Some(Record { encryption, .. }) = record {
            $output.server_side_encryption = Some(encryption.algorithm());
            $output.ssekms_key_id = encryption.kms_key_id;
            $output.bucket_key_enabled = encryption.bucket_key;
        }
    };
}

impl Store {
    pub(super) async fn get(&self, asked: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
        let permit = asked.extensions.get::<Permit>().cloned();
        let mut input = asked.input;
        self.readable(&input.bucket, &input.key, input.version_id.as_deref(), permit.as_ref())?;
        let conditions = take_conditions!(input);
        let tells_checksum = tells_checksum(input.checksum_mode.as_ref());
        input.key = stored_name(&input.key);
        let mut output = self.0.files.get_object(request(input)).await?.output;
        finish_read!(output, conditions, tells_checksum);
        Ok(output)
    }

    pub(super) async fn head(&self, asked: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
        let permit = asked.extensions.get::<Permit>().cloned();
        let mut input = asked.input;
        self.readable(&input.bucket, &input.key, input.version_id.as_deref(), permit.as_ref())?;
        let conditions = take_conditions!(input);
        let tells_checksum = tells_checksum(input.checksum_mode.as_ref());
        input.key = stored_name(&input.key);
        let mut output = self.0.files.head_object(request(input)).await?.output;
        finish_read!(output, conditions, tells_checksum);
        Ok(output)
    }

    pub(super) async fn put(&self, asked: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let S3Request { mut input, headers, trailing_headers, .. } = asked;
        refuse_customer_keys(input.sse_customer_algorithm.is_some() || input.sse_customer_key.is_some())?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        if key.is_empty() {
            return Err(s3_error!(InvalidArgument, "User key must have a length greater than 0."));
        }
        if !self.has_bucket(&bucket) {
            return Err(no_such_bucket());
        }
        let conditional = input.if_none_match.is_some() || input.if_match.is_some();
        let _contended = if conditional { Some(self.contend(&bucket, &key)?) } else { None };

        let encryption = Encryption::asked(
            input.server_side_encryption.as_ref(),
            input.ssekms_key_id.clone(),
            input.bucket_key_enabled,
            input.ssekms_encryption_context.clone(),
        );
        let record = Record { key: key.clone(), encryption: encryption.clone() };
        input.metadata = attach(input.metadata.take(), &record).map_err(s3s::S3Error::internal_error)?;
        input.content_type.get_or_insert_with(|| DEFAULT_CONTENT_TYPE.to_owned());
        // The file system knows no storage classes; what it does not store it must not refuse.
        input.storage_class = None;

        // An algorithm that is named without a value, before or after the body, states nothing to compare with.
        let algorithm = announced(&headers).filter(|_| trailing_headers.is_some());
        input.checksum_algorithm = algorithm.clone().map(ChecksumAlgorithm::from);
        let stated = Stated {
            md5: input.content_md5.clone(),
            checksum: stated_checksum!(input),
            trailers: trailing_headers.clone(),
        };
        let (body, mismatch) = checked(input.body.take(), stated, algorithm.as_deref())?;
        input.body = Some(body);
        input.key = stored_name(&key);

        let inner = S3Request { trailing_headers, ..request(input) };
        let mut output = self.0.files.put_object(inner).await.map_err(|error| mismatch.or(error))?.output;
        self.refresh(&bucket, &key).await?;
        output.server_side_encryption = Some(encryption.algorithm());
        output.ssekms_key_id = encryption.kms_key_id;
        output.bucket_key_enabled = encryption.bucket_key;
        output.ssekms_encryption_context = encryption.context;
        Ok(output)
    }

    pub(super) async fn copy(&self, asked: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
        let mut input = asked.input;
        refuse_customer_keys(input.sse_customer_key.is_some() || input.copy_source_sse_customer_key.is_some())?;
        let CopySource::Bucket { bucket: from_bucket, key: from_key, version_id } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "the local stack copies from buckets only"));
        };
        only_version(version_id.as_deref())?;
        self.require(from_bucket, from_key)?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        if !self.has_bucket(&bucket) {
            return Err(no_such_bucket());
        }
        let source =
            HeadObjectInput { bucket: from_bucket.to_string(), key: stored_name(from_key), ..Default::default() };
        let replaces = input.metadata_directive.as_ref().is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        let onto_itself = **from_bucket == *bucket && **from_key == *key;
        if onto_itself && !replaces && input.server_side_encryption.is_none() {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the \
                 object's metadata, storage class, website redirect location or encryption attributes."
            ));
        }
        let encryption = Encryption::asked(
            input.server_side_encryption.as_ref(),
            input.ssekms_key_id.clone(),
            input.bucket_key_enabled,
            input.ssekms_encryption_context.clone(),
        );
        let record = Record { key: key.clone(), encryption: encryption.clone() };
        if !replaces {
            let head = self.0.files.head_object(request(source)).await?.output;
            input.metadata = detach(head.metadata).0;
            input.content_type = head.content_type;
            input.content_encoding = head.content_encoding;
            input.content_disposition = head.content_disposition;
            input.content_language = head.content_language;
            input.cache_control = head.cache_control;
            input.expires = head.expires;
        }
        // The file system copies metadata as it is, and with it the source's key: it is always told what to write.
        input.metadata_directive = Some(MetadataDirective::from_static(MetadataDirective::REPLACE));
        input.metadata = attach(input.metadata.take(), &record).map_err(s3s::S3Error::internal_error)?;
        input.copy_source =
            CopySource::Bucket { bucket: from_bucket.clone(), key: stored_name(from_key).into(), version_id: None };
        input.key = stored_name(&key);
        let mut output = self.0.files.copy_object(request(input)).await?.output;
        self.refresh(&bucket, &key).await?;
        output.server_side_encryption = Some(encryption.algorithm());
        output.ssekms_key_id = encryption.kms_key_id;
        output.bucket_key_enabled = encryption.bucket_key;
        Ok(output)
    }

    pub(super) async fn delete(&self, asked: S3Request<DeleteObjectInput>) -> S3Result<DeleteObjectOutput> {
        let mut input = asked.input;
        only_version(input.version_id.as_deref())?;
        let key = std::mem::take(&mut input.key);
        if self.with_objects(&input.bucket, |objects| Ok(!objects.contains_key(&key)))? {
            return Ok(DeleteObjectOutput::default());
        }
        let bucket = input.bucket.clone();
        input.key = stored_name(&key);
        let output = self.0.files.delete_object(request(input)).await?.output;
        self.with_objects(&bucket, |objects| Ok(objects.remove(&key)))?;
        Ok(output)
    }

    /// Deletes what the caller may delete, and says of each of the others why not.
    pub(super) async fn delete_several(&self, asked: S3Request<DeleteObjectsInput>) -> S3Result<DeleteObjectsOutput> {
        let permit = crate::s3::access::permit(&asked)?.clone();
        let DeleteObjectsInput { bucket, delete, .. } = asked.input;
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in delete.objects {
            let outcome = match permit.check("s3:DeleteObject", &object_arn(&bucket, &object.key)) {
                Ok(()) => {
                    let input = DeleteObjectInput {
                        bucket: bucket.clone(),
                        key: object.key.clone(),
                        version_id: object.version_id,
                        ..Default::default()
                    };
                    self.delete(request(input)).await.map(|_| ())
                }
                Err(denied) => Err(denied),
            };
            match outcome {
                Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..Default::default() }),
                Err(error) => errors.push(Error {
                    key: Some(object.key),
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                }),
            }
        }
        let deleted = (!delete.quiet.unwrap_or(false)).then_some(deleted);
        Ok(DeleteObjectsOutput { deleted, errors: (!errors.is_empty()).then_some(errors), ..Default::default() })
    }

    /// Reads back from the files what a listing says about an object.
    pub(super) async fn refresh(&self, bucket: &str, key: &str) -> S3Result<()> {
        let input = HeadObjectInput { bucket: bucket.to_owned(), key: stored_name(key), ..Default::default() };
        let head = self.0.files.head_object(request(input)).await?.output;
        let listed = Listed {
            size: head.content_length.unwrap_or_default(),
            e_tag: head.e_tag,
            last_modified: head.last_modified,
        };
        self.with_objects(bucket, |objects| Ok(objects.insert(key.to_owned(), listed)))?;
        Ok(())
    }

    /// Claims a key for one conditional write; a second one at the same time is told to try again, as on S3.
    pub(super) fn contend(&self, bucket: &str, key: &str) -> S3Result<Contended> {
        let claim = (bucket.to_owned(), key.to_owned());
        let mut contended = self.0.contended.lock().unwrap_or_else(PoisonError::into_inner);
        if contended.insert(claim.clone()) {
            Ok(Contended { store: self.clone(), claim })
        } else {
            Err(s3_error!(
                ConditionalRequestConflict,
                "The conditional request cannot succeed due to a conflicting operation against this resource."
            ))
        }
    }

    /// Whether the object can be read. One who may not list the bucket is not told which keys it lacks.
    fn readable(&self, bucket: &str, key: &str, version: Option<&str>, permit: Option<&Permit>) -> S3Result<()> {
        only_version(version)?;
        match self.require(bucket, key) {
            Err(error) if *error.code() == s3s::S3ErrorCode::NoSuchKey => {
                if let Some(permit) = permit {
                    permit.check("s3:ListBucket", &bucket_arn(bucket))?;
                }
                Err(error)
            }
            outcome => outcome.map(|_| ()),
        }
    }
}

/// A key that a conditional write is under way for, until dropped.
pub(super) struct Contended {
    store: Store,
    claim: (String, String),
}

impl Drop for Contended {
    fn drop(&mut self) {
        self.store.0.contended.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.claim);
    }
}

fn tells_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// Buckets here are not versioned: an object has the one version `null`.
fn only_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(InvalidArgument, "Invalid version id specified")),
    }
}

/// New buckets take no customer-provided keys.
pub(super) fn refuse_customer_keys(asked: bool) -> S3Result<()> {
    if asked {
        return Err(s3_error!(
            AccessDenied,
            "The bucket does not allow encryption with customer-provided keys (SSE-C)"
        ));
    }
    Ok(())
}
