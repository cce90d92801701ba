//! Objects and what S3 answers beside their bytes.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, Delete, MetadataDirective, ObjectIdentifier,
    ServerSideEncryption,
};

use crate::support::{Stack, administrator};

#[tokio::test]
async fn type_metadata_and_encryption_come_back() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    let put = s3
        .put_object()
        .bucket("docs")
        .key("k")
        .content_type("text/plain")
        .metadata("owner", "ada")
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id("alias/docs")
        .bucket_key_enabled(true)
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    assert_eq!(put.ssekms_key_id(), Some("alias/docs"));
    let head = s3.head_object().bucket("docs").key("k").send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/plain"));
    assert_eq!(head.metadata().unwrap().get("owner").map(String::as_str), Some("ada"));
    assert_eq!(head.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert_eq!(head.bucket_key_enabled(), Some(true));
    let part = s3.get_object().bucket("docs").key("k").range("bytes=1-3").response_content_disposition("attachment");
    let part = part.send().await.unwrap();
    assert_eq!(part.content_disposition(), Some("attachment"));
    assert_eq!(part.body.collect().await.unwrap().to_vec(), b"ell");
}

#[tokio::test]
async fn a_copy_has_its_own_key_and_the_metadata_it_was_told() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    s3.put_object()
        .bucket("docs")
        .key("a/b")
        .metadata("n", "1")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await
        .unwrap();
    s3.copy_object().bucket("docs").key("same").copy_source("docs/a/b").send().await.unwrap();
    let replaced = s3.copy_object().bucket("docs").key("new").copy_source("docs/a%2Fb").metadata("n", "2");
    replaced.metadata_directive(MetadataDirective::Replace).send().await.unwrap();
    for (key, n) in [("a/b", "1"), ("same", "1"), ("new", "2")] {
        let head = s3.head_object().bucket("docs").key(key).send().await.unwrap();
        assert_eq!(head.metadata().unwrap().get("n").map(String::as_str), Some(n), "{key}");
    }
    let listed = s3.list_objects().bucket("docs").delimiter("/").send().await.unwrap();
    assert_eq!(listed.contents().len(), 2);
    assert_eq!(listed.common_prefixes()[0].prefix(), Some("a/"));
}

#[tokio::test]
async fn an_upload_that_does_not_match_its_digest_leaves_the_old_object() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    s3.put_object().bucket("docs").key("k").body(ByteStream::from_static(b"old")).send().await.unwrap();
    let md5_of_nothing = "1B2M2Y8AsgTpgAmY7PhCfg==";
    let put = s3.put_object().bucket("docs").key("k").body(ByteStream::from_static(b"new")).content_md5(md5_of_nothing);
    assert_eq!(put.send().await.unwrap_err().into_service_error().code(), Some("BadDigest"));
    let put = s3.put_object().bucket("docs").key("k").body(ByteStream::from_static(b"new")).checksum_crc32("AAAAAA==");
    assert_eq!(put.send().await.unwrap_err().into_service_error().code(), Some("BadDigest"));
    let got = s3.get_object().bucket("docs").key("k").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"old");
    for algorithm in [ChecksumAlgorithm::Sha256, ChecksumAlgorithm::Crc64Nvme, ChecksumAlgorithm::Crc32C] {
        let put = s3.put_object().bucket("docs").key("k").body(ByteStream::from_static(b"new"));
        put.checksum_algorithm(algorithm).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_create_only_put_succeeds_once() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    let put =
        || s3.put_object().bucket("docs").key("once").if_none_match("*").body(ByteStream::from_static(b"x")).send();
    let all = tokio::join!(put(), put(), put(), put());
    let all = [all.0, all.1, all.2, all.3];
    assert_eq!(all.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in all.into_iter().filter_map(Result::err) {
        let code = refused.into_service_error().code().map(str::to_owned);
        assert!(matches!(code.as_deref(), Some("PreconditionFailed" | "ConditionalRequestConflict")), "{code:?}");
    }
}

#[tokio::test]
async fn an_upload_in_parts_may_be_continued_under_another_session() {
    let stack = Stack::with_signer().await;
    let (first, second) = (stack.s3(stack.session(900).await), stack.s3(stack.session(900).await));
    let begun = first.create_multipart_upload().bucket("docs").key("a//big").content_type("text/plain").send().await;
    let id = begun.unwrap().upload_id.unwrap();
    let mut parts = Vec::new();
    for (number, size) in [(1, 5 << 20), (2, 7)] {
        let body = ByteStream::from(vec![b'x'; size]);
        let part = second.upload_part().bucket("docs").key("a//big").upload_id(&id).part_number(number).body(body);
        let e_tag = part.send().await.unwrap().e_tag;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(e_tag).build());
    }
    let listed =
        stack.s3(administrator()).list_parts().bucket("docs").key("a//big").upload_id(&id).send().await.unwrap();
    assert_eq!(listed.parts().iter().map(|part| part.size().unwrap()).collect::<Vec<_>>(), [5 << 20, 7]);
    let elsewhere = second.complete_multipart_upload().bucket("docs").key("other").upload_id(&id);
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let refused = elsewhere.multipart_upload(parts.clone()).send().await.unwrap_err();
    assert_eq!(refused.into_service_error().code(), Some("NoSuchUpload"));
    let complete = second.complete_multipart_upload().bucket("docs").key("a//big").upload_id(&id);
    let completed = complete.multipart_upload(parts).send().await.unwrap();
    assert_eq!(completed.key(), Some("a//big"));
    let head = second.head_object().bucket("docs").key("a//big").send().await.unwrap();
    assert_eq!((head.content_length(), head.content_type()), (Some((5 << 20) + 7), Some("text/plain")));
    assert_eq!(head.e_tag(), completed.e_tag());

    let begun = first.create_multipart_upload().bucket("docs").key("gone").send().await.unwrap().upload_id.unwrap();
    first.abort_multipart_upload().bucket("docs").key("gone").upload_id(&begun).send().await.unwrap();
    let uploads = stack.s3(administrator()).list_multipart_uploads().bucket("docs").send().await.unwrap();
    assert!(uploads.uploads().is_empty());
}

#[tokio::test]
async fn a_bucket_is_deleted_only_when_it_is_empty() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    stack.aws.put_object("docs", "k", "x").await.unwrap();
    let refused = s3.delete_bucket().bucket("docs").send().await.unwrap_err();
    assert_eq!(refused.into_service_error().code(), Some("BucketNotEmpty"));
    let key = ObjectIdentifier::builder().key("k").build().unwrap();
    let delete = Delete::builder().objects(key).build().unwrap();
    let as_role = stack.s3(stack.session(900).await);
    let outcome = as_role.delete_objects().bucket("docs").delete(delete.clone()).send().await.unwrap();
    assert_eq!(outcome.errors()[0].code(), Some("AccessDenied"));
    s3.delete_objects().bucket("docs").delete(delete).send().await.unwrap();
    s3.delete_bucket().bucket("docs").send().await.unwrap();
    assert!(s3.list_buckets().send().await.unwrap().buckets().is_empty());
}
