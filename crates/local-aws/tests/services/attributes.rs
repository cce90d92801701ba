//! What is said of an object beside its bytes comes back as it was said, after a restart too.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    ChecksumMode, ObjectLockLegalHoldStatus, ObjectLockMode, ObjectStorageClass, ServerSideEncryption, StorageClass,
    TaggingDirective,
};
use http::{Method, StatusCode};

use crate::support::{Stack, administrator, send};

/// The digest of no bytes.
const MD5_OF_NOTHING: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";

fn until(text: &str) -> DateTime {
    DateTime::from_str(text, DateTimeFormat::DateTime).unwrap()
}

#[tokio::test]
async fn class_tags_and_lock_outlive_a_restart() {
    let stack = Stack::with_signer().await;
    let put = stack.s3(administrator()).put_object().bucket("docs").key("k").content_md5(MD5_OF_NOTHING);
    put.storage_class(StorageClass::StandardIa)
        .tagging("project=a%20b&%C3%A9=")
        .object_lock_mode(ObjectLockMode::Governance)
        .object_lock_retain_until_date(until("2100-01-01T00:00:00Z"))
        .object_lock_legal_hold_status(ObjectLockLegalHoldStatus::On)
        .send()
        .await
        .unwrap();
    let stack = stack.restart().await;
    let s3 = stack.s3(administrator());
    let head = s3.head_object().bucket("docs").key("k").send().await.unwrap();
    assert_eq!(head.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(head.object_lock_mode(), Some(&ObjectLockMode::Governance));
    assert_eq!(head.object_lock_retain_until_date(), Some(&until("2100-01-01T00:00:00Z")));
    assert_eq!(head.object_lock_legal_hold_status(), Some(&ObjectLockLegalHoldStatus::On));
    let tags = s3.get_object_tagging().bucket("docs").key("k").send().await.unwrap();
    let tags: Vec<_> = tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("project", "a b"), ("é", "")]);
    assert_eq!(s3.get_object().bucket("docs").key("k").send().await.unwrap().tag_count(), Some(2));
    let listed = s3.list_objects_v2().bucket("docs").send().await.unwrap();
    assert_eq!(listed.contents()[0].storage_class().map(ObjectStorageClass::as_str), Some("STANDARD_IA"));
}

#[tokio::test]
async fn a_copy_has_its_own_class_and_encryption_and_the_tags_it_was_told() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    let put = s3.put_object().bucket("docs").key("from").tagging("a=1").storage_class(StorageClass::StandardIa);
    put.server_side_encryption(ServerSideEncryption::AwsKmsDsse).send().await.unwrap();
    s3.copy_object().bucket("docs").key("same").copy_source("docs/from").send().await.unwrap();
    let retagged = s3.copy_object().bucket("docs").key("retagged").copy_source("docs/from").tagging("b=2");
    let copied = retagged
        .tagging_directive(TaggingDirective::Replace)
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_encryption_context("e30=")
        .send()
        .await
        .unwrap();
    assert_eq!(copied.ssekms_encryption_context(), Some("e30="));
    for (key, tag, encryption) in
        [("same", "a", ServerSideEncryption::Aes256), ("retagged", "b", ServerSideEncryption::AwsKms)]
    {
        let head = s3.head_object().bucket("docs").key(key).send().await.unwrap();
        assert_eq!((head.storage_class(), head.server_side_encryption()), (None, Some(&encryption)), "{key}");
        let tags = s3.get_object_tagging().bucket("docs").key(key).send().await.unwrap();
        assert_eq!(tags.tag_set()[0].key(), tag);
    }
}

#[tokio::test]
async fn what_s3_does_not_take_is_refused() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    let put = || s3.put_object().bucket("docs").key("k");
    let lock = || put().object_lock_mode(ObjectLockMode::Governance);
    let many = (0..11).map(|i| format!("{i}=")).collect::<Vec<_>>().join("&");
    for (put, code) in [
        (put().tagging("a=1&a=2"), "InvalidArgument"),
        (put().tagging(many), "InvalidTag"),
        (put().storage_class(StorageClass::Snow), "InvalidStorageClass"),
        (lock().content_md5(MD5_OF_NOTHING), "InvalidArgument"),
        (
            lock().object_lock_retain_until_date(until("2001-01-01T00:00:00Z")).content_md5(MD5_OF_NOTHING),
            "InvalidArgument",
        ),
    ] {
        let refused = put.send().await.unwrap_err().into_service_error();
        assert_eq!(refused.code(), Some(code));
    }
    let compared = put().if_match("\"e\"").send().await.unwrap_err().into_service_error();
    assert_eq!(compared.code(), Some("NoSuchKey"), "there is nothing to compare with");
    put().storage_class(StorageClass::Glacier).send().await.unwrap();
    let frozen = s3.get_object().bucket("docs").key("k").send().await.unwrap_err().into_service_error();
    assert_eq!(frozen.code(), Some("InvalidObjectState"));
}

#[tokio::test]
async fn tagging_locking_and_comparing_are_permissions_of_their_own() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "k", "x").await.unwrap();
    let write_only = serde_json::json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::docs/*"}});
    stack.put_policy("access", &write_only).await;
    let s3 = stack.s3(stack.session(900).await);
    let put = || s3.put_object().bucket("docs").key("k").content_md5(MD5_OF_NOTHING);
    put().send().await.unwrap();
    for put in [
        put().tagging("a=1"),
        put().object_lock_legal_hold_status(ObjectLockLegalHoldStatus::On),
        put().object_lock_mode(ObjectLockMode::Governance).object_lock_retain_until_date(until("2100-01-01T00:00:00Z")),
        put().if_match("\"e\""),
    ] {
        assert_eq!(put.send().await.unwrap_err().into_service_error().code(), Some("AccessDenied"));
    }
}

#[tokio::test]
async fn a_look_tells_of_ranges_parts_overrides_and_checksums() {
    let stack = Stack::with_signer().await;
    let s3 = stack.s3(administrator());
    let put = s3.put_object().bucket("docs").key("k").body(ByteStream::from_static(b"hello"));
    put.checksum_crc32_c("mnG7TA==").send().await.unwrap();
    let head = || s3.head_object().bucket("docs").key("k");
    let part = head().range("bytes=1-3").response_cache_control("no-store").send().await.unwrap();
    assert_eq!((part.content_length(), part.content_range()), (Some(3), Some("bytes 1-3/5")));
    assert_eq!((part.cache_control(), part.checksum_crc32_c()), (Some("no-store"), None));
    let first = head().part_number(1).checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(first.content_range(), Some("bytes 0-4/5"));
    assert_eq!(first.checksum_crc32_c(), Some("mnG7TA=="));
    assert!(head().part_number(2).send().await.is_err());
    assert!(head().part_number(1).range("bytes=0-1").send().await.is_err());

    let presigning = aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_mins(1)).unwrap();
    let url = head().range("bytes=1-3").presigned(presigning).await.unwrap();
    let headers: Vec<_> = url.headers().collect();
    assert_eq!(send(Method::HEAD, url.uri(), &headers, "").await.status, StatusCode::PARTIAL_CONTENT);
}
