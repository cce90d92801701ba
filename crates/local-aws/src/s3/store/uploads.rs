//! Multipart uploads under way: which object each is for, and which parts it has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use jiff::Timestamp;
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::names::Encryption;

/// An upload that was begun and neither completed nor aborted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    pub bucket: String,
    pub key: String,
    pub initiated: Timestamp,
    pub encryption: Encryption,
    pub parts: BTreeMap<i32, Part>,
}

/// A part that was uploaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub e_tag: String,
    pub size: i64,
    pub last_modified: Timestamp,
}

/// All uploads, each in a small file of its own.
pub struct Uploads {
    directory: PathBuf,
    uploads: Mutex<BTreeMap<String, Upload>>,
}

impl Uploads {
    /// Reads the uploads that a former run left.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let mut uploads = BTreeMap::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let id = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")).map(str::to_owned);
            if let (Some(id), Ok(upload)) = (id, serde_json::from_slice(&fs::read(&path)?)) {
                uploads.insert(id, upload);
            }
        }
        Ok(Self { directory: directory.to_owned(), uploads: Mutex::new(uploads) })
    }

    pub fn insert(&self, id: &str, upload: Upload) -> S3Result<()> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(id, &upload)?;
        uploads.insert(id.to_owned(), upload);
        Ok(())
    }

    pub fn add_part(&self, id: &str, number: i32, part: Part) -> S3Result<()> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = uploads.get_mut(id).ok_or_else(no_such_upload)?;
        upload.parts.insert(number, part);
        self.write(id, upload)
    }

    /// The upload of this id, if it is for this object.
    pub fn get(&self, id: &str, bucket: &str, key: &str) -> S3Result<Upload> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = uploads.get(id).filter(|upload| upload.bucket == bucket && upload.key == key);
        upload.cloned().ok_or_else(no_such_upload)
    }

    pub fn remove(&self, id: &str) -> S3Result<()> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        fs::remove_file(self.file(id)).map_err(s3s::S3Error::internal_error)
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
        let text = serde_json::to_vec(upload).map_err(s3s::S3Error::internal_error)?;
        let (file, new) = (self.file(id), self.directory.join(format!("{id}.new")));
        fs::write(&new, text).and_then(|()| fs::rename(&new, file)).map_err(s3s::S3Error::internal_error)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }
}

fn no_such_upload() -> s3s::S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
         completed."
    )
}
