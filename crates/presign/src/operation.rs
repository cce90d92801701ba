use std::fmt;

use serde::Deserializer;

use crate::words::{OneOf, words};

words! {
    /// What a presigned URL does. There is no default: a URL for the wrong method fails in ways its holder cannot explain.
    #[derive(Hash, PartialOrd, Ord)]
    Operation {
        GetObject = "getObject",
        HeadObject = "headObject",
        PutObject = "putObject",
        CopyObject = "copyObject",
        DeleteObject = "deleteObject",
        /// An upload by an HTML form.
        #[cfg_attr(feature = "schema", schemars(skip))]
        PostObject = "postObject",
        /// All that a multipart upload takes: to create it, upload its parts, list them, and complete or abort it.
        #[cfg_attr(feature = "schema", schemars(skip))]
        MultipartUpload = "multipartUpload",
    }
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
}

/// The operation of a URL. Of the others, which come last, who asks for one is told where they are.
pub(crate) fn of_a_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Operation, D::Error> {
    let words = Operation::WORDS.strip_suffix(&["postObject", "multipartUpload"]).unwrap_or(Operation::WORDS);
    deserializer.deserialize_str(OneOf { words, named: Operation::named })
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
