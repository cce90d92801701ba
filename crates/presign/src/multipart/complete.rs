use serde::Deserialize;

use super::{ChecksumType, S3Request, UploadId, UploadRequestError};
use crate::names::{BucketName, ObjectKey};
use crate::request::{
    Checksum, Crc32, Crc64Nvme, EntityTag, IfNoneMatch, List, PartNumber, Sha1, Sha256, checksum, given, object,
};

/// The JSON of `POST /multipart-uploads/complete`. Unknown fields are refused, and so is `null`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteUploadBody {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload_id: UploadId,
    /// In ascending order of their numbers.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<CompletedPart>", length(min = 1, max = CompleteUpload::MOST_PARTS)))]
    pub parts: List<CompletedPart, { CompleteUpload::MOST_PARTS }>,
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
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
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

object!(CompletedPart, "an object with `partNumber` and `eTag`");

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
        let List(parts) = &body.parts;
        if parts.is_empty() {
            return Err(UploadRequestError::Count { field: "parts", most: Self::MOST_PARTS, given: 0 });
        }
        if body.if_match.is_some() && body.if_none_match.is_some() {
            return Err(UploadRequestError::Excludes { field: "ifNoneMatch", other: "ifMatch" });
        }
        let pairs = parts.iter().zip(parts.iter().skip(1));
        for (one, next) in pairs.map(|(one, next)| (one.part_number.get(), next.part_number.get())) {
            if next <= one {
                return Err(UploadRequestError::Order { number: next });
            }
        }
        let parts = parts
            .iter()
            .enumerate()
            .map(|(index, part)| Ok((part, checksum!(part).map_err(|two| UploadRequestError::of_part(index, two))?)));
        let parts: Vec<_> = parts.collect::<Result<_, UploadRequestError>>()?;
        let mut request = S3Request::new("POST", vec![("uploadId", body.upload_id.into())]);
        request.body = document(parts);
        // S3 would take a form's content type for the one of a form.
        request.header("content-type", Some("application/xml"));
        request.checksum(checksum!(body)?);
        request.header("x-amz-checksum-type", body.checksum_type);
        request.header("if-none-match", body.if_none_match);
        let compares = body.if_match.is_some();
        request.header("if-match", body.if_match);
        Ok(Self { bucket: body.bucket, key: body.key, compares, request })
    }
}

/// The list of parts, as S3 reads it.
fn document(parts: Vec<(&CompletedPart, Option<Checksum>)>) -> String {
    let mut xml = r#"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#.to_owned();
    for (part, checksum) in parts {
        xml.push_str("<Part>");
        element(&mut xml, "PartNumber", part.part_number);
        element(&mut xml, "ETag", part.e_tag.clone());
        if let Some(checksum) = checksum {
            element(&mut xml, &format!("Checksum{}", checksum.algorithm), checksum.value);
        }
        xml.push_str("</Part>");
    }
    xml.push_str("</CompleteMultipartUpload>");
    xml
}

fn element(xml: &mut String, name: &str, value: impl Into<String>) {
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
            (
                json!([{"partNumber": 1, "eTag": "\"e\"", "checksumCRC32": "AAAAAA==", "checksumCRC32C": "AAAAAA=="}]),
                "`parts[0].checksumCRC32C` and",
            ),
        ] {
            let error = parse(&json!({"parts": parts})).unwrap_err();
            assert!(error.contains(said), "{parts}: {error}");
        }
    }
}
