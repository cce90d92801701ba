use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use presign::names::{BucketName, RoleArn};
use presign::operation::Operation;

use crate::CallerIdentity;

/// May this caller do that, to that, now?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub caller: &'a CallerIdentity,
    pub action: Action,
    pub resource: Resource<'a>,
    pub asking: Asking<'a>,
}

/// What is asked for. Operations have the names of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Url(Operation),
    /// Upload by form to any key that begins with the resource's.
    PostObjects,
    /// Kill what is signed by sessions of now and before.
    Revoke,
    /// See which URLs are out.
    ListIssued,
    /// Find out why a URL fails, with the service's own eyes.
    Diagnose,
}

impl Action {
    pub(crate) const ALL: [Self; 11] = [
        Self::Url(Operation::GetObject),
        Self::Url(Operation::HeadObject),
        Self::Url(Operation::PutObject),
        Self::Url(Operation::DeleteObject),
        Self::Url(Operation::CopyObject),
        Self::Url(Operation::PostObject),
        Self::Url(Operation::MultipartUpload),
        Self::PostObjects,
        Self::Revoke,
        Self::ListIssued,
        Self::Diagnose,
    ];

    /// The name in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url(operation) => operation.as_str(),
            Self::PostObjects => "postObjects",
            Self::Revoke => "revoke",
            Self::ListIssued => "listIssued",
            Self::Diagnose => "diagnose",
        }
    }

    /// The name in policies of the group that it is in.
    pub(crate) fn group(self) -> Option<&'static str> {
        match self {
            Self::Url(Operation::GetObject | Operation::HeadObject) => Some("reading"),
            Self::Url(
                Operation::PutObject
                | Operation::DeleteObject
                | Operation::CopyObject
                | Operation::PostObject
                | Operation::MultipartUpload,
            ) => Some("writing"),
            Self::PostObjects | Self::Revoke | Self::ListIssued | Self::Diagnose => None,
        }
    }
}

/// What it is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    Object { bucket: &'a BucketName, key: &'a str },
    Bucket(&'a BucketName),
    SigningRole(&'a RoleArn),
}

/// As a refusal calls it.
impl fmt::Display for Resource<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { bucket, key } => write!(formatter, "{bucket}/{key}"),
            Self::Bucket(bucket) => bucket.fmt(formatter),
            Self::SigningRole(arn) => arn.fmt(formatter),
        }
    }
}

/// The circumstances.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub time: SystemTime,
    pub source_ip: Option<IpAddr>,
    /// Of a question for a URL.
    pub url: Option<UrlAsking<'a>>,
}

/// What the URL is to be like.
#[derive(Debug, Clone, Copy)]
pub struct UrlAsking<'a> {
    /// Seconds, as asked for.
    pub expires_in: u32,
    pub content_type: Option<&'a str>,
    /// Bytes: exactly, or at most for a form.
    pub content_length: Option<u64>,
    pub server_side_encryption: Option<&'a str>,
}
