//! Uploads in parts: what a completion makes of them, and what one that is refused leaves.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, EncodingType,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};

use crate::support::{Stack, administrator, send};

/// The least that a part has which is not the last one.
const SMALLEST: usize = 5 << 20;

struct Upload {
    s3: Client,
    key: &'static str,
    id: String,
}

/// Begins an upload that asks for no checksum.
async fn begin(stack: &Stack, key: &'static str) -> Upload {
    begin_with(stack, key, None, None).await
}

async fn begin_with(
    stack: &Stack,
    key: &'static str,
    algorithm: Option<ChecksumAlgorithm>,
    kind: Option<ChecksumType>,
) -> Upload {
    let s3 = stack.s3_as_told(administrator());
    let begun = s3.create_multipart_upload().bucket("docs").key(key).content_type("text/new").metadata("v", "new");
    let begun = begun.set_checksum_algorithm(algorithm.clone()).set_checksum_type(kind).send().await.unwrap();
    assert_eq!(begun.checksum_algorithm(), algorithm.as_ref());
    Upload { s3, key, id: begun.upload_id.unwrap() }
}

/// The code that a request was refused with.
fn code<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(refused: &SdkError<E, R>) -> String {
    refused.as_service_error().and_then(|error| error.code()).unwrap_or_else(|| panic!("{refused:?}")).to_owned()
}

impl Upload {
    async fn put(&self, number: i32, body: Vec<u8>) -> CompletedPart {
        self.try_put(number, body, None).await.unwrap()
    }

    async fn try_put(&self, number: i32, body: Vec<u8>, sha256: Option<String>) -> Result<CompletedPart, String> {
        let part = self.s3.upload_part().bucket("docs").key(self.key).upload_id(&self.id).part_number(number);
        let sent = part
            .set_checksum_sha256(sha256.clone())
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|refused| code(&refused))?;
        assert_eq!(sent.checksum_sha256(), sha256.as_deref());
        Ok(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).set_checksum_sha256(sha256).build())
    }

    async fn complete(&self, parts: &[CompletedPart]) -> Result<CompleteMultipartUploadOutput, String> {
        self.complete_as(parts, None, None).await
    }

    async fn complete_as(
        &self,
        parts: &[CompletedPart],
        kind: Option<ChecksumType>,
        crc32: Option<&str>,
    ) -> Result<CompleteMultipartUploadOutput, String> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build();
        let complete = self.s3.complete_multipart_upload().bucket("docs").key(self.key).upload_id(&self.id);
        let complete = complete.multipart_upload(parts).set_checksum_type(kind);
        complete.set_checksum_crc32(crc32.map(str::to_owned)).send().await.map_err(|refused| code(&refused))
    }

    async fn numbers(&self) -> Vec<i32> {
        let listed = self.s3.list_parts().bucket("docs").key(self.key).upload_id(&self.id).send().await.unwrap();
        listed.parts().iter().map(|part| part.part_number().unwrap()).collect()
    }

    async fn read(&self, part: Option<i32>) -> Vec<u8> {
        let get = self.s3.get_object().bucket("docs").key(self.key).set_part_number(part).send().await.unwrap();
        get.body.collect().await.unwrap().to_vec()
    }
}

fn sha256(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn a_refused_completion_leaves_the_upload_its_parts_and_the_object() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "k", "old").await.unwrap();
    let upload = begin(&stack, "k").await;
    let mut parts = vec![upload.put(1, vec![b'a'; SMALLEST]).await, upload.put(2, b"b".to_vec()).await];
    parts.push(upload.put(3, b"c".to_vec()).await);
    assert_eq!(upload.complete(&parts).await.unwrap_err(), "EntityTooSmall");
    assert_eq!(upload.complete(&[]).await.unwrap_err(), "MalformedXML");
    let unknown = CompletedPart::builder().part_number(4).e_tag("\"e\"").build();
    assert_eq!(upload.complete(&[unknown]).await.unwrap_err(), "InvalidPart");
    let once = upload.s3.complete_multipart_upload().bucket("docs").key("k").upload_id(&upload.id).if_none_match("*");
    let named = CompletedMultipartUpload::builder().parts(parts[0].clone()).build();
    assert_eq!(code(&once.multipart_upload(named).send().await.unwrap_err()), "PreconditionFailed");

    let head = upload.s3.head_object().bucket("docs").key("k").send().await.unwrap();
    assert_eq!(head.content_type(), Some("binary/octet-stream"));
    assert_eq!(head.metadata().and_then(|metadata| metadata.get("v")), None);
    assert_eq!(upload.read(None).await, b"old");

    assert_eq!(upload.numbers().await, [1, 2, 3]);
    parts[1] = upload.put(2, vec![b'b'; SMALLEST]).await;
    upload.complete(&parts).await.unwrap();
    let all = [vec![b'a'; SMALLEST], vec![b'b'; SMALLEST], b"c".to_vec()].concat();
    assert!(upload.read(None).await == all);
    let head = upload.s3.head_object().bucket("docs").key("k").send().await.unwrap();
    assert_eq!((head.content_type(), head.metadata().unwrap()["v"].as_str()), (Some("text/new"), "new"));
    assert_eq!(upload.complete(&parts).await.unwrap_err(), "NoSuchUpload");
}

#[tokio::test]
async fn an_upload_that_was_refused_can_be_aborted_and_one_with_parts_outlives_a_restart() {
    let stack = Stack::with_signer().await;
    let (refused, kept) = (begin(&stack, "refused").await, begin(&stack, "kept").await);
    let small = [refused.put(1, b"a".to_vec()).await, refused.put(2, b"b".to_vec()).await];
    assert_eq!(refused.complete(&small).await.unwrap_err(), "EntityTooSmall");
    refused.s3.abort_multipart_upload().bucket("docs").key("refused").upload_id(&refused.id).send().await.unwrap();
    assert_eq!(refused.try_put(1, b"a".to_vec(), None).await.unwrap_err(), "NoSuchUpload");

    let part = kept.put(1, b"kept".to_vec()).await;
    let stack = stack.restart().await;
    let kept = Upload { s3: stack.s3_as_told(administrator()), ..kept };
    kept.complete(&[part]).await.unwrap();
    assert_eq!(kept.read(None).await, b"kept");
    let left: Vec<_> = std::fs::read_dir(stack.data.path().join("s3/uploads")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn numbers_of_parts_may_have_gaps_and_are_counted_anew_in_the_object() {
    let stack = Stack::with_signer().await;
    let upload = begin(&stack, "gaps").await;
    let parts = [upload.put(2, vec![b'a'; SMALLEST]).await, upload.put(70, b"last".to_vec()).await];
    upload.put(9000, b"not named".to_vec()).await;
    assert_eq!(upload.numbers().await, [2, 70, 9000]);
    let page = upload.s3.list_parts().bucket("docs").key("gaps").upload_id(&upload.id).part_number_marker("2");
    let page = page.max_parts(1).send().await.unwrap();
    assert_eq!((page.parts()[0].part_number(), page.next_part_number_marker()), (Some(70), Some("70")));

    let completed = upload.complete(&parts).await.unwrap();
    assert!(completed.e_tag().unwrap().ends_with("-2\""), "{completed:?}");
    assert_eq!(completed.location().unwrap(), format!("{}/docs/gaps", stack.endpoint()));
    assert!(upload.read(Some(1)).await == vec![b'a'; SMALLEST]);
    assert_eq!(upload.read(Some(2)).await, b"last");
    let head = upload.s3.head_object().bucket("docs").key("gaps").part_number(2).send().await.unwrap();
    let size = SMALLEST + 4;
    assert_eq!(head.content_range().unwrap(), format!("bytes {SMALLEST}-{}/{size}", size - 1));
    assert_eq!((head.content_length(), head.parts_count()), (Some(4), Some(2)));
    let whole = upload.s3.head_object().bucket("docs").key("gaps").send().await.unwrap();
    assert_eq!((whole.e_tag(), whole.parts_count()), (completed.e_tag(), None));
    let beyond = upload.s3.get_object().bucket("docs").key("gaps").part_number(70).send().await.unwrap_err();
    assert_eq!(beyond.raw_response().unwrap().status().as_u16(), 416);
    assert_eq!(code(&beyond), "InvalidPartNumber");
}

#[tokio::test]
async fn each_part_of_a_composite_checksum_has_its_own_and_is_completed_with_it() {
    let stack = Stack::with_signer().await;
    let upload = begin_with(&stack, "k", Some(ChecksumAlgorithm::Sha256), None).await;
    assert_eq!(upload.try_put(1, b"a".to_vec(), None).await.unwrap_err(), "InvalidRequest");
    assert_eq!(upload.try_put(1, b"a".to_vec(), Some(sha256(b"b"))).await.unwrap_err(), "BadDigest");
    assert_eq!(upload.numbers().await, [0; 0]);
    let first = vec![b'a'; SMALLEST];
    let digests = [sha256(&first), sha256(b"z")];
    let parts = [
        upload.try_put(1, first, Some(digests[0].clone())).await.unwrap(),
        upload.try_put(2, b"z".to_vec(), Some(digests[1].clone())).await.unwrap(),
    ];
    let stack = stack.restart().await;
    let upload = Upload { s3: stack.s3_as_told(administrator()), ..upload };
    let listed = upload.s3.list_parts().bucket("docs").key("k").upload_id(&upload.id).send().await.unwrap();
    assert_eq!(listed.parts().iter().map(|part| part.checksum_sha256().unwrap()).collect::<Vec<_>>(), digests);
    assert_eq!(listed.checksum_algorithm(), Some(&ChecksumAlgorithm::Sha256));
    assert_eq!(listed.checksum_type(), Some(&ChecksumType::Composite));

    let second = || CompletedPart::builder().part_number(2).set_e_tag(parts[1].e_tag.clone());
    let unstated = [parts[0].clone(), second().build()];
    assert_eq!(upload.complete(&unstated).await.unwrap_err(), "InvalidRequest");
    let wrong = [parts[0].clone(), second().checksum_sha256(&digests[0]).build()];
    assert_eq!(upload.complete(&wrong).await.unwrap_err(), "InvalidPart");
    let other = [parts[0].clone(), second().checksum_crc32("AAAAAA==").build()];
    assert_eq!(upload.complete(&other).await.unwrap_err(), "BadDigest");
    let both = [parts[0].clone(), second().checksum_sha256(&digests[1]).checksum_crc32("AAAAAA==").build()];
    assert_eq!(upload.complete(&both).await.unwrap_err(), "InvalidArgument");
    assert_eq!(upload.complete(&parts[1..]).await.unwrap_err(), "InternalError", "S3 wants no gaps here");
    let full = upload.complete_as(&parts, Some(ChecksumType::FullObject), None).await;
    assert_eq!(full.unwrap_err(), "InvalidRequest");

    let raw: Vec<u8> = digests.iter().flat_map(|digest| BASE64_STANDARD.decode(digest).unwrap()).collect();
    let composite = format!("{}-2", sha256(&raw));
    let completed = upload.complete(&parts).await.unwrap();
    assert_eq!(completed.checksum_sha256(), Some(composite.as_str()));
    assert_eq!(completed.checksum_type(), Some(&ChecksumType::Composite));
    let head = || upload.s3.head_object().bucket("docs").key("k").checksum_mode(ChecksumMode::Enabled);
    let whole = head().send().await.unwrap();
    assert_eq!(whole.checksum_sha256(), Some(composite.as_str()));
    assert_eq!(whole.checksum_type(), Some(&ChecksumType::Composite));
    assert_eq!(head().part_number(2).send().await.unwrap().checksum_sha256(), Some(digests[1].as_str()));
    assert_eq!(head().range("bytes=0-1").send().await.unwrap().checksum_sha256(), None);
}

#[tokio::test]
async fn the_checksum_of_a_full_object_is_compared_and_told() {
    let stack = Stack::with_signer().await;
    let full = || Some(ChecksumType::FullObject);
    let upload = begin_with(&stack, "k", Some(ChecksumAlgorithm::Crc32), full()).await;
    stack.aws.put_object("docs", "k", "old").await.unwrap();
    let parts = [upload.put(3, vec![0; SMALLEST]).await, upload.put(5, b"123456789".to_vec()).await];
    // What Python's `zlib.crc32` says of the bytes.
    let right = "tTrQLA==";
    assert_eq!(upload.complete_as(&parts, full(), Some("AAAAAA==")).await.unwrap_err(), "BadDigest");
    assert_eq!(upload.complete_as(&parts, Some(ChecksumType::Composite), None).await.unwrap_err(), "InvalidRequest");
    assert_eq!(upload.read(None).await, b"old");
    let completed = upload.complete_as(&parts, full(), Some(right)).await.unwrap();
    assert_eq!((completed.checksum_crc32(), completed.checksum_type()), (Some(right), Some(&ChecksumType::FullObject)));
    let head = || upload.s3.head_object().bucket("docs").key("k").checksum_mode(ChecksumMode::Enabled);
    assert_eq!(head().send().await.unwrap().checksum_crc32(), Some(right));
    assert_eq!(head().part_number(2).send().await.unwrap().checksum_crc32(), None);
}

#[tokio::test]
async fn what_was_uploaded_in_parts_is_not_told_the_checksum_of_what_was_there_before() {
    let stack = Stack::with_signer().await;
    let upload = begin(&stack, "k").await;
    let put = upload.s3.put_object().bucket("docs").key("k").body(ByteStream::from_static(b"hello"));
    put.checksum_crc32_c("mnG7TA==").send().await.unwrap();
    let part = upload.put(1, b"new".to_vec()).await;
    upload.complete(&[part]).await.unwrap();
    upload.s3.copy_object().bucket("docs").key("copy").copy_source("docs/k").send().await.unwrap();
    for (key, parts) in [("k", Some(1)), ("copy", None)] {
        let head = upload.s3.head_object().bucket("docs").key(key).checksum_mode(ChecksumMode::Enabled);
        let head = head.part_number(1).send().await.unwrap();
        assert_eq!((head.checksum_crc32_c(), head.checksum_type(), head.parts_count()), (None, None, parts), "{key}");
    }
}

#[tokio::test]
async fn an_algorithm_goes_with_the_types_that_s3_knows_for_it() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3_as_told(administrator());
    for (algorithm, kind) in [
        (Some(ChecksumAlgorithm::Sha256), ChecksumType::FullObject),
        (Some(ChecksumAlgorithm::Crc64Nvme), ChecksumType::Composite),
        (None, ChecksumType::FullObject),
    ] {
        let begun = s3.create_multipart_upload().bucket("docs").key("k").set_checksum_algorithm(algorithm);
        assert_eq!(code(&begun.checksum_type(kind).send().await.unwrap_err()), "InvalidRequest");
    }
    let upload = begin(&stack, "k").await;
    let part = upload.put(1, b"a".to_vec()).await;
    let stated = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).checksum_sha256(sha256(b"a")).build();
    assert_eq!(upload.complete(&[stated]).await.unwrap_err(), "InvalidPart", "S3 has kept none to compare with");
}

#[tokio::test]
async fn a_part_may_be_a_copy_of_a_range() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "from", "hello").await.unwrap();
    let upload = begin_with(&stack, "to", Some(ChecksumAlgorithm::Sha256), None).await;
    let copy = |range: &str| {
        let copy = upload.s3.upload_part_copy().bucket("docs").key("to").upload_id(&upload.id).part_number(1);
        copy.copy_source("docs/from").copy_source_range(range).send()
    };
    for bad in ["bytes=1-5", "bytes=1-", "bytes=-1"] {
        assert_eq!(code(&copy(bad).await.unwrap_err()), "InvalidArgument", "{bad}");
    }
    let copied = copy("bytes=1-3").await.unwrap().copy_part_result.unwrap();
    assert_eq!(copied.checksum_sha256(), Some(sha256(b"ell").as_str()));
    let part = CompletedPart::builder().part_number(1).set_e_tag(copied.e_tag).checksum_sha256(sha256(b"ell")).build();
    upload.complete(&[part]).await.unwrap();
    assert_eq!(upload.read(None).await, b"ell");
}

#[tokio::test]
async fn uploads_are_listed_with_their_keys_encoded_where_that_is_asked_for() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    let begun = s3.create_multipart_upload().bucket("docs").key("odd \u{ffff}").send().await;
    assert!(begun.is_err(), "it is begun, but no XML can tell this key as it is");
    let list = s3.list_multipart_uploads().bucket("docs").prefix("odd ").encoding_type(EncodingType::Url);
    let listed = list.send().await.unwrap();
    assert_eq!(listed.encoding_type(), Some(&EncodingType::Url));
    assert_eq!(listed.prefix(), Some("odd%20"));
    assert_eq!(listed.uploads()[0].key(), Some("odd%20%EF%BF%BF"));
}

#[tokio::test]
async fn an_object_that_was_uploaded_at_once_is_its_own_only_part() {
    let stack = Stack::with_signer().await;
    let url = stack.presigned_get(administrator(), "k").await;
    assert_eq!(send(Method::GET, &url, &[], "").await.status, StatusCode::OK);
    let get = |number| stack.s3(administrator()).get_object().bucket("docs").key("k").part_number(number).send();
    let first = get(1).await.unwrap();
    assert_eq!((first.content_range(), first.parts_count()), (Some("bytes 0-4/5"), None));
    assert_eq!(code(&get(2).await.unwrap_err()), "InvalidPartNumber");
}
