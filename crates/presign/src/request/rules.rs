use super::UrlRequestBody;
use super::table::Row;
use super::value::Directive;
use crate::lifetime::ExpiresIn;
use crate::operation::Operation;

/// What is wrong with a request whose fields are good, each for itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("`{operation}` is asked for at `POST /{path}`")]
    AskedElsewhere { operation: Operation, path: &'static str },
    #[error("`{parameter}` does not go with `{operation}`")]
    NotForOperation { parameter: &'static str, operation: Operation },
    #[error("`minimumRemaining` ({}) is more than `expiresIn` ({})", least.seconds(), asked.seconds())]
    MinimumRemaining { least: ExpiresIn, asked: ExpiresIn },
    #[error("`{parameter}` and `{other}` exclude each other")]
    Excludes { parameter: &'static str, other: &'static str },
    #[error("`{parameter}` needs {needed}")]
    Needs { parameter: &'static str, needed: &'static str },
}

impl RequestError {
    /// The field at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::NotForOperation { parameter, .. }
            | Self::Excludes { parameter, .. }
            | Self::Needs { parameter, .. } => parameter,
            Self::MinimumRemaining { .. } => "minimumRemaining",
            Self::AskedElsewhere { .. } => "operation",
        }
    }
}

/// Of these, S3 takes one at a time.
const EXCLUSIVE: &[&[&str]] = &[
    &["partNumber", "range"],
    &["ifMatch", "ifNoneMatch"],
    &["checksumCRC32", "checksumCRC32C", "checksumCRC64NVME", "checksumSHA1", "checksumSHA256"],
];

/// What a copy has from its source unless it is told to replace it: S3 would pass over these in silence.
const REPLACED: &[&str] =
    &["cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "expires", "metadata"];

const LOCKS: &[&str] = &["objectLockMode", "objectLockRetainUntilDate", "objectLockLegalHoldStatus"];

/// The digests with which S3 takes an object that is to be locked.
/// Source: Amazon S3 API reference, `PutObject`, `x-amz-object-lock-mode`.
const DIGESTS: &[&str] =
    &["contentMD5", "checksumCRC32", "checksumCRC32C", "checksumCRC64NVME", "checksumSHA1", "checksumSHA256"];

/// Checks what fields have to do with each other and with the operation.
pub fn check(body: &UrlRequestBody, given: &[Row]) -> Result<(), RequestError> {
    let operation = body.operation;
    match operation {
        Operation::PostObject => return Err(RequestError::AskedElsewhere { operation, path: "forms" }),
        Operation::MultipartUpload => {
            return Err(RequestError::AskedElsewhere { operation, path: "multipart-uploads" });
        }
        _ => {}
    }
    // Of the others nothing can be known without doing them.
    let tried = matches!(operation, Operation::GetObject | Operation::HeadObject | Operation::PutObject);
    if body.verify && !tried {
        return Err(RequestError::NotForOperation { parameter: "verify", operation });
    }
    if let Some(row) = given.iter().find(|row| !row.operations.contains(&operation)) {
        return Err(RequestError::NotForOperation { parameter: row.field, operation });
    }
    if let Some(least) = body.minimum_remaining.filter(|least| *least > body.expires_in) {
        return Err(RequestError::MinimumRemaining { least, asked: body.expires_in });
    }
    let any = |fields: &[&str]| given.iter().map(|row| row.field).find(|field| fields.contains(field));
    for fields in EXCLUSIVE {
        let mut of_these = given.iter().map(|row| row.field).filter(|field| fields.contains(field));
        if let (Some(other), Some(parameter)) = (of_these.next(), of_these.next()) {
            return Err(RequestError::Excludes { parameter, other });
        }
    }
    let needs = |parameter, needed| Err(RequestError::Needs { parameter, needed });
    match (&body.object_lock_mode, &body.object_lock_retain_until_date) {
        (Some(_), None) => return needs("objectLockMode", "`objectLockRetainUntilDate`"),
        (None, Some(_)) => return needs("objectLockRetainUntilDate", "`objectLockMode`"),
        _ => {}
    }
    if let (Operation::PutObject, Some(lock), None) = (operation, any(LOCKS), any(DIGESTS)) {
        return needs(lock, "`contentMD5` or a checksum: without one S3 takes no object with a lock");
    }
    if operation == Operation::CopyObject {
        if body.copy_source.is_none() {
            return Err(RequestError::Needs { parameter: "copySource", needed: "to be given: the object to copy" });
        }
        if let (Some(field), None | Some(Directive::Copy)) = (any(REPLACED), body.metadata_directive) {
            return needs(field, "`metadataDirective` to be `REPLACE`: a copy has the source's otherwise");
        }
        if let (Some(field), None | Some(Directive::Copy)) = (any(&["tagging"]), body.tagging_directive) {
            return needs(field, "`taggingDirective` to be `REPLACE`: a copy has the source's otherwise");
        }
    }
    Ok(())
}
