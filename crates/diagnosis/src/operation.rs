//! What the URL's request asks of S3, and what that needs: one table for all who judge by it.

use crate::url::SuspectUrl;

/// What S3 is asked to do, and what the signer needs for it.
///
/// Source: Amazon S3 API reference, "Permissions" of each operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The IAM action; none where it is not told here.
    pub action: Option<&'static str>,
    /// Whether there must be an object. The KMS key is the object's own then, else the one that an upload names or was begun with,
    /// or the bucket's.
    pub needs_object: bool,
    /// What S3 asks of the KMS key for the signer.
    pub kms_actions: &'static [&'static str],
}

/// Why nothing is said of what a request on a bucket needs.
pub const ACTION_UNTOLD: &str = "which permission a request on the bucket itself needs is known here of listings only";

/// The same, where it may be a listing or not.
pub(crate) const METHOD_UNTOLD: &str =
    "nothing tells which method the URL is for, and so not which permission the request on the bucket needs";

const DECRYPT: &[&str] = &["kms:Decrypt"];
const GENERATE: &[&str] = &["kms:GenerateDataKey"];

/// All that S3 asks of any KMS key.
pub(crate) const KMS_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// Parameters that ask for something else of an object than its bytes: the method, the action, and that of one version.
const SUBRESOURCES: [(&str, &str, &str, &str); 13] = [
    ("acl", "GET", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    ("acl", "PUT", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    ("attributes", "GET", "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
    ("legal-hold", "GET", "s3:GetObjectLegalHold", "s3:GetObjectLegalHold"),
    ("legal-hold", "PUT", "s3:PutObjectLegalHold", "s3:PutObjectLegalHold"),
    ("restore", "POST", "s3:RestoreObject", "s3:RestoreObject"),
    ("retention", "GET", "s3:GetObjectRetention", "s3:GetObjectRetention"),
    ("retention", "PUT", "s3:PutObjectRetention", "s3:PutObjectRetention"),
    ("tagging", "GET", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    ("tagging", "PUT", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
    ("tagging", "DELETE", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
    ("torrent", "GET", "s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"),
    ("select", "POST", "s3:GetObject", "s3:GetObject"),
];

impl Operation {
    pub(crate) fn of(method: &str, url: &SuspectUrl) -> Self {
        let has = |name: &str| url.query().find(name).is_some();
        let version = |of_it: &'static str, of_newest: &'static str| if has("versionId") { of_it } else { of_newest };
        if url.place().key.is_empty() {
            return Self { action: listing(method, url), needs_object: false, kms_actions: &[] };
        }
        if let Some((name, _, newest, of_it)) = SUBRESOURCES.iter().find(|(name, of, ..)| *of == method && has(name)) {
            let kms_actions = if *name == "select" { DECRYPT } else { &[] };
            return Self { action: Some(version(of_it, newest)), needs_object: true, kms_actions };
        }
        match method {
            // To begin the upload took the data key, with which a part is encrypted and read again.
            // Source: Amazon S3 API reference, "CreateMultipartUpload", on permissions.
            "PUT" | "POST" if has("uploadId") => Self::without_object("s3:PutObject", DECRYPT),
            "PUT" | "POST" => Self::without_object("s3:PutObject", GENERATE),
            "DELETE" if has("uploadId") => Self::without_object("s3:AbortMultipartUpload", &[]),
            // To delete what is not there is no mistake.
            "DELETE" => Self::without_object(version("s3:DeleteObjectVersion", "s3:DeleteObject"), &[]),
            "GET" if has("uploadId") => Self::without_object("s3:ListMultipartUploadParts", DECRYPT),
            method => Self {
                action: Some(version("s3:GetObjectVersion", "s3:GetObject")),
                needs_object: true,
                // HEAD tells what is not encrypted, except for a checksum.
                // Source: Amazon S3 API reference, "HeadObject", on `x-amz-checksum-mode`.
                kms_actions: if method == "HEAD" && !asks_for_checksum(url) { &[] } else { DECRYPT },
            },
        }
    }

    const fn without_object(action: &'static str, kms_actions: &'static [&'static str]) -> Self {
        Self { action: Some(action), needs_object: false, kms_actions }
    }

    /// An upload by HTML form, whose key stands in a field.
    pub(crate) const FORM: Self = Self::without_object("s3:PutObject", GENERATE);

    /// The same, of what is encrypted without a KMS key.
    pub(crate) fn without_kms(self) -> Self {
        Self { kms_actions: &[], ..self }
    }

    /// Whether it says how the object will be encrypted, or leaves that to the bucket's default.
    #[must_use]
    pub fn chooses_encryption(self) -> bool {
        self.kms_actions == GENERATE
    }
}

/// What a bucket is asked for a list by.
///
/// Source: Amazon S3 API reference, `ListObjects`, `ListObjectsV2`, `ListObjectVersions` and `ListMultipartUploads`.
const LISTINGS: [&str; 15] = [
    "list-type",
    "versions",
    "uploads",
    "prefix",
    "delimiter",
    "marker",
    "max-keys",
    "encoding-type",
    "continuation-token",
    "start-after",
    "fetch-owner",
    "key-marker",
    "version-id-marker",
    "upload-id-marker",
    "max-uploads",
];

/// What a listing of the bucket needs. S3 has an action for each of a bucket's settings, by another parameter each: none is told
/// of them, nor of what changes a bucket.
fn listing(method: &str, url: &SuspectUrl) -> Option<&'static str> {
    let lists = |name: &str| name == "x-id" || name.starts_with("x-amz-") || LISTINGS.contains(&name) || is_of_v2(name);
    let names = || url.query().pairs().iter().map(|pair| pair.decoded_name().to_ascii_lowercase());
    if !matches!(method, "GET" | "HEAD") || !names().all(|name| lists(&name)) {
        return None;
    }
    let has = |name: &str| names().any(|other| other == name);
    Some(if has("versions") {
        "s3:ListBucketVersions"
    } else if has("uploads") {
        "s3:ListBucketMultipartUploads"
    } else {
        "s3:ListBucket"
    })
}

/// The parameter that tells that a bucket is asked for a list, where nothing else is asked for.
pub(crate) fn listing_parameter(url: &SuspectUrl) -> Option<&'static str> {
    listing("GET", url)?;
    LISTINGS.into_iter().find(|name| url.query().find(name).is_some())
}

/// Whether Signature Version 2 has a parameter of this name, in lower case.
fn is_of_v2(name: &str) -> bool {
    matches!(name, "awsaccesskeyid" | "expires" | "signature")
}

fn asks_for_checksum(url: &SuspectUrl) -> bool {
    const NAME: &str = "x-amz-checksum-mode";
    let signed = url.v4().is_some_and(|v4| v4.signed_headers.iter().any(|name| name == NAME));
    signed || url.query().find(NAME).is_some()
}

/// The method of a request for which S3 looked for `action`; `hinted` is the one that the URL looks like one for.
pub(crate) fn method_of_action(action: &str, hinted: Option<&'static str>) -> Option<&'static str> {
    let either = |other: &str, mostly| Some(hinted.filter(|hinted| *hinted == other).unwrap_or(mostly));
    match action {
        "s3:PutObject" | "kms:GenerateDataKey" => either("POST", "PUT"),
        // Of an upload that has them, or on their own.
        "s3:PutObjectTagging" | "s3:PutObjectAcl" | "s3:PutObjectRetention" | "s3:PutObjectLegalHold" => {
            either("POST", "PUT")
        }
        // For `s3:ListBucket` S3 looks where it finds no object.
        "s3:GetObject" | "s3:GetObjectVersion" | "s3:ListBucket" => either("HEAD", "GET"),
        "s3:ListMultipartUploadParts" => Some("GET"),
        "s3:AbortMultipartUpload" | "s3:DeleteObject" | "s3:DeleteObjectVersion" => Some("DELETE"),
        // For the parts of an upload as well as for reading.
        "kms:Decrypt" => hinted.or(Some("GET")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, target: &str) -> Operation {
        let url = format!("https://b.s3.eu-central-1.amazonaws.com/{target}&X-Amz-Date=1");
        Operation::of(method, &SuspectUrl::read(&url).unwrap())
    }

    #[test]
    fn each_operation_needs_its_own() {
        for (method, target, action, needs_object, kms_actions) in [
            ("GET", "k?", "s3:GetObject", true, DECRYPT),
            ("GET", "k?versionId=1", "s3:GetObjectVersion", true, DECRYPT),
            ("HEAD", "k?", "s3:GetObject", true, &[]),
            ("HEAD", "k?x-amz-checksum-mode=ENABLED", "s3:GetObject", true, DECRYPT),
            ("GET", "?list-type=2", "s3:ListBucket", false, &[]),
            ("GET", "?uploads", "s3:ListBucketMultipartUploads", false, &[]),
            ("GET", "k?uploadId=1", "s3:ListMultipartUploadParts", false, DECRYPT),
            ("GET", "k?tagging", "s3:GetObjectTagging", true, &[]),
            ("PUT", "k?acl&versionId=1", "s3:PutObjectVersionAcl", true, &[]),
            ("PUT", "k?", "s3:PutObject", false, GENERATE),
            ("PUT", "k?uploadId=1&partNumber=1", "s3:PutObject", false, DECRYPT),
            ("POST", "k?uploads", "s3:PutObject", false, GENERATE),
            ("POST", "k?uploadId=1", "s3:PutObject", false, DECRYPT),
            ("POST", "k?select&select-type=2", "s3:GetObject", true, DECRYPT),
            ("DELETE", "k?", "s3:DeleteObject", false, &[]),
            ("DELETE", "k?versionId=1", "s3:DeleteObjectVersion", false, &[]),
            ("DELETE", "k?uploadId=1", "s3:AbortMultipartUpload", false, &[]),
            ("DELETE", "k?tagging", "s3:DeleteObjectTagging", true, &[]),
        ] {
            assert_eq!(
                of(method, target),
                Operation { action: Some(action), needs_object, kms_actions },
                "{method} {target}"
            );
        }
    }

    #[test]
    fn the_action_that_s3_looked_for_tells_the_method() {
        for (action, hinted, method) in [
            ("s3:PutObject", None, Some("PUT")),
            ("s3:PutObject", Some("POST"), Some("POST")),
            ("s3:ListBucket", Some("PUT"), Some("GET")),
            ("s3:DeleteObjectVersion", None, Some("DELETE")),
            ("s3:PutObjectTagging", None, Some("PUT")),
            ("s3:PutObjectAcl", Some("POST"), Some("POST")),
            ("kms:Decrypt", Some("PUT"), Some("PUT")),
            ("kms:Decrypt", None, Some("GET")),
            ("s3:GetObjectTagging", None, None),
        ] {
            assert_eq!(method_of_action(action, hinted), method, "{action}");
        }
    }
}
