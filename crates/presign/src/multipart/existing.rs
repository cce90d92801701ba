use serde::Deserialize;

use super::{S3Request, UploadId};
use crate::names::{BucketName, ObjectKey};
use crate::request::{WholeNumber, given};

/// The JSON of `POST /multipart-uploads/abort`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AbortUploadBody {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload_id: UploadId,
}

/// The JSON of `POST /multipart-uploads/list-parts`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListPartsBody {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload_id: UploadId,
    /// Only parts after this number: the `nextPartNumberMarker` of the answer before.
    #[serde(default, deserialize_with = "given")]
    pub part_number_marker: Option<WholeNumber<0, 10_000>>,
    #[serde(default, deserialize_with = "given")]
    pub max_parts: Option<WholeNumber<1, 1000>>,
}

impl AbortUploadBody {
    #[must_use]
    pub fn request(&self) -> S3Request {
        S3Request::new("DELETE", vec![("uploadId", self.upload_id.as_str().to_owned())])
    }
}

impl ListPartsBody {
    #[must_use]
    pub fn request(&self) -> S3Request {
        let marker = self.part_number_marker.map(|marker| ("part-number-marker", marker.into()));
        let most = self.max_parts.map(|most| ("max-parts", most.into()));
        let id = ("uploadId", self.upload_id.as_str().to_owned());
        S3Request::new("GET", most.into_iter().chain(marker).chain([id]).collect())
    }
}
