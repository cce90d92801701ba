//! Who may do what to which object: session tokens, expiry and policies, on every request.

use http::{HeaderMap, Uri};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{CopyObjectInput, CopySource, CreateMultipartUploadInput, PutObjectInput, UploadPartCopyInput};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use super::form::PostForm;
use super::presigned::{Query, is_version_2};
use crate::faults::Faults;
use crate::iam::policy::{Fact, Facts};
use crate::identity::{Caller, Directory, IdentityError};
use crate::service::AwsService;
use crate::sigv4;

/// Finds the secret key that a signature is checked with.
pub struct Secrets(pub Directory);

#[async_trait::async_trait]
impl S3Auth for Secrets {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.secret(access_key).map(SecretKey::from).ok_or_else(unknown_key)
    }
}

/// What the caller of one request may do; it travels with the request for the checks that need its input.
#[derive(Clone)]
pub struct Permit {
    directory: Directory,
    caller: Caller,
    facts: Facts,
}

impl Permit {
    /// Whether the caller may do this.
    pub fn check(&self, action: &str, resource: &str) -> S3Result<()> {
        self.directory
            .authorize(&self.caller, action, resource, &self.facts)
            .map_err(|denied| S3Error::with_message(S3ErrorCode::AccessDenied, denied.to_string()))
    }
}

/// The ARN of an object.
pub fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// The ARN of a bucket.
pub fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// Checks what S3 asks for besides `s3:PutObject` of one who tags or locks an object. The inputs that do are different types
/// with the same fields.
macro_rules! check_said {
    ($permit:ident, $input:ident, $object:expr) => {{
        for (said, action) in [
            ($input.tagging.is_some(), "s3:PutObjectTagging"),
            ($input.object_lock_mode.is_some(), "s3:PutObjectRetention"),
            ($input.object_lock_legal_hold_status.is_some(), "s3:PutObjectLegalHold"),
        ] {
            if said {
                $permit.check(action, $object)?;
            }
        }
        Ok(())
    }};
}

/// The access hook.
pub struct Access {
    pub directory: Directory,
    pub faults: Faults,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = cx.s3_op().name().to_owned();
        self.faults.count(AwsService::S3, &operation);
        let credentials = cx.credentials().ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))?.clone();
        let form = cx.extensions_mut().get::<PostForm>().cloned();
        let query = Query(cx.uri().query().unwrap_or_default());
        let token = match &form {
            Some(form) => form.get("x-amz-security-token").map(str::to_owned),
            None => header(cx.headers(), "x-amz-security-token")
                .or_else(|| query.get("X-Amz-Security-Token"))
                .or_else(|| query.get("x-amz-security-token")),
        };
        let caller = self.directory.caller(&credentials.access_key, token.as_deref()).map_err(identity_error)?;
        let facts = self.facts(&caller, cx.uri(), cx.headers(), form.as_ref());
        let permit = Permit { directory: self.directory.clone(), caller, facts };
        let versioned = query.get("versionId").is_some();
        if let Some(action) = action(&operation, versioned) {
            let resource = match cx.s3_path() {
                S3Path::Root => "*".to_owned(),
                S3Path::Bucket { bucket } => bucket_arn(bucket),
                S3Path::Object { bucket, key } => object_arn(bucket, key),
            };
            permit.check(&action, &resource)?;
        }
        cx.extensions_mut().insert(permit);
        Ok(())
    }

    /// A form's key is known only now; for a plain PUT this repeats what [`Self::check`] found.
    async fn put_object(&self, request: &mut S3Request<PutObjectInput>) -> S3Result<()> {
        if let Some(form) = request.extensions.get::<PostForm>() {
            request.input.tagging = form.tagging()?;
        }
        let input = &request.input;
        let (permit, object) = (permit(request)?, object_arn(&input.bucket, &input.key));
        permit.check("s3:PutObject", &object)?;
        if input.if_match.is_some() {
            permit.check("s3:GetObject", &object)?;
        }
        check_said!(permit, input, &object)
    }

    async fn copy_object(&self, request: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        let input = &request.input;
        let (permit, object) = (permit(request)?, object_arn(&input.bucket, &input.key));
        check_source(permit, &input.copy_source)?;
        check_said!(permit, input, &object)
    }

    async fn create_multipart_upload(&self, request: &mut S3Request<CreateMultipartUploadInput>) -> S3Result<()> {
        let input = &request.input;
        let (permit, object) = (permit(request)?, object_arn(&input.bucket, &input.key));
        check_said!(permit, input, &object)
    }

    async fn upload_part_copy(&self, request: &mut S3Request<UploadPartCopyInput>) -> S3Result<()> {
        check_source(permit(request)?, &request.input.copy_source)
    }
}

impl Access {
    fn facts(&self, caller: &Caller, uri: &Uri, headers: &HeaderMap, form: Option<&PostForm>) -> Facts {
        let query = Query(uri.query().unwrap_or_default());
        let mut facts = self.directory.facts(caller);
        let (auth_type, date) = match form {
            Some(form) => ("POST", form.get("x-amz-date").map(str::to_owned)),
            None => match query.get("X-Amz-Date") {
                Some(date) => ("REST-QUERY-STRING", Some(date)),
                None => ("REST-HEADER", header(headers, "x-amz-date")),
            },
        };
        facts.state("s3:authtype", Fact::Text(auth_type.to_owned()));
        facts.state("s3:signatureversion", Fact::Text("AWS4-HMAC-SHA256".to_owned()));
        if form.is_none() && is_version_2(headers, &query) {
            // Version 2 carries no date of its own when presigned: its age always counts as none.
            let presigned = query.get("Signature").is_some();
            facts.state(
                "s3:authtype",
                Fact::Text(if presigned { "REST-QUERY-STRING" } else { "REST-HEADER" }.to_owned()),
            );
            facts.state("s3:signatureversion", Fact::Text("AWS".to_owned()));
            facts.state("s3:signatureage", Fact::Number(0));
        } else if let Some(signed_at) = date.as_deref().and_then(sigv4::parse_date) {
            let age = self.directory.clock.now().duration_since(signed_at).as_millis();
            facts.state("s3:signatureage", Fact::Number(i64::try_from(age).unwrap_or(i64::MAX)));
        }
        for (key, parameter) in [("s3:prefix", "prefix"), ("s3:delimiter", "delimiter"), ("s3:versionid", "versionId")]
        {
            if let Some(value) = query.get(parameter) {
                facts.state(key, Fact::Text(value));
            }
        }
        if let Some(max_keys) = query.get("max-keys").and_then(|value| value.parse().ok()) {
            facts.state("s3:max-keys", Fact::Number(max_keys));
        }
        for (key, name) in [
            ("s3:x-amz-server-side-encryption", "x-amz-server-side-encryption"),
            ("s3:x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-aws-kms-key-id"),
        ] {
            let value = match form {
                Some(form) => form.get(name).map(str::to_owned),
                None => header(headers, name).or_else(|| query.get(name)),
            };
            if let Some(value) = value {
                facts.state(key, Fact::Text(value));
            }
        }
        facts
    }
}

/// The IAM action of an operation on the path it names; `None` for those that are checked with their input.
fn action(operation: &str, versioned: bool) -> Option<String> {
    let action = match operation {
        "PostObject" | "DeleteObjects" => return None,
        "GetObject" | "HeadObject" if versioned => "GetObjectVersion",
        "GetObject" | "HeadObject" => "GetObject",
        "DeleteObject" if versioned => "DeleteObjectVersion",
        "PutObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => "PutObject",
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "ListBuckets" => "ListAllMyBuckets",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        "ListParts" => "ListMultipartUploadParts",
        other => other,
    };
    Some(format!("s3:{action}"))
}

fn check_source(permit: &Permit, source: &CopySource) -> S3Result<()> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            let action = if version_id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
            permit.check(action, &object_arn(bucket, key))
        }
        _ => Err(s3_error!(NotImplemented, "the local stack copies from buckets only")),
    }
}

/// The permit that the access hook left with the request.
pub fn permit<T>(request: &S3Request<T>) -> S3Result<&Permit> {
    request.extensions.get().ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn unknown_key() -> S3Error {
    s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
}

fn identity_error(error: IdentityError) -> S3Error {
    match error {
        IdentityError::UnknownKey => unknown_key(),
        IdentityError::BadToken => s3_error!(InvalidToken, "The provided token is malformed or otherwise invalid."),
        IdentityError::Expired => s3_error!(ExpiredToken, "The provided token has expired."),
    }
}
