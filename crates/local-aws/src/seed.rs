//! Things to begin with: buckets, objects and roles that are made only if they are not there.

use bytes::Bytes;

use crate::LocalAws;
use crate::iam;
use crate::s3::StoreError;

/// Why something cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    S3(#[from] StoreError),
    #[error("cannot make role `{role}`: {reason}")]
    Role { role: String, reason: String },
}

impl LocalAws {
    /// Creates a bucket unless it is there.
    ///
    /// # Errors
    /// When the name is not one S3 allows, or the directory cannot be made.
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), SeedError> {
        Ok(self.s3.store.ensure_bucket(bucket).await?)
    }

    /// Puts an object unless there is one of this key.
    ///
    /// # Errors
    /// When there is no such bucket, or the file cannot be written.
    pub async fn put_object(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) -> Result<(), SeedError> {
        Ok(self.s3.store.ensure_object(bucket, key, bytes.into()).await?)
    }

    /// Creates a role with its trust policy and inline policies (name and document), unless there is one of this name.
    /// No event tells of it: the role was there before anyone could ask.
    ///
    /// # Errors
    /// When a document is not one the evaluator can honour, or the role cannot be written.
    pub fn create_role(&self, role: &str, trust: &str, policies: &[(&str, &str)]) -> Result<(), SeedError> {
        let failed = |reason: String| SeedError::Role { role: role.to_owned(), reason };
        iam::seed(&self.directory, role, trust, policies).map_err(|error| failed(error.message))
    }
}
