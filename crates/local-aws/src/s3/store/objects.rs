//! Objects: writing and deleting them under their real keys.

use std::sync::PoisonError;

use s3s::dto::{
    ChecksumAlgorithm, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    Error, HeadObjectInput, PutObjectInput, PutObjectOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::attributes::take_said;
use super::body::{Stated, announced, checked, stated_checksum};
use super::index::Listed;
use super::names::{Encryption, Record, attach, detach, stored_name};
use super::{Store, request};
use crate::s3::access::object_arn;
use crate::s3::form::{PostForm, Posted};
use crate::s3::host;

/// What S3 calls bytes of no stated type.
pub(super) const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

impl Store {
    /// An object, out of a form too. What `s3s` tells one who sends a form is not all that S3 does: the rest goes along.
    pub(super) async fn put_or_post(&self, asked: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let (bucket, key) = (asked.input.bucket.clone(), asked.input.key.clone());
        let is_form = asked.extensions.get::<PostForm>().is_some();
        let location = host::location(&asked.headers, &bucket, &key);
        let mut response = S3Response::new(self.put(asked).await?);
        if is_form {
            let e_tag = response.output.e_tag.as_ref().map(|e_tag| e_tag.value().to_owned()).unwrap_or_default();
            response.extensions.insert(Posted { location, bucket, key, e_tag });
        }
        Ok(response)
    }

    pub(super) async fn put(&self, asked: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let S3Request { mut input, headers, trailing_headers, .. } = asked;
        refuse_customer_keys(input.sse_customer_algorithm.is_some() || input.sse_customer_key.is_some())?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        if key.is_empty() {
            return Err(s3_error!(InvalidArgument, "User key must have a length greater than 0."));
        }
        self.require_bucket(&bucket)?;
        if input.if_match.is_some() {
            // What is not there is not found, rather than found not to match.
            self.require(&bucket, &key)?;
        }
        let conditional = input.if_none_match.is_some() || input.if_match.is_some();
        let _contended = if conditional { Some(self.contend(&bucket, &key)?) } else { None };

        let encryption = Encryption::asked(
            input.server_side_encryption.as_ref(),
            input.ssekms_key_id.clone(),
            input.bucket_key_enabled,
            input.ssekms_encryption_context.clone(),
        );
        let said = take_said!(input);
        let locks = said.locks();
        let record = Record {
            key: key.clone(),
            encryption: encryption.clone(),
            attributes: said.checked(self.0.clock.now())?,
            assembled: None,
        };
        input.metadata = attach(input.metadata.take(), &record).map_err(s3s::S3Error::internal_error)?;
        input.content_type.get_or_insert_with(|| DEFAULT_CONTENT_TYPE.to_owned());

        // An algorithm that is named without a value, before or after the body, states nothing to compare with.
        let algorithm = announced(&headers).filter(|_| trailing_headers.is_some());
        input.checksum_algorithm = algorithm.clone().map(ChecksumAlgorithm::from);
        let stated = Stated {
            md5: input.content_md5.clone(),
            checksum: stated_checksum!(input),
            trailers: trailing_headers.clone(),
        };
        if locks && stated.states_nothing() && algorithm.is_none() {
            return Err(s3_error!(
                InvalidRequest,
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
            ));
        }
        let (body, verdict) = checked(input.body.take(), stated, algorithm.as_deref().as_slice())?;
        input.body = Some(body);
        input.key = stored_name(&key);

        let inner = S3Request { trailing_headers, ..request(input) };
        let mut output = self.0.files.put_object(inner).await.map_err(|error| verdict.or(error))?.output;
        self.refresh(&bucket, &key).await?;
        output.server_side_encryption = Some(encryption.algorithm());
        output.ssekms_key_id = encryption.kms_key_id;
        output.bucket_key_enabled = encryption.bucket_key;
        output.ssekms_encryption_context = encryption.context;
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
            storage_class: detach(head.metadata).1.and_then(|record| record.attributes.storage_class()),
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

/// Buckets here are not versioned: an object has the one version `null`.
pub(super) fn only_version(version: Option<&str>) -> S3Result<()> {
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
