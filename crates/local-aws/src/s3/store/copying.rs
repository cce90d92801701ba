//! Copying objects.

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopySource, HeadObjectInput, MetadataDirective, TaggingDirective};
use s3s::{S3, S3Request, S3Result, s3_error};

use super::attributes::take_said;
use super::names::{Assembled, Encryption, Record, attach, detach, stored_name};
use super::objects::{only_version, refuse_customer_keys};
use super::{Store, request};
use crate::s3::access::{Permit, object_arn};

impl Store {
    pub(super) async fn copy(&self, asked: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
        let permit = asked.extensions.get::<Permit>().cloned();
        let mut input = asked.input;
        refuse_customer_keys(input.sse_customer_key.is_some() || input.copy_source_sse_customer_key.is_some())?;
        let CopySource::Bucket { bucket: from_bucket, key: from_key, version_id } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "the local stack copies from buckets only"));
        };
        only_version(version_id.as_deref())?;
        self.require(from_bucket, from_key)?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        self.require_bucket(&bucket)?;
        let source =
            HeadObjectInput { bucket: from_bucket.to_string(), key: stored_name(from_key), ..Default::default() };
        let head = self.0.files.head_object(request(source)).await?.output;
        let (metadata, source) = detach(head.metadata);
        let replaces = input.metadata_directive.as_ref().is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
        let onto_itself = **from_bucket == *bucket && **from_key == *key;
        let changes = input.server_side_encryption.is_some() || input.storage_class.is_some();
        if onto_itself && !replaces && !changes {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the \
                 object's metadata, storage class, website redirect location or encryption attributes."
            ));
        }
        let mut attributes = take_said!(input).checked(self.0.clock.now())?;
        let retags = input.tagging_directive.as_ref().is_some_and(|it| it.as_str() == TaggingDirective::REPLACE);
        let assembled = source.as_ref().and_then(|source| source.assembled.as_ref()).map(|_| Assembled::copied());
        if !retags {
            attributes.tags = source.map(|source| source.attributes.tags).unwrap_or_default();
            if let Some(permit) = permit.filter(|_| !attributes.tags.is_empty()) {
                permit.check("s3:GetObjectTagging", &object_arn(from_bucket, from_key))?;
                permit.check("s3:PutObjectTagging", &object_arn(&bucket, &key))?;
            }
        }
        let encryption = Encryption::asked(
            input.server_side_encryption.as_ref(),
            input.ssekms_key_id.clone(),
            input.bucket_key_enabled,
            input.ssekms_encryption_context.clone(),
        );
        let record = Record { key: key.clone(), encryption: encryption.clone(), attributes, assembled };
        if !replaces {
            input.metadata = metadata;
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
        output.ssekms_encryption_context = encryption.context;
        Ok(output)
    }
}
