//! Multipart uploads under way: which object each is for, and which parts it has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use bytes::{Bytes, BytesMut};
use futures_util::stream::try_unfold;
use futures_util::{Stream, TryStreamExt};
use jiff::Timestamp;
use s3s::dto::{CreateMultipartUploadInput, StreamingBlob};
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, s3_error};
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use super::checksums::Scheme;
use super::names::Record;

/// An upload that was begun and neither completed nor aborted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    pub bucket: String,
    pub key: String,
    pub initiated: Timestamp,
    pub headers: Headers,
    pub record: Record,
    pub checksum: Option<Scheme>,
    pub parts: BTreeMap<i32, Part>,
}

/// What was said of the object when its upload was begun, as `s3s-fs` keeps it once there is the object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Headers {
    cache_control: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
    content_type: Option<String>,
    expires: Option<s3s::dto::Timestamp>,
    metadata: Option<s3s::dto::Metadata>,
    website_redirect_location: Option<String>,
}

/// A part that was uploaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub e_tag: String,
    pub size: i64,
    /// Of its upload's algorithm.
    pub checksum: Option<String>,
    pub last_modified: Timestamp,
}

impl Headers {
    #[must_use]
    pub fn take(input: CreateMultipartUploadInput) -> Self {
        Self {
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            content_type: input.content_type,
            expires: input.expires,
            metadata: input.metadata,
            website_redirect_location: input.website_redirect_location,
        }
    }

    /// The same the other way round.
    #[must_use]
    pub fn give(self) -> CreateMultipartUploadInput {
        CreateMultipartUploadInput {
            cache_control: self.cache_control,
            content_disposition: self.content_disposition,
            content_encoding: self.content_encoding,
            content_language: self.content_language,
            content_type: self.content_type,
            expires: self.expires,
            metadata: self.metadata,
            website_redirect_location: self.website_redirect_location,
            ..Default::default()
        }
    }
}

/// All uploads, each in a small file of its own, with its parts in a folder beside it.
pub struct Uploads {
    directory: PathBuf,
    uploads: Mutex<BTreeMap<String, Upload>>,
}

/// The bytes of a part that is not taken yet; dropped, they are gone.
pub struct Arrived(PathBuf);

impl Drop for Arrived {
    fn drop(&mut self) {
        // It is not there any more once the part is taken.
        let _ = fs::remove_file(&self.0);
    }
}

const CHUNK: usize = 1 << 16;

impl Uploads {
    /// Reads the uploads that a former run left.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let mut uploads = BTreeMap::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let Some(id) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")) else { continue };
            if let Ok(upload) = serde_json::from_slice(&fs::read(&path)?) {
                uploads.insert(id.to_owned(), upload);
            }
        }
        Ok(Self { directory: directory.to_owned(), uploads: Mutex::new(uploads) })
    }

    pub fn insert(&self, id: &str, upload: Upload) -> S3Result<()> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        fs::create_dir_all(self.folder(id)).map_err(S3Error::internal_error)?;
        self.write(id, &upload)?;
        uploads.insert(id.to_owned(), upload);
        Ok(())
    }

    /// Writes a part's bytes beside those that are there.
    pub async fn receive(&self, id: &str, mut body: StreamingBlob) -> S3Result<Arrived> {
        let arrived = Arrived(self.folder(id).join(format!("{}.new", Uuid::new_v4())));
        let mut file = File::create(&arrived.0).await.map_err(|_| no_such_upload())?;
        while let Some(bytes) = body.try_next().await.map_err(broken_off)? {
            file.write_all(&bytes).await.map_err(S3Error::internal_error)?;
        }
        file.flush().await.map_err(S3Error::internal_error)?;
        Ok(arrived)
    }

    /// Takes a part, in the place of the one that had its number.
    pub fn add_part(&self, id: &str, number: i32, part: Part, bytes: &Arrived) -> S3Result<()> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = uploads.get_mut(id).ok_or_else(no_such_upload)?;
        fs::rename(&bytes.0, self.part(id, number)).map_err(S3Error::internal_error)?;
        upload.parts.insert(number, part);
        self.write(id, upload)
    }

    /// A part's bytes.
    pub async fn read_part(&self, id: &str, number: i32) -> S3Result<StreamingBlob> {
        let file = File::open(self.part(id, number)).await.map_err(S3Error::internal_error)?;
        Ok(StreamingBlob::wrap(chunks(file)))
    }

    /// The upload of this id, if it is for this object.
    pub fn get(&self, id: &str, bucket: &str, key: &str) -> S3Result<Upload> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = uploads.get(id).filter(|upload| upload.bucket == bucket && upload.key == key);
        upload.cloned().ok_or_else(no_such_upload)
    }

    /// Forgets an upload, and with it its parts.
    pub fn remove(&self, id: &str) -> S3Result<()> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.remove(id).ok_or_else(no_such_upload)?;
        fs::remove_file(self.file(id)).map_err(S3Error::internal_error)?;
        fs::remove_dir_all(self.folder(id)).map_err(S3Error::internal_error)
    }

    /// The uploads to one bucket, by key and id.
    pub fn of_bucket(&self, bucket: &str) -> Vec<(String, Upload)> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<(String, Upload)> = uploads
            .iter()
            .filter(|(_, upload)| upload.bucket == bucket)
            .map(|(id, upload)| (id.clone(), upload.clone()))
            .collect();
        found.sort_by(|(a_id, a), (b_id, b)| (&a.key, a_id).cmp(&(&b.key, b_id)));
        found
    }

    fn write(&self, id: &str, upload: &Upload) -> S3Result<()> {
        let text = serde_json::to_vec(upload).map_err(S3Error::internal_error)?;
        let (file, new) = (self.file(id), self.directory.join(format!("{id}.new")));
        fs::write(&new, text).and_then(|()| fs::rename(&new, file)).map_err(S3Error::internal_error)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }

    fn folder(&self, id: &str) -> PathBuf {
        self.directory.join(id)
    }

    fn part(&self, id: &str, number: i32) -> PathBuf {
        self.folder(id).join(number.to_string())
    }
}

fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    try_unfold(file, |mut file| async move {
        let mut bytes = BytesMut::with_capacity(CHUNK);
        let read = file.read_buf(&mut bytes).await?;
        Ok((read > 0).then(|| (bytes.freeze(), file)))
    })
}

fn broken_off(error: StdError) -> S3Error {
    S3Error::with_source(S3ErrorCode::InternalError, error)
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
         completed."
    )
}
