//! Buckets, and the listing of what is in them.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::utf8_percent_encode;
use s3s::dto::{
    BucketLocationConstraint, CommonPrefix, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, EncodingType, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, ListBucketsInput, ListBucketsOutput, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3, S3Request, S3Result, s3_error};

use super::index::{Listed, Objects, Page, Selection, list};
use super::names::detach;
use super::{Store, request};
use crate::sigv4::STRICT_PATH;

const LARGEST_PAGE: i32 = 1000;

impl Store {
    /// Reads from the files which objects there are: each one's key is in its metadata.
    pub(super) async fn read_buckets(&self) -> S3Result<()> {
        let files = &self.0.files;
        let buckets = files.list_buckets(request(ListBucketsInput::default())).await?.output.buckets;
        for bucket in buckets.into_iter().flatten().filter_map(|bucket| bucket.name) {
            let mut objects = Objects::new();
            let input = ListObjectsV2Input { bucket: bucket.clone(), max_keys: Some(i32::MAX), ..Default::default() };
            let stored = files.list_objects_v2(request(input)).await?.output.contents;
            for name in stored.into_iter().flatten().filter_map(|object| object.key) {
                let input = HeadObjectInput { bucket: bucket.clone(), key: name, ..Default::default() };
                let head = files.head_object(request(input)).await?.output;
                if let (_, Some(record)) = detach(head.metadata) {
                    let listed = Listed {
                        size: head.content_length.unwrap_or_default(),
                        e_tag: head.e_tag,
                        last_modified: head.last_modified,
                        storage_class: record.attributes.storage_class(),
                    };
                    objects.insert(record.key, listed);
                }
            }
            self.buckets().insert(bucket, objects);
        }
        Ok(())
    }

    pub(super) async fn list_all_buckets(&self, asked: S3Request<ListBucketsInput>) -> S3Result<ListBucketsOutput> {
        let mut output = self.0.files.list_buckets(request(asked.input)).await?.output;
        output.buckets.iter_mut().for_each(|buckets| buckets.sort_by(|a, b| a.name.cmp(&b.name)));
        Ok(output)
    }

    pub(super) async fn create(&self, asked: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
        let bucket = asked.input.bucket.clone();
        if self.has_bucket(&bucket) {
            return Err(s3_error!(
                BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already own it."
            ));
        }
        self.0.files.create_bucket(request(asked.input)).await?;
        self.buckets().insert(bucket.clone(), Objects::new());
        Ok(CreateBucketOutput { location: Some(format!("/{bucket}")) })
    }

    pub(super) fn head_one_bucket(&self, asked: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
        let HeadBucketInput { bucket, .. } = asked.input;
        self.require_bucket(&bucket)?;
        Ok(HeadBucketOutput::default())
    }

    pub(super) fn location(&self, asked: S3Request<GetBucketLocationInput>) -> S3Result<GetBucketLocationOutput> {
        let GetBucketLocationInput { bucket, .. } = asked.input;
        self.require_bucket(&bucket)?;
        // The first region has no location constraint.
        let region = (self.0.region != "us-east-1").then(|| BucketLocationConstraint::from(self.0.region.clone()));
        Ok(GetBucketLocationOutput { location_constraint: region })
    }

    pub(super) async fn remove_bucket(&self, asked: S3Request<DeleteBucketInput>) -> S3Result<DeleteBucketOutput> {
        let bucket = asked.input.bucket.clone();
        if self.with_objects(&bucket, |objects| Ok(!objects.is_empty()))? {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        let output = self.0.files.delete_bucket(request(asked.input)).await?.output;
        self.buckets().remove(&bucket);
        Ok(output)
    }

    pub(super) fn list_v2(&self, asked: S3Request<ListObjectsV2Input>) -> S3Result<ListObjectsV2Output> {
        let input = asked.input;
        let resumed = match &input.continuation_token {
            Some(token) => Some(decode_token(token)?),
            None => None,
        };
        let after = resumed.as_deref().or(input.start_after.as_deref());
        let (limit, page) =
            self.page(&input.bucket, input.prefix.as_deref(), input.delimiter.as_deref(), after, input.max_keys)?;
        let encoding = Encoding::of(input.encoding_type.as_ref());
        let count = page.objects.len() + page.prefixes.len();
        let is_truncated = Some(page.next.is_some());
        let next_continuation_token = page.next.as_ref().map(|next| BASE64_URL_SAFE_NO_PAD.encode(next));
        let (contents, common_prefixes) = encoding.entries(page);
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encoding.encode(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.as_deref().map(|delimiter| encoding.encode(delimiter)),
            start_after: input.start_after.as_deref().map(|after| encoding.encode(after)),
            continuation_token: input.continuation_token,
            next_continuation_token,
            encoding_type: input.encoding_type,
            max_keys: Some(limit),
            key_count: i32::try_from(count).ok(),
            is_truncated,
            contents,
            common_prefixes,
            ..Default::default()
        })
    }

    pub(super) fn list_v1(&self, asked: S3Request<ListObjectsInput>) -> S3Result<ListObjectsOutput> {
        let input = asked.input;
        let after = input.marker.as_deref();
        let (limit, page) =
            self.page(&input.bucket, input.prefix.as_deref(), input.delimiter.as_deref(), after, input.max_keys)?;
        let encoding = Encoding::of(input.encoding_type.as_ref());
        let is_truncated = Some(page.next.is_some());
        // Without a delimiter the last key is the marker, and S3 does not repeat it.
        let next_marker = page.next.as_deref().filter(|_| input.delimiter.is_some()).map(|next| encoding.encode(next));
        let (contents, common_prefixes) = encoding.entries(page);
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(encoding.encode(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.as_deref().map(|delimiter| encoding.encode(delimiter)),
            marker: Some(encoding.encode(input.marker.as_deref().unwrap_or_default())),
            next_marker,
            encoding_type: input.encoding_type,
            max_keys: Some(limit),
            is_truncated,
            contents,
            common_prefixes,
            ..Default::default()
        })
    }

    fn page(
        &self,
        bucket: &str,
        prefix: Option<&str>,
        delimiter: Option<&str>,
        after: Option<&str>,
        max_keys: Option<i32>,
    ) -> S3Result<(i32, Page)> {
        let limit = max_keys.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        let selection = Selection {
            prefix: prefix.unwrap_or_default(),
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()),
            after: after.filter(|after| !after.is_empty()),
            limit: usize::try_from(limit).map_err(|_| {
                s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647")
            })?,
        };
        self.with_objects(bucket, |objects| Ok((limit, list(objects, &selection))))
    }
}

fn decode_token(token: &str) -> S3Result<String> {
    BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// Whether names in a listing are percent-encoded: XML cannot hold every key.
pub(super) struct Encoding(bool);

impl Encoding {
    pub(super) fn of(asked: Option<&EncodingType>) -> Self {
        Self(asked.is_some_and(|asked| asked.as_str() == EncodingType::URL))
    }

    pub(super) fn encode(&self, name: &str) -> String {
        if self.0 { utf8_percent_encode(name, STRICT_PATH).to_string() } else { name.to_owned() }
    }

    fn entries(&self, page: Page) -> (Option<Vec<Object>>, Option<Vec<CommonPrefix>>) {
        let contents: Vec<Object> = page
            .objects
            .into_iter()
            .map(|(key, listed)| Object {
                key: Some(self.encode(&key)),
                size: Some(listed.size),
                e_tag: listed.e_tag,
                last_modified: listed.last_modified,
                storage_class: Some(match listed.storage_class {
                    Some(class) => ObjectStorageClass::from(class.as_str().to_owned()),
                    None => ObjectStorageClass::from_static(ObjectStorageClass::STANDARD),
                }),
                ..Default::default()
            })
            .collect();
        let prefixes: Vec<CommonPrefix> =
            page.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.encode(prefix)) }).collect();
        ((!contents.is_empty()).then_some(contents), (!prefixes.is_empty()).then_some(prefixes))
    }
}
