use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{S3Request, UploadId, UploadRequestError};
use crate::lifetime::{Asked, ExpiresIn, LifetimeMode};
use crate::names::{BucketName, ObjectKey};
use crate::request::{ContentLength, Crc32, Crc64Nvme, List, Md5, PartNumber, Sha1, Sha256, checksum, given, object};

/// The JSON of `POST /multipart-uploads/parts`. Unknown fields are refused, and so is `null`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartUrlsBody {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub upload_id: UploadId,
    pub expires_in: ExpiresIn,
    #[serde(default)]
    pub lifetime: LifetimeMode,
    /// `[1, 2]`, or `{"first": 1, "last": 2}`.
    #[serde(default, deserialize_with = "given")]
    pub part_numbers: Option<PartNumbers>,
    /// Instead: parts of which more is known, which their URLs then insist on.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<PartBody>>", length(min = 1, max = PartUrls::MOST)))]
    pub parts: Option<List<PartBody, { PartUrls::MOST }>>,
}

#[derive(Debug, Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged))]
pub enum PartNumbers {
    List(
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Vec<PartNumber>", length(min = 1, max = PartUrls::MOST), extend("uniqueItems" = true))
        )]
        List<PartNumber, { PartUrls::MOST }>,
    ),
    Range(PartRange),
}

/// Not derived: serde would first keep all of a list whose length nobody has looked at yet.
impl<'de> Deserialize<'de> for PartNumbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrRange)
    }
}

struct ListOrRange;

impl<'de> Visitor<'de> for ListOrRange {
    type Value = PartNumbers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers from 1 to 10000, or an object with `first` and `last`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, numbers: A) -> Result<PartNumbers, A::Error> {
        List::read(numbers).map(PartNumbers::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<PartNumbers, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(fields)).map(PartNumbers::Range)
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartRange {
    pub first: PartNumber,
    pub last: PartNumber,
}

object!(PartRange, "an object with `first` and `last`");

/// A part, and what its URL is to insist on.
#[derive(Debug, Clone, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartBody {
    pub part_number: PartNumber,
    #[serde(default, deserialize_with = "given")]
    pub content_length: Option<ContentLength>,
    #[serde(default, deserialize_with = "given", rename = "contentMD5")]
    pub content_md5: Option<Md5>,
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

object!(PartBody, "an object with `partNumber` and what its URL is to insist on");

/// A request for the URLs of some parts of an upload.
#[derive(Debug, Clone)]
pub struct PartUrls {
    pub bucket: BucketName,
    pub key: ObjectKey,
    pub asked: Asked,
    /// By their numbers, in the order asked for.
    pub parts: Vec<(u64, S3Request)>,
}

impl PartUrls {
    /// The most parts of one request. With a long session token their URLs have two megabytes, and Lambda answers with six at
    /// the most.
    pub const MOST: usize = 1000;
}

impl TryFrom<PartUrlsBody> for PartUrls {
    type Error = UploadRequestError;

    fn try_from(body: PartUrlsBody) -> Result<Self, UploadRequestError> {
        let (field, parts) = match (body.part_numbers, body.parts) {
            (Some(_), Some(_)) => {
                return Err(UploadRequestError::Excludes { field: "parts", other: "partNumbers" });
            }
            (None, None) => {
                return Err(UploadRequestError::Needs { field: "partNumbers", needed: "to be given, or `parts`" });
            }
            (Some(PartNumbers::Range(PartRange { first, last })), None) => {
                let (first, last) = (first.get(), last.get());
                if first > last {
                    return Err(UploadRequestError::Backwards { first, last });
                }
                ("partNumbers", (first..=last).map(|number| part(&body.upload_id, number)).collect())
            }
            (Some(PartNumbers::List(List(numbers))), None) => {
                let parts: Vec<_> = numbers.iter().map(|number| part(&body.upload_id, number.get())).collect();
                ("partNumbers", parts)
            }
            (None, Some(List(parts))) => {
                let parts = parts.into_iter().enumerate().map(|(index, known)| known.part(index, &body.upload_id));
                ("parts", parts.collect::<Result<Vec<_>, _>>()?)
            }
        };
        if !(1..=Self::MOST).contains(&parts.len()) {
            return Err(UploadRequestError::Count { field, most: Self::MOST, given: parts.len() });
        }
        let mut seen = BTreeSet::new();
        if let Some((number, _)) = parts.iter().find(|(number, _)| !seen.insert(*number)) {
            return Err(UploadRequestError::Twice { field, number: *number });
        }
        let asked = Asked { expires_in: body.expires_in, mode: body.lifetime, minimum_remaining: None };
        Ok(Self { bucket: body.bucket, key: body.key, asked, parts })
    }
}

fn part(upload: &UploadId, number: u64) -> (u64, S3Request) {
    let query = vec![("partNumber", number.to_string()), ("uploadId", upload.as_str().to_owned())];
    (number, S3Request::new("PUT", query))
}

impl PartBody {
    /// As the entry of `parts` at `index`.
    fn part(self, index: usize, upload: &UploadId) -> Result<(u64, S3Request), UploadRequestError> {
        let checksum = checksum!(self).map_err(|two| UploadRequestError::of_part(index, two))?;
        let (number, mut request) = part(upload, self.part_number.get());
        request.header("content-length", self.content_length);
        request.header("content-md5", self.content_md5);
        request.checksum(checksum);
        Ok((number, request))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(fields: &Value) -> Result<PartUrls, String> {
        let mut body = json!({"bucket": "demo", "key": "k", "uploadId": "u", "expiresIn": 60});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body: PartUrlsBody = serde_json::from_value(body).map_err(|error| error.to_string())?;
        PartUrls::try_from(body).map_err(|error| error.to_string())
    }

    #[test]
    fn parts_are_named_by_list_by_range_or_with_what_is_known_of_them() {
        let numbers = |fields: &Value| -> Vec<u64> {
            parse(fields).unwrap().parts.into_iter().map(|(number, _)| number).collect()
        };
        assert_eq!(numbers(&json!({"partNumbers": [3, 1]})), [3, 1]);
        assert_eq!(numbers(&json!({"partNumbers": {"first": 9_999, "last": 10_000}})), [9_999, 10_000]);
        let known = json!({"parts": [{"partNumber": 7, "contentLength": 5, "checksumCRC32": "AAAAAA=="}]});
        let (number, request) = parse(&known).unwrap().parts.remove(0);
        assert_eq!((number, request.method), (7, "PUT"));
        assert_eq!(request.query, [("partNumber", "7".to_owned()), ("uploadId", "u".to_owned())]);
        let headers: Vec<(&str, &str)> = request.headers.iter().map(|(n, v)| (n.as_ref(), v.as_str())).collect();
        assert_eq!(headers, [("content-length", "5"), ("x-amz-checksum-crc32", "AAAAAA==")]);
    }

    #[test]
    fn what_s3_would_not_take_is_refused() {
        for (fields, said) in [
            (json!({}), "`partNumbers` needs"),
            (json!({"partNumbers": [1], "parts": [{"partNumber": 1}]}), "exclude"),
            (json!({"partNumbers": []}), "1 to 1000"),
            (json!({"partNumbers": {"first": 1, "last": 1001}}), "not 1001"),
            (json!({"partNumbers": {"first": 2, "last": 1}}), "more than"),
            (json!({"partNumbers": {"first": 1, "last": 2, "step": 1}}), "unknown field `step`"),
            (json!({"partNumbers": "1"}), "a list of numbers from 1 to 10000"),
            (json!({"partNumbers": [0]}), "1 to 10000"),
            (json!({"partNumbers": {"first": 1, "last": 10_001}}), "1 to 10000"),
            (json!({"partNumbers": vec![1; 1_001]}), "at most 1000 entries"),
            (json!({"parts": vec![json!({"partNumber": 1}); 1_001]}), "at most 1000 entries"),
            (json!({"partNumbers": [1, 2, 1]}), "part 1 twice"),
            (
                json!({"parts": [
                    {"partNumber": 2},
                    {"partNumber": 1, "checksumCRC32": "AAAAAA==", "checksumCRC32C": "AAAAAA=="},
                ]}),
                "`parts[1].checksumCRC32C` and `checksumCRC32` exclude each other",
            ),
            (json!({"partNumbers": [1], "uploadId": "a b"}), "upload's id"),
        ] {
            let error = parse(&fields).unwrap_err();
            assert!(error.contains(said), "{fields}: {error}");
        }
    }
}
