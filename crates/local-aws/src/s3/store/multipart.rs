//! Uploads in parts.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CompletedPart, CopySource, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Result, s3_error};

use super::attributes::take_said;
use super::body::{Stated, announced, checked, stated_checksum};
use super::names::{Encryption, Record, attach, stored_name};
use super::objects::refuse_customer_keys;
use super::uploads::{self, Upload};
use super::{Store, request};

impl Store {
    pub(super) async fn begin_upload(
        &self,
        asked: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let mut input = asked.input;
        refuse_customer_keys(input.sse_customer_algorithm.is_some() || input.sse_customer_key.is_some())?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        self.require_bucket(&bucket)?;
        let encryption = Encryption::asked(
            input.server_side_encryption.as_ref(),
            input.ssekms_key_id.clone(),
            input.bucket_key_enabled,
            input.ssekms_encryption_context.clone(),
        );
        let attributes = take_said!(input).checked(self.0.clock.now())?;
        let record = Record { key: key.clone(), encryption: encryption.clone(), attributes };
        input.metadata = attach(input.metadata.take(), &record).map_err(s3s::S3Error::internal_error)?;
        input.key = stored_name(&key);
        let begun = self.0.files.create_multipart_upload(request(input)).await?.output;
        let id = begun.upload_id.ok_or_else(|| s3_error!(InternalError, "an upload without an id"))?;
        let upload = Upload {
            bucket: bucket.clone(),
            key: key.clone(),
            initiated: self.0.clock.now(),
            encryption: encryption.clone(),
            parts: std::collections::BTreeMap::new(),
        };
        self.0.uploads.insert(&id, upload)?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(id),
            server_side_encryption: Some(encryption.algorithm()),
            ssekms_key_id: encryption.kms_key_id,
            bucket_key_enabled: encryption.bucket_key,
            ssekms_encryption_context: encryption.context,
            ..Default::default()
        })
    }

    pub(super) async fn put_part(&self, asked: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
        let S3Request { mut input, headers, trailing_headers, .. } = asked;
        let upload = self.0.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let (id, number) = (input.upload_id.clone(), part_number(input.part_number)?);
        let stated =
            Stated { md5: input.content_md5.clone(), checksum: stated_checksum!(input), trailers: trailing_headers };
        let told = stated.checksum.clone();
        let algorithm = announced(&headers);
        let (body, mismatch) = checked(input.body.take(), stated, algorithm.as_deref())?;
        input.body = Some(body);
        input.key = stored_name(&input.key);
        let mut output = self.0.files.upload_part(request(input)).await.map_err(|error| mismatch.or(error))?.output;
        self.keep_part(&id, number, output.e_tag.as_ref(), &upload).await?;
        output.checksum_crc32 = told.checksum_crc32;
        output.checksum_crc32c = told.checksum_crc32c;
        output.checksum_crc64nvme = told.checksum_crc64nvme;
        output.checksum_sha1 = told.checksum_sha1;
        output.checksum_sha256 = told.checksum_sha256;
        output.server_side_encryption = Some(upload.encryption.algorithm());
        output.ssekms_key_id = upload.encryption.kms_key_id;
        output.bucket_key_enabled = upload.encryption.bucket_key;
        Ok(output)
    }

    pub(super) async fn copy_part(&self, asked: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
        let mut input = asked.input;
        let upload = self.0.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let (id, number) = (input.upload_id.clone(), part_number(input.part_number)?);
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "the local stack copies from buckets only"));
        };
        self.require(bucket, key)?;
        input.copy_source =
            CopySource::Bucket { bucket: bucket.clone(), key: stored_name(key).into(), version_id: None };
        input.key = stored_name(&input.key);
        let output = self.0.files.upload_part_copy(request(input)).await?.output;
        let e_tag = output.copy_part_result.as_ref().and_then(|result| result.e_tag.as_ref());
        self.keep_part(&id, number, e_tag, &upload).await?;
        Ok(output)
    }

    pub(super) fn parts(&self, asked: S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
        let input = asked.input;
        let upload = self.0.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let after = input.part_number_marker.unwrap_or(0);
        let limit = input.max_parts.unwrap_or(1000).clamp(0, 1000);
        let mut parts: Vec<Part> = upload
            .parts
            .into_iter()
            .filter(|(number, _)| *number > after)
            .map(|(number, part)| Part {
                part_number: Some(number),
                e_tag: Some(ETag::Strong(part.e_tag)),
                size: Some(part.size),
                last_modified: Some(std::time::SystemTime::from(part.last_modified).into()),
                ..Default::default()
            })
            .collect();
        let limited = usize::try_from(limit).unwrap_or(0);
        let is_truncated = parts.len() > limited;
        parts.truncate(limited);
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            max_parts: Some(limit),
            part_number_marker: Some(after),
            next_part_number_marker: parts.last().and_then(|part| part.part_number).filter(|_| is_truncated),
            is_truncated: Some(is_truncated),
            parts: Some(parts),
            ..Default::default()
        })
    }

    pub(super) fn list_uploads(
        &self,
        asked: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<ListMultipartUploadsOutput> {
        let input = asked.input;
        self.require_bucket(&input.bucket)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let uploads = self.0.uploads.of_bucket(&input.bucket).into_iter().filter(|(_, it)| it.key.starts_with(&prefix));
        let uploads = uploads
            .map(|(id, upload)| MultipartUpload {
                key: Some(upload.key),
                upload_id: Some(id),
                initiated: Some(std::time::SystemTime::from(upload.initiated).into()),
                ..Default::default()
            })
            .collect();
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            uploads: Some(uploads),
            is_truncated: Some(false),
            max_uploads: Some(1000),
            ..Default::default()
        })
    }

    pub(super) async fn complete_upload(
        &self,
        asked: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let mut input = asked.input;
        let (bucket, key, id) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
        let upload = self.0.uploads.get(&id, &bucket, &key)?;
        let parts = input.multipart_upload.as_ref().and_then(|it| it.parts.as_deref()).unwrap_or_default();
        check_parts(&upload, parts)?;
        let conditional = input.if_none_match.is_some() || input.if_match.is_some();
        let _contended = if conditional { Some(self.contend(&bucket, &key)?) } else { None };
        input.key = stored_name(&key);
        let mut completed = self.0.files.complete_multipart_upload(request(input)).await?.output;
        if let Some(future) = completed.future.take() {
            completed = future.await?;
        }
        self.refresh(&bucket, &key).await?;
        self.0.uploads.remove(&id)?;
        Ok(CompleteMultipartUploadOutput {
            location: Some(format!("/{bucket}/{key}")),
            bucket: Some(bucket),
            key: Some(key),
            e_tag: completed.e_tag,
            server_side_encryption: Some(upload.encryption.algorithm()),
            ssekms_key_id: upload.encryption.kms_key_id,
            bucket_key_enabled: upload.encryption.bucket_key,
            ..Default::default()
        })
    }

    pub(super) async fn abort_upload(
        &self,
        asked: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<AbortMultipartUploadOutput> {
        let mut input = asked.input;
        let id = input.upload_id.clone();
        self.0.uploads.get(&id, &input.bucket, &input.key)?;
        input.key = stored_name(&input.key);
        let output = self.0.files.abort_multipart_upload(request(input)).await?.output;
        self.0.uploads.remove(&id)?;
        Ok(output)
    }

    /// Notes a part, with its size as it was stored.
    async fn keep_part(&self, id: &str, number: i32, e_tag: Option<&ETag>, upload: &Upload) -> S3Result<()> {
        let input = ListPartsInput {
            bucket: upload.bucket.clone(),
            key: stored_name(&upload.key),
            upload_id: id.to_owned(),
            ..Default::default()
        };
        let stored = self.0.files.list_parts(request(input)).await?.output.parts;
        let size =
            stored.into_iter().flatten().find(|part| part.part_number == Some(number)).and_then(|part| part.size);
        let part = uploads::Part {
            e_tag: e_tag.map(|e_tag| e_tag.value().to_owned()).unwrap_or_default(),
            size: size.unwrap_or_default(),
            last_modified: self.0.clock.now(),
        };
        self.0.uploads.add_part(id, number, part)
    }
}

/// The parts named must be in order, and be those that were uploaded.
fn check_parts(upload: &Upload, named: &[CompletedPart]) -> S3Result<()> {
    if named.windows(2).any(|pair| matches!(pair, [a, b] if a.part_number >= b.part_number)) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. The parts list must be specified in order by part number."
        ));
    }
    let uploaded = named.iter().all(|part| {
        let found = part.part_number.and_then(|number| upload.parts.get(&number));
        match (found, &part.e_tag) {
            (Some(found), Some(e_tag)) => found.e_tag == e_tag.value(),
            _ => false,
        }
    });
    if uploaded {
        Ok(())
    } else {
        Err(s3_error!(
            InvalidPart,
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
             specified entity tag may not match the part's entity tag."
        ))
    }
}

fn part_number(number: i32) -> S3Result<i32> {
    if (1..=10_000).contains(&number) {
        Ok(number)
    } else {
        Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
    }
}
