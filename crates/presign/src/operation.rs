use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::words::OneOf;

/// What a presigned URL does. There is no default: a URL for the wrong method fails in ways its holder cannot explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Operation {
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    /// An upload by an HTML form.
    #[cfg_attr(feature = "schema", schemars(skip))]
    PostObject,
    /// All that a multipart upload takes: to create it, upload its parts, list them, and complete or abort it.
    #[cfg_attr(feature = "schema", schemars(skip))]
    MultipartUpload,
}

/// Reading or writing: what a signing session is confined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OperationClass {
    Read,
    Write,
}

impl Operation {
    /// The HTTP method that the URL is signed for.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::GetObject => "GET",
            Self::HeadObject => "HEAD",
            // Of a multipart upload, the parts.
            Self::PutObject | Self::CopyObject | Self::MultipartUpload => "PUT",
            Self::DeleteObject => "DELETE",
            Self::PostObject => "POST",
        }
    }

    #[must_use]
    pub fn class(self) -> OperationClass {
        match self {
            Self::GetObject | Self::HeadObject => OperationClass::Read,
            Self::PutObject | Self::CopyObject | Self::DeleteObject | Self::PostObject | Self::MultipartUpload => {
                OperationClass::Write
            }
        }
    }

    /// The IAM actions that S3 may ask of the signer on the object itself, whatever parameters the request has; on the source of
    /// a copy it asks others.
    /// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3", and Amazon S3 user
    /// guide, "Required permissions for Amazon S3 API operations".
    #[must_use]
    pub fn iam_actions(self) -> &'static [&'static str] {
        match self {
            Self::GetObject | Self::HeadObject => &["s3:GetObject", "s3:GetObjectVersion"],
            Self::PutObject | Self::CopyObject => {
                &["s3:PutObject", "s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectTagging"]
            }
            Self::PostObject => &["s3:PutObject", "s3:PutObjectTagging"],
            Self::MultipartUpload => &[
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
                "s3:PutObjectTagging",
            ],
            Self::DeleteObject => &["s3:DeleteObject", "s3:DeleteObjectVersion"],
        }
    }

    /// The name in the interface: `getObject` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GetObject => "getObject",
            Self::HeadObject => "headObject",
            Self::PutObject => "putObject",
            Self::CopyObject => "copyObject",
            Self::DeleteObject => "deleteObject",
            Self::PostObject => "postObject",
            Self::MultipartUpload => "multipartUpload",
        }
    }
}

impl Operation {
    /// Those of URLs come first.
    const ALL: &[Self] = &[
        Self::GetObject,
        Self::HeadObject,
        Self::PutObject,
        Self::CopyObject,
        Self::DeleteObject,
        Self::PostObject,
        Self::MultipartUpload,
    ];
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(OneOf { words: Self::ALL, hidden: &[], as_str: Self::as_str })
    }
}

/// The operation of a URL. Of the others, who asks for one is told where they are.
pub(crate) fn of_a_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Operation, D::Error> {
    let (words, hidden) = Operation::ALL.split_at(5);
    deserializer.deserialize_str(OneOf { words, hidden, as_str: Operation::as_str })
}

/// From the name in the interface.
impl FromStr for Operation {
    type Err = serde::de::value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(serde::de::value::StrDeserializer::new(name))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
