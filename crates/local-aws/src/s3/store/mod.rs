//! Objects on disk: an `S3` implementation around `s3s-fs`, which keeps every key apart, lists them in order, and adds what
//! S3 answers beyond the bytes.

mod attributes;
mod body;
mod buckets;
mod checksums;
mod conditions;
mod configuration;
mod copying;
mod index;
mod multipart;
mod names;
mod objects;
mod reading;
mod uploads;

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s3s::auth::Credentials;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectsInput, DeleteObjectsOutput, GetBucketEncryptionInput, GetBucketEncryptionOutput,
    GetBucketLocationInput, GetBucketLocationOutput, GetBucketPolicyInput, GetBucketPolicyOutput, GetObjectInput,
    GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, GetPublicAccessBlockInput,
    GetPublicAccessBlockOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput,
    ListBucketsOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutObjectInput, PutObjectOutput,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use index::{Listed, Objects};
use uploads::Uploads;

use crate::clock::Clock;

/// The buckets under one directory. Clones are handles to the same store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    files: FileSystem,
    region: String,
    clock: Clock,
    buckets: Mutex<BTreeMap<String, Objects>>,
    uploads: Uploads,
    /// Keys that a conditional write is under way for.
    contended: Mutex<HashSet<(String, String)>>,
    /// Held while an upload in parts is completed or aborted, so that no other request ends it meanwhile.
    ending: tokio::sync::Mutex<()>,
}

/// Why the objects cannot be opened or seeded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot use `{path}`")]
    Directory { path: PathBuf, source: io::Error },
    #[error("cannot read the objects in `{path}`: {reason}")]
    Objects { path: PathBuf, reason: String },
    #[error("cannot write to bucket `{bucket}`: {reason}")]
    Write { bucket: String, reason: String },
}

impl Store {
    /// Opens the store and finds out what is in it.
    ///
    /// # Errors
    /// When the directory cannot be created or read.
    pub async fn open(root: &Path, region: &str, clock: Clock) -> Result<Self, StoreError> {
        let (buckets, uploads) = (root.join("buckets"), root.join("uploads"));
        for directory in [&buckets, &uploads] {
            std::fs::create_dir_all(directory)
                .map_err(|source| StoreError::Directory { path: directory.clone(), source })?;
        }
        let unreadable = |reason: String| StoreError::Objects { path: root.to_owned(), reason };
        let store = Self(Arc::new(Inner {
            files: FileSystem::new(&buckets).map_err(|error| unreadable(format!("{error:?}")))?,
            region: region.to_owned(),
            clock,
            buckets: Mutex::default(),
            uploads: Uploads::open(&uploads).map_err(|source| StoreError::Directory { path: uploads, source })?,
            contended: Mutex::default(),
            ending: tokio::sync::Mutex::default(),
        }));
        store.read_buckets().await.map_err(|error| unreadable(error.to_string()))?;
        Ok(store)
    }

    /// Creates a bucket unless it is there.
    ///
    /// # Errors
    /// When it cannot be created.
    pub async fn ensure_bucket(&self, bucket: &str) -> Result<(), StoreError> {
        if self.has_bucket(bucket) {
            return Ok(());
        }
        if !s3s::path::check_bucket_name(bucket) {
            let reason = "S3 allows no such bucket name".to_owned();
            return Err(StoreError::Write { bucket: bucket.to_owned(), reason });
        }
        let input = CreateBucketInput { bucket: bucket.to_owned(), ..Default::default() };
        self.create(request(input))
            .await
            .map(|_| ())
            .map_err(|error| StoreError::Write { bucket: bucket.to_owned(), reason: error.to_string() })
    }

    /// Puts an object unless there is one of this key.
    ///
    /// # Errors
    /// When it cannot be put.
    pub async fn ensure_object(&self, bucket: &str, key: &str, bytes: bytes::Bytes) -> Result<(), StoreError> {
        if self.with_objects(bucket, |objects| Ok(objects.contains_key(key))).unwrap_or(false) {
            return Ok(());
        }
        let mut input = PutObjectInput::default();
        bucket.clone_into(&mut input.bucket);
        key.clone_into(&mut input.key);
        input.body = Some(s3s::Body::from(bytes).into());
        self.put(request(input))
            .await
            .map(|_| ())
            .map_err(|error| StoreError::Write { bucket: bucket.to_owned(), reason: error.to_string() })
    }

    fn buckets(&self) -> MutexGuard<'_, BTreeMap<String, Objects>> {
        self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_bucket(&self, bucket: &str) -> bool {
        self.buckets().contains_key(bucket)
    }

    /// Fails as S3 does unless there is the bucket.
    fn require_bucket(&self, bucket: &str) -> S3Result<()> {
        if self.has_bucket(bucket) { Ok(()) } else { Err(no_such_bucket()) }
    }

    fn with_objects<T>(&self, bucket: &str, look: impl FnOnce(&mut Objects) -> S3Result<T>) -> S3Result<T> {
        let mut buckets = self.buckets();
        look(buckets.get_mut(bucket).ok_or_else(no_such_bucket)?)
    }

    /// Fails as S3 does unless the bucket holds the key.
    fn require(&self, bucket: &str, key: &str) -> S3Result<Listed> {
        self.with_objects(bucket, |objects| objects.get(key).cloned().ok_or_else(no_such_key))
    }
}

/// A request to the wrapped file system: only its input, so that no token or signature reaches its traces, and no
/// credentials, so that an upload may be continued under another session.
fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: http::Method::GET,
        uri: http::Uri::default(),
        headers: http::HeaderMap::new(),
        extensions: http::Extensions::new(),
        credentials: None::<Credentials>,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}

fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

/// Names the method behind each operation: those that read or write objects are awaited, the others are not.
macro_rules! operations {
    (
        files { $($operation:ident($input:ty) -> $output:ty = $method:ident;)* }
        memory { $($look:ident($look_input:ty) -> $look_output:ty = $look_method:ident;)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Store {
            $(async fn $operation(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.$method(request).await.map(S3Response::new)
            })*

            // Apart from the others: its answer is more than its output.
            async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
                self.put_or_post(request).await
            }

            $(async fn $look(&self, request: S3Request<$look_input>) -> S3Result<S3Response<$look_output>> {
                self.$look_method(request).map(S3Response::new)
            })*
        }
    };
}

operations! {
    files {
        list_buckets(ListBucketsInput) -> ListBucketsOutput = list_all_buckets;
        create_bucket(CreateBucketInput) -> CreateBucketOutput = create;
        delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = remove_bucket;
        get_object(GetObjectInput) -> GetObjectOutput = get;
        head_object(HeadObjectInput) -> HeadObjectOutput = head;
        get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = tags;
        copy_object(CopyObjectInput) -> CopyObjectOutput = copy;
        delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete;
        delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete_several;
        upload_part(UploadPartInput) -> UploadPartOutput = put_part;
        upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = copy_part;
        complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = complete_upload;
        abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = abort_upload;
    }
    memory {
        create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = begin_upload;
        head_bucket(HeadBucketInput) -> HeadBucketOutput = head_one_bucket;
        get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = policy;
        get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = public_access_block;
        get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput = encryption;
        get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = location;
        list_objects(ListObjectsInput) -> ListObjectsOutput = list_v1;
        list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list_v2;
        list_parts(ListPartsInput) -> ListPartsOutput = parts;
        list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = list_uploads;
    }
}
