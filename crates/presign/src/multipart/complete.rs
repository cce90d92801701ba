use serde::Deserialize;

use super::{ChecksumType, S3Request, UploadId, UploadRequestError};
use crate::names::{BucketName, ObjectKey};
use crate::request::{Crc32, Crc64Nvme, EntityTag, IfNoneMatch, PartNumber, Sha1, Sha256, given};

/// The JSON of `POST /multipart-uploads/complete`. Unknown fields are refused, and so is `null`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteUploadBody {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload_id: UploadId,
    /// In ascending order of their numbers.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = CompleteUpload::MOST_PARTS)))]
    pub parts: Vec<CompletedPart>,
    #[serde(default, deserialize_with = "given")]
    pub if_match: Option<EntityTag>,
    #[serde(default, deserialize_with = "given")]
    pub if_none_match: Option<IfNoneMatch>,
    #[serde(default, deserialize_with = "given")]
    pub checksum_type: Option<ChecksumType>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC32")]
    pub checksum_crc32: Option<Crc32>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC32C")]
    pub checksum_crc32c: Option<Crc32>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC64NVME")]
    pub checksum_crc64nvme: Option<Crc64Nvme>,
    #[serde(default, deserialize_with = "given", rename = "checksumSHA1")]
    pub checksum_sha1: Option<Sha1>,
    #[serde(default, deserialize_with = "given", rename = "checksumSHA256")]
    pub checksum_sha256: Option<Sha256>,
}

/// A part that was uploaded.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletedPart {
    pub part_number: PartNumber,
    /// As S3 answered the upload of the part, in its double quotes.
    #[serde(rename = "eTag")]
    pub e_tag: EntityTag,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC32")]
    pub checksum_crc32: Option<Crc32>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC32C")]
    pub checksum_crc32c: Option<Crc32>,
    #[serde(default, deserialize_with = "given", rename = "checksumCRC64NVME")]
    pub checksum_crc64nvme: Option<Crc64Nvme>,
    #[serde(default, deserialize_with = "given", rename = "checksumSHA1")]
    pub checksum_sha1: Option<Sha1>,
    #[serde(default, deserialize_with = "given", rename = "checksumSHA256")]
    pub checksum_sha256: Option<Sha256>,
}

/// A request to make an object of the parts.
#[derive(Debug, Clone)]
pub struct CompleteUpload {
    pub bucket: BucketName,
    pub key: ObjectKey,
    /// Whether it overwrites an object only if that is still the one it is compared with.
    pub compares: bool,
    pub request: S3Request,
}

impl CompleteUpload {
    const MOST_PARTS: usize = 10_000;
}

impl TryFrom<CompleteUploadBody> for CompleteUpload {
    type Error = UploadRequestError;

    /// Source: Amazon S3 API reference, `CompleteMultipartUpload`.
    fn try_from(body: CompleteUploadBody) -> Result<Self, UploadRequestError> {
        if !(1..=Self::MOST_PARTS).contains(&body.parts.len()) {
            let given = body.parts.len();
            return Err(UploadRequestError::Count { field: "parts", most: Self::MOST_PARTS, given });
        }
        if body.if_match.is_some() && body.if_none_match.is_some() {
            return Err(UploadRequestError::Excludes { field: "ifNoneMatch", other: "ifMatch" });
        }
        let pairs = body.parts.iter().zip(body.parts.iter().skip(1));
        for (one, next) in pairs.map(|(one, next)| (one.part_number.get(), next.part_number.get())) {
            if next <= one {
                return Err(UploadRequestError::Order { number: next });
            }
        }
        let mut request = S3Request::new("POST", vec![("uploadId", body.upload_id.into())]);
        request.body = document(&body.parts);
        // S3 would take a form's content type for the one of a form.
        request.header("content-type", Some("application/xml"));
        request.header("x-amz-checksum-crc32", body.checksum_crc32);
        request.header("x-amz-checksum-crc32c", body.checksum_crc32c);
        request.header("x-amz-checksum-crc64nvme", body.checksum_crc64nvme);
        request.header("x-amz-checksum-sha1", body.checksum_sha1);
        request.header("x-amz-checksum-sha256", body.checksum_sha256);
        request.header("x-amz-checksum-type", body.checksum_type);
        request.header("if-none-match", body.if_none_match);
        let compares = body.if_match.is_some();
        request.header("if-match", body.if_match);
        Ok(Self { bucket: body.bucket, key: body.key, compares, request })
    }
}

/// The list of parts, as S3 reads it.
fn document(parts: &[CompletedPart]) -> String {
    let mut xml = r#"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#.to_owned();
    for part in parts {
        xml.push_str("<Part>");
        element(&mut xml, "PartNumber", Some(part.part_number));
        element(&mut xml, "ETag", Some(part.e_tag.clone()));
        element(&mut xml, "ChecksumCRC32", part.checksum_crc32.clone());
        element(&mut xml, "ChecksumCRC32C", part.checksum_crc32c.clone());
        element(&mut xml, "ChecksumCRC64NVME", part.checksum_crc64nvme.clone());
        element(&mut xml, "ChecksumSHA1", part.checksum_sha1.clone());
        element(&mut xml, "ChecksumSHA256", part.checksum_sha256.clone());
        xml.push_str("</Part>");
    }
    xml.push_str("</CompleteMultipartUpload>");
    xml
}

fn element<T: Into<String>>(xml: &mut String, name: &str, value: Option<T>) {
    let Some(value) = value else { return };
    xml.extend(["<", name, ">"]);
    for c in value.into().chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            c => xml.push(c),
        }
    }
    xml.extend(["</", name, ">"]);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(fields: &Value) -> Result<CompleteUpload, String> {
        let mut body = json!({"bucket": "demo", "key": "k", "uploadId": "u"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body: CompleteUploadBody = serde_json::from_value(body).map_err(|error| error.to_string())?;
        CompleteUpload::try_from(body).map_err(|error| error.to_string())
    }

    #[test]
    fn the_parts_are_listed_as_s3_reads_them() {
        let parts = json!([{"partNumber": 1, "eTag": "\"a&<b\""}, {"partNumber": 3, "eTag": "\"c\"", "checksumCRC32": "AAAAAA=="}]);
        let request = parse(&json!({"parts": parts, "ifNoneMatch": "*"})).unwrap().request;
        let expected = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Part><PartNumber>1</PartNumber><ETag>\"a&amp;&lt;b\"</ETag></Part>\
            <Part><PartNumber>3</PartNumber><ETag>\"c\"</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>\
            </CompleteMultipartUpload>";
        assert_eq!(request.body, expected);
        assert!(request.headers.contains(&("if-none-match".into(), "*".to_owned())));
    }

    #[test]
    fn parts_come_once_and_in_order() {
        let part = |number: u64| json!({"partNumber": number, "eTag": "\"e\""});
        for (parts, said) in [
            (json!([]), "1 to 10000"),
            (json!([part(2), part(1)]), "part 1 comes too late"),
            (json!([part(1), part(1)]), "ascending"),
            (json!([{"partNumber": 1, "eTag": "e"}]), "double quotes"),
            (json!([{"partNumber": 1}]), "eTag"),
        ] {
            let error = parse(&json!({"parts": parts})).unwrap_err();
            assert!(error.contains(said), "{parts}: {error}");
        }
    }
}
