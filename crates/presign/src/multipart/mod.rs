//! Uploads in parts: what is asked of S3 to create, list, complete and abort one, and the URLs that its parts go to.
//!
//! Source: Amazon S3 user guide, "Uploading and copying objects using multipart upload".

mod bound_upload;
mod complete;
mod create;
mod existing;
mod part_size;
mod part_urls;
mod request;
mod upload_id;

pub use bound_upload::{BoundUpload, SignedRequests};
pub use complete::{CompleteUpload, CompleteUploadBody};
pub use create::{ChecksumAlgorithm, ChecksumType, CreateUpload, CreateUploadBody};
pub use existing::{AbortUploadBody, ListPartsBody};
pub use part_size::{ObjectLength, PartSize};
pub use part_urls::{PartUrls, PartUrlsBody};
pub use request::{S3Request, UploadRequestError};
pub use upload_id::{UploadId, UploadIdError};
