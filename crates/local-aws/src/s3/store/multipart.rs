//! Uploads in parts.

use std::collections::BTreeMap;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedMultipartUpload, CompletedPart, CopyPartResult, CopySource,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, GetObjectInput, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part, Range, StreamingBlob,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Result, s3_error};

use super::attributes::take_said;
use super::body::{Digests, Stated, announced, checked, stated_checksum};
use super::buckets::Encoding;
use super::checksums::{
    Algorithm, Scheme, check_named, check_whole, invalid_part, only_one, several_headers, tell_checksum,
};
use super::names::{Assembled, Encryption, Piece, Record, attach, stored_name};
use super::objects::refuse_customer_keys;
use super::uploads::{self, Headers, Upload};
use super::{Store, request};
use crate::s3::host;

/// The least that a part has which is not the last one.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
const SMALLEST_PART: i64 = 5 << 20;

impl Store {
    pub(super) fn begin_upload(
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
        let checksum = Scheme::asked(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
        let id = uuid::Uuid::new_v4().to_string();
        let upload = Upload {
            bucket: bucket.clone(),
            key: key.clone(),
            initiated: self.0.clock.now(),
            headers: Headers::take(input),
            record: Record { key: key.clone(), encryption: encryption.clone(), attributes, assembled: None },
            checksum,
            parts: BTreeMap::new(),
        };
        self.0.uploads.insert(&id, upload)?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(id),
            checksum_algorithm: checksum.map(|scheme| ChecksumAlgorithm::from_static(scheme.algorithm.as_str())),
            checksum_type: checksum.map(|scheme| scheme.kind.told()),
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
        let number = part_number(input.part_number)?;
        let stated =
            Stated { md5: input.content_md5.clone(), checksum: stated_checksum!(input), trailers: trailing_headers };
        let trailer = announced(&headers);
        let in_header = only_one(&stated.checksum, several_headers)?.map(|(algorithm, _)| algorithm);
        if let Some(scheme) = upload.checksum {
            scheme.check_part(in_header.or(trailer.as_deref().and_then(Algorithm::named)))?;
        }
        let body = input.body.take();
        let digests = self.take_part(&input.upload_id, number, &upload, body, stated, trailer.as_deref()).await?;
        let mut output = UploadPartOutput {
            e_tag: Some(ETag::Strong(hex::encode(digests.md5))),
            server_side_encryption: Some(upload.record.encryption.algorithm()),
            ssekms_key_id: upload.record.encryption.kms_key_id,
            bucket_key_enabled: upload.record.encryption.bucket_key,
            ..Default::default()
        };
        tell_checksum!(output, digests.checksum);
        Ok(output)
    }

    pub(super) async fn copy_part(&self, asked: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
        let input = asked.input;
        let upload = self.0.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let number = part_number(input.part_number)?;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "the local stack copies from buckets only"));
        };
        let source = self.require(bucket, key)?;
        let range = input.copy_source_range.as_deref().map(|range| copied_range(range, source.size)).transpose()?;
        let source =
            GetObjectInput { bucket: bucket.to_string(), key: stored_name(key), range, ..GetObjectInput::default() };
        let body = self.0.files.get_object(request(source)).await?.output.body;
        let digests = self.take_part(&input.upload_id, number, &upload, body, Stated::default(), None).await?;
        let mut result = CopyPartResult {
            e_tag: Some(ETag::Strong(hex::encode(digests.md5))),
            last_modified: Some(std::time::SystemTime::from(self.0.clock.now()).into()),
            ..Default::default()
        };
        tell_checksum!(result, digests.checksum);
        Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
    }

    /// Takes a part in: its bytes first, so that one that is refused leaves the one that was there.
    async fn take_part(
        &self,
        id: &str,
        number: i32,
        upload: &Upload,
        body: Option<StreamingBlob>,
        stated: Stated,
        trailer: Option<&str>,
    ) -> S3Result<Digests> {
        let own = upload.checksum.map(|scheme| scheme.algorithm);
        let algorithms: Vec<&str> = trailer.into_iter().chain(own.map(Algorithm::as_str)).collect();
        let (body, verdict) = checked(body, stated, &algorithms)?;
        let bytes = self.0.uploads.receive(id, body).await.map_err(|error| verdict.or(error))?;
        let digests = verdict.digests()?;
        let part = uploads::Part {
            e_tag: hex::encode(digests.md5),
            size: i64::try_from(digests.size).map_err(s3s::S3Error::internal_error)?,
            checksum: own.and_then(|algorithm| algorithm.of(&digests.checksum)).map(str::to_owned),
            last_modified: self.0.clock.now(),
        };
        self.0.uploads.add_part(id, number, part, &bytes)?;
        Ok(digests)
    }

    pub(super) fn parts(&self, asked: S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
        let input = asked.input;
        let upload = self.0.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let after = input.part_number_marker.unwrap_or(0);
        let limit = input.max_parts.unwrap_or(1000).clamp(0, 1000);
        let scheme = upload.checksum;
        let mut parts: Vec<Part> = upload
            .parts
            .into_iter()
            .filter(|(number, _)| *number > after)
            .map(|(number, part)| {
                let mut listed = Part {
                    part_number: Some(number),
                    e_tag: Some(ETag::Strong(part.e_tag)),
                    size: Some(part.size),
                    last_modified: Some(std::time::SystemTime::from(part.last_modified).into()),
                    ..Default::default()
                };
                if let (Some(scheme), Some(checksum)) = (scheme, part.checksum) {
                    tell_checksum!(listed, scheme.algorithm.checksum(checksum));
                }
                listed
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
            checksum_algorithm: scheme.map(|scheme| ChecksumAlgorithm::from_static(scheme.algorithm.as_str())),
            checksum_type: scheme.map(|scheme| scheme.kind.told()),
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
        let encoding = Encoding::of(input.encoding_type.as_ref());
        let uploads = uploads
            .map(|(id, upload)| MultipartUpload {
                key: Some(encoding.encode(&upload.key)),
                upload_id: Some(id),
                checksum_algorithm: upload.checksum.map(|it| ChecksumAlgorithm::from_static(it.algorithm.as_str())),
                checksum_type: upload.checksum.map(|it| it.kind.told()),
                initiated: Some(std::time::SystemTime::from(upload.initiated).into()),
                ..Default::default()
            })
            .collect();
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix.as_deref().map(|prefix| encoding.encode(prefix)),
            encoding_type: input.encoding_type,
            uploads: Some(uploads),
            is_truncated: Some(false),
            max_uploads: Some(1000),
            ..Default::default()
        })
    }

    /// Checks everything that S3 may refuse before it touches the object or its upload.
    pub(super) async fn complete_upload(
        &self,
        asked: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let S3Request { mut input, headers, .. } = asked;
        let _ending = self.0.ending.lock().await;
        let (bucket, key, id) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
        let upload = self.0.uploads.get(&id, &bucket, &key)?;
        let named = input.multipart_upload.take().and_then(|it| it.parts).unwrap_or_default();
        let parts = chosen_parts(&upload, &named)?;
        let chosen: Vec<&uploads::Part> = parts.iter().map(|(_, part)| *part).collect();
        let size: i64 = chosen.iter().map(|part| part.size).sum();
        if let Some(expected) = input.mpu_object_size.filter(|expected| *expected != size) {
            return Err(s3_error!(
                InvalidRequest,
                "The provided 'x-amz-mp-object-size' header value {expected} does not match what was computed: {size}"
            ));
        }
        let checksum = upload.checksum.map(|scheme| scheme.of_object(&chosen)).transpose()?;
        let stated = stated_checksum!(input);
        check_whole(upload.checksum, input.checksum_type.as_ref(), &stated, checksum.as_deref())?;

        let conditional = input.if_none_match.is_some() || input.if_match.is_some();
        let _contended = if conditional { Some(self.contend(&bucket, &key)?) } else { None };
        let pieces = chosen
            .iter()
            .map(|part| Piece { size: u64::try_from(part.size).unwrap_or_default(), checksum: part.checksum.clone() });
        let assembled = Assembled { scheme: upload.checksum, checksum: checksum.clone(), parts: pieces.collect() };
        let record = Record { assembled: Some(assembled), ..upload.record.clone() };
        let e_tag = self.assemble(&upload, &parts, record, input).await?;
        self.refresh(&bucket, &key).await?;
        self.0.uploads.remove(&id)?;

        let encryption = upload.record.encryption;
        let mut output = CompleteMultipartUploadOutput {
            location: Some(host::location(&headers, &bucket, &key)),
            bucket: Some(bucket),
            key: Some(key),
            e_tag,
            checksum_type: upload.checksum.map(|scheme| scheme.kind.told()),
            server_side_encryption: Some(encryption.algorithm()),
            ssekms_key_id: encryption.kms_key_id,
            bucket_key_enabled: encryption.bucket_key,
            ..Default::default()
        };
        if let (Some(scheme), Some(checksum)) = (upload.checksum, checksum) {
            tell_checksum!(output, scheme.algorithm.checksum(checksum));
        }
        Ok(output)
    }

    /// Has the file system make the object, in an upload of its own that is gone again if it fails: the file system's completion
    /// forgets parts and upload before it is done, and wants the parts to be numbered without gaps.
    async fn assemble(
        &self,
        upload: &Upload,
        parts: &[(i32, &uploads::Part)],
        record: Record,
        mut completion: CompleteMultipartUploadInput,
    ) -> S3Result<Option<ETag>> {
        let (bucket, name) = (upload.bucket.clone(), stored_name(&upload.key));
        let mut input = upload.headers.clone().give();
        input.bucket.clone_from(&bucket);
        input.key.clone_from(&name);
        input.metadata = attach(input.metadata.take(), &record).map_err(s3s::S3Error::internal_error)?;
        let begun = self.0.files.create_multipart_upload(request(input)).await?.output;
        let own_id = begun.upload_id.ok_or_else(|| s3_error!(InternalError, "an upload without an id"))?;
        let id = std::mem::replace(&mut completion.upload_id, own_id.clone());
        completion.key.clone_from(&name);

        let outcome = async {
            let mut renumbered = Vec::new();
            for (to, (from, part)) in (1..).zip(parts) {
                let copied = UploadPartInput {
                    bucket: bucket.clone(),
                    key: name.clone(),
                    upload_id: own_id.clone(),
                    part_number: to,
                    body: Some(self.0.uploads.read_part(&id, *from).await?),
                    ..Default::default()
                };
                let e_tag = self.0.files.upload_part(request(copied)).await?.output.e_tag;
                if e_tag.as_ref().map(ETag::value) != Some(&part.e_tag) {
                    return Err(invalid_part()); // it was uploaded anew meanwhile
                }
                renumbered.push(CompletedPart { part_number: Some(to), e_tag, ..Default::default() });
            }
            completion.multipart_upload = Some(CompletedMultipartUpload { parts: Some(renumbered) });
            let mut completed = self.0.files.complete_multipart_upload(request(completion)).await?.output;
            if let Some(future) = completed.future.take() {
                completed = future.await?;
            }
            Ok(completed.e_tag)
        }
        .await;
        if outcome.is_err() {
            let input = AbortMultipartUploadInput {
                bucket,
                key: name,
                upload_id: own_id,
                ..AbortMultipartUploadInput::default()
            };
            let _ = self.0.files.abort_multipart_upload(request(input)).await;
        }
        outcome
    }

    pub(super) async fn abort_upload(
        &self,
        asked: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<AbortMultipartUploadOutput> {
        let AbortMultipartUploadInput { bucket, key, upload_id, .. } = asked.input;
        let _ending = self.0.ending.lock().await;
        self.0.uploads.get(&upload_id, &bucket, &key)?;
        self.0.uploads.remove(&upload_id)?;
        Ok(AbortMultipartUploadOutput::default())
    }
}

/// The parts that a completion names, by their numbers. They must be in order, large enough, and those that were uploaded.
fn chosen_parts<'a>(upload: &'a Upload, named: &[CompletedPart]) -> S3Result<Vec<(i32, &'a uploads::Part)>> {
    if named.is_empty() {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    if named.windows(2).any(|pair| matches!(pair, [a, b] if a.part_number >= b.part_number)) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. The parts list must be specified in order by part number."
        ));
    }
    let mut parts = Vec::with_capacity(named.len());
    for (position, part) in (1..).zip(named) {
        let number = part.part_number.ok_or_else(invalid_part)?;
        let found = upload.parts.get(&number).ok_or_else(invalid_part)?;
        if part.e_tag.as_ref().map(ETag::value) != Some(&found.e_tag) {
            return Err(invalid_part());
        }
        check_named(upload.checksum, number, found, &stated_checksum!(part))?;
        if position < named.len() && found.size < SMALLEST_PART {
            return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
        }
        parts.push((number, found));
    }
    let gaps = (1..).zip(&parts).any(|(position, (number, _))| position != *number);
    if gaps && upload.checksum.is_some_and(Scheme::wants_no_gaps) {
        // S3 answers the same, and does not say why.
        // Source: Amazon S3 user guide, "Checking object integrity".
        return Err(s3_error!(
            InternalError,
            "The numbers of parts with composite checksums must be consecutive and begin with 1."
        ));
    }
    Ok(parts)
}

/// The bytes of a source of this size that a part is to be a copy of.
fn copied_range(range: &str, size: i64) -> S3Result<Range> {
    match Range::parse(range) {
        Ok(Range::Int { first, last: Some(last) }) if i64::try_from(last).is_ok_and(|last| last < size) => {
            Ok(Range::Int { first, last: Some(last) })
        }
        Ok(Range::Int { last: Some(_), .. }) => {
            Err(s3_error!(InvalidArgument, "Range specified is not valid for source object of size: {size}"))
        }
        _ => Err(s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based \
             offsets of the first and last bytes to copy"
        )),
    }
}

pub(super) fn part_number(number: i32) -> S3Result<i32> {
    if (1..=10_000).contains(&number) {
        Ok(number)
    } else {
        Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
    }
}
