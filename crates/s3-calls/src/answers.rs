//! S3's answers, as XML.

use presign::multipart::UploadId;
use quick_xml::de;
use serde::{Deserialize, Deserializer, Serialize};

use crate::S3CallError;

/// Source: Amazon S3 API reference, `CreateMultipartUpload`, "Response Syntax".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedUpload {
    pub upload_id: UploadId,
}

/// Source: Amazon S3 API reference, `CompleteMultipartUpload`, "Response Syntax".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletedUpload {
    #[serde(rename(serialize = "eTag", deserialize = "ETag"))]
    pub e_tag: String,
    #[serde(flatten)]
    pub checksum: Checksum,
    /// Of a bucket with versions; S3 says it in a header.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// Source: Amazon S3 API reference, `ListParts`, "Response Syntax".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Parts {
    #[serde(default, rename(serialize = "parts", deserialize = "Part"))]
    pub parts: Vec<Part>,
    #[serde(default)]
    pub is_truncated: bool,
    /// Where the next answer begins, if this one is not the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_part_number_marker: Option<u32>,
}

/// A part that S3 has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all(serialize = "camelCase", deserialize = "PascalCase"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Part {
    pub part_number: u32,
    #[serde(rename(serialize = "eTag", deserialize = "ETag"))]
    pub e_tag: String,
    /// Bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    #[serde(flatten)]
    pub checksum: Checksum,
}

/// The checksum that S3 keeps of an object or a part, where it keeps one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checksum {
    #[serde(
        default,
        deserialize_with = "element",
        rename(serialize = "checksumCRC32", deserialize = "ChecksumCRC32"),
        skip_serializing_if = "Option::is_none"
    )]
    pub crc32: Option<String>,
    #[serde(
        default,
        deserialize_with = "element",
        rename(serialize = "checksumCRC32C", deserialize = "ChecksumCRC32C"),
        skip_serializing_if = "Option::is_none"
    )]
    pub crc32c: Option<String>,
    #[serde(
        default,
        deserialize_with = "element",
        rename(serialize = "checksumCRC64NVME", deserialize = "ChecksumCRC64NVME"),
        skip_serializing_if = "Option::is_none"
    )]
    pub crc64nvme: Option<String>,
    #[serde(
        default,
        deserialize_with = "element",
        rename(serialize = "checksumSHA1", deserialize = "ChecksumSHA1"),
        skip_serializing_if = "Option::is_none"
    )]
    pub sha1: Option<String>,
    #[serde(
        default,
        deserialize_with = "element",
        rename(serialize = "checksumSHA256", deserialize = "ChecksumSHA256"),
        skip_serializing_if = "Option::is_none"
    )]
    pub sha256: Option<String>,
}

/// Whoever flattens gets an element from `quick-xml` as a map, with its text in it.
fn element<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Element {
        #[serde(rename = "$text")]
        text: Option<String>,
    }
    Ok(Element::deserialize(deserializer)?.text)
}

/// Reads an answer that says what was done. Completing an upload may fail after S3 has begun to answer with 200.
/// Source: Amazon S3 API reference, `CompleteMultipartUpload`: "a 200 OK response can contain either a success or an error".
pub fn read<'de, T: Deserialize<'de>>(status: u16, body: &'de str) -> Result<T, S3CallError> {
    de::from_str(body).map_err(|error| match S3CallError::refused(status, body) {
        S3CallError::Refused { code, message, .. } if body.contains("<Error>") => {
            S3CallError::Refused { status: late(&code), code, message }
        }
        _ => S3CallError::Unreadable(error.to_string()),
    })
}

/// The status that an error which came late would have had.
fn late(code: &str) -> u16 {
    match code {
        "InternalError" => 500,
        "SlowDown" | "ServiceUnavailable" => 503,
        "PreconditionFailed" => 412,
        "ConditionalRequestConflict" => 409,
        "NoSuchUpload" => 404,
        "AccessDenied" => 403,
        _ => 400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Location>http://x</Location><Bucket>b</Bucket><Key>k</Key><ETag>&quot;3858-2&quot;</ETag>
        <ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumType>COMPOSITE</ChecksumType></CompleteMultipartUploadResult>"#;

    #[test]
    fn what_was_done_is_read() {
        let completed: CompletedUpload = read(200, COMPLETED).unwrap();
        assert_eq!(completed.e_tag, "\"3858-2\"");
        assert_eq!(completed.checksum.crc32.as_deref(), Some("AAAAAA=="));
        let parts: Parts = read(
            200,
            "<ListPartsResult><Bucket>b</Bucket><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>\
             <Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag><Size>5</Size></Part>\
             <Part><PartNumber>2</PartNumber><ETag>\"b\"</ETag><Size>7</Size><ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></Part></ListPartsResult>",
        )
        .unwrap();
        assert_eq!(parts.parts.iter().map(|part| (part.part_number, part.size)).collect::<Vec<_>>(), [(1, 5), (2, 7)]);
        let checksums: Vec<_> = parts.parts.iter().map(|part| part.checksum.crc64nvme.as_deref()).collect();
        assert_eq!(checksums, [None, Some("AAAAAAAAAAA=")]);
        assert_eq!((parts.is_truncated, parts.next_part_number_marker), (true, Some(2)));
        let none: Parts = read(200, "<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>").unwrap();
        assert_eq!(none.parts, []);
    }

    #[test]
    fn an_error_that_comes_with_200_is_an_error() {
        let late = "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>";
        let refused = read::<CompletedUpload>(200, late).unwrap_err();
        assert!(matches!(refused, S3CallError::Refused { status: 500, ref code, .. } if code == "InternalError"));
        assert!(matches!(read::<CompletedUpload>(200, "  ").unwrap_err(), S3CallError::Unreadable(_)));
    }

    #[test]
    fn an_error_keeps_nothing_of_what_was_signed() {
        let document =
            "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><StringToSign>t0k</StringToSign></Error>";
        let error = S3CallError::refused(403, document);
        assert!(!format!("{error} {error:?}").contains("t0k"));
    }
}
