use super::BoundRequest;
use crate::multipart::{S3Request, UploadId};
use crate::operation::Operation;

/// What tells beforehand whether an upload would be let through, and makes no object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadTrial {
    /// Creates an upload in parts with the same headers, which is to be aborted. S3 asks for the same permission, its policies see
    /// the same headers, and KMS is asked for a data key.
    /// Source: Amazon S3 API reference, `CreateMultipartUpload`, "Permissions".
    Create(S3Request),
    /// Sends nothing to an upload that does not exist: S3 looks for the permission first.
    Part(S3Request),
}

/// What is about the bytes or the object that is there: a new upload in parts has neither.
const OF_THE_BODY: [&str; 4] = ["content-length", "content-md5", "if-match", "if-none-match"];

impl UploadTrial {
    /// Where the profile lets uploads in parts be made, and so aborted, one is.
    #[must_use]
    pub fn of(bound: &BoundRequest<'_>) -> Self {
        let request = bound.request();
        if bound.profile().check(Operation::MultipartUpload, request.key()).is_err() {
            let query = vec![("partNumber", "1".to_owned()), ("uploadId", "presign-verification".to_owned())];
            return Self::Part(S3Request::new("PUT", query));
        }
        let of_the_body = |name: &str| OF_THE_BODY.contains(&name) || name.starts_with("x-amz-checksum-");
        let mut request = S3Request::new("POST", vec![("uploads", String::new())]);
        request.headers.extend(bound.headers().iter().filter(|(name, _)| !of_the_body(name)).cloned());
        Self::Create(request)
    }

    /// What ends an upload that was created to try it.
    #[must_use]
    pub fn abort(upload: &UploadId) -> S3Request {
        S3Request::new("DELETE", vec![("uploadId", upload.as_str().to_owned())])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::profile::{BucketProfile, ProfileParts, Profiles};
    use crate::request::{UrlRequest, UrlRequestBody};

    fn trial(operations: &[Operation]) -> UploadTrial {
        let parts = ProfileParts::of_whole_bucket(operations);
        let profiles = Profiles::new([BucketProfile::new(parts).unwrap()]).unwrap();
        let body = json!({"operation": "putObject", "bucket": "demo", "key": "k", "expiresIn": 60, "contentLength": 5, "contentType": "a/b",
            "contentMD5": "1B2M2Y8AsgTpgAmY7PhCfg==", "checksumCRC32": "AAAAAA==", "ifNoneMatch": "*", "serverSideEncryption": "AES256",
            "metadata": {"owner": "Ada"}});
        let request = UrlRequest::try_from(serde_json::from_value::<UrlRequestBody>(body).unwrap()).unwrap();
        UploadTrial::of(&BoundRequest::new(&request, &profiles).unwrap())
    }

    #[test]
    fn an_upload_is_tried_with_what_policies_see_of_it_and_without_its_body() {
        let UploadTrial::Create(request) = trial(&[Operation::PutObject, Operation::MultipartUpload]) else {
            panic!("not created")
        };
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["content-type", "x-amz-meta-owner", "x-amz-server-side-encryption"]);
    }

    #[test]
    fn nothing_is_created_that_could_not_be_aborted() {
        let UploadTrial::Part(request) = trial(&[Operation::PutObject]) else { panic!("created") };
        assert_eq!((request.method, request.headers.len(), request.body.as_str()), ("PUT", 0, ""));
    }
}
