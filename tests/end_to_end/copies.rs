//! A copy is presigned as anything else: it is bound to its source, and its encryption is the target's.

use aws_sdk_s3::types::StorageClass;
use axum::http::StatusCode;
use end_to_end::{Bench, OtherIssuer, text, with, write_of};
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn copy_of(source: &str, target: &str) -> Value {
    json!({
        "operation": "copyObject",
        "bucket": "demo",
        "key": target,
        "copySource": {"bucket": "demo", "key": source},
        "expiresIn": 900,
    })
}

async fn upload(bench: &Bench, key: &str, fields: &Value, body: &'static str) {
    let put = bench.issue(&with(write_of(key), fields)).await;
    assert_eq!(bench.follow(&put, body).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_encrypted_as_its_target_is_told_to_be() {
    let bench = Bench::start(&[]).await;
    let fields = json!({"contentType": "text/plain", "metadata": {"n": "1"}, "tagging": {"t": "1"}});
    upload(&bench, "from", &fields, "bytes").await;
    let encryption = json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": KEY, "bucketKeyEnabled": true});
    let answer = bench.issue(&with(copy_of("from", "to"), &encryption)).await;
    assert_eq!(text(&answer, "method"), "PUT");
    let headers = json!({
        "x-amz-copy-source": "demo/from",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": KEY,
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
    });
    assert_eq!(answer["headers"], headers);
    let (status, body) = bench.follow(&answer, "").await;
    assert!(status == StatusCode::OK && body.contains("<CopyObjectResult"), "{status} {body}");

    let copied = bench.s3().head_object().bucket("demo").key("to").send().await.unwrap();
    assert_eq!((copied.ssekms_key_id(), copied.bucket_key_enabled()), (Some(KEY), Some(true)));
    assert_eq!(copied.content_type(), Some("text/plain"), "the rest is the source's");
    assert_eq!(copied.metadata().unwrap()["n"], "1");
    let tags = bench.s3().get_object_tagging().bucket("demo").key("to").send().await.unwrap();
    assert_eq!(tags.tag_set()[0].key(), "t");
    assert_eq!(bench.issue_and_get("to").await, "bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_replaces_what_it_says_it_does() {
    let bench = Bench::start(&[]).await;
    upload(&bench, "from", &json!({"metadata": {"n": "1"}, "tagging": {"t": "1"}}), "bytes").await;
    let fields = json!({
        "metadataDirective": "REPLACE",
        "metadata": {"m": "2"},
        "contentType": "text/html",
        "expires": "2027-01-01T00:00:00Z",
        "taggingDirective": "REPLACE",
        "tagging": {"u": "2"},
        "storageClass": "STANDARD_IA",
    });
    let answer = bench.issue(&with(copy_of("from", "to"), &fields)).await;
    assert_eq!(bench.follow(&answer, "").await.0, StatusCode::OK);
    let copied = bench.s3().head_object().bucket("demo").key("to").send().await.unwrap();
    assert_eq!(copied.metadata().unwrap().keys().collect::<Vec<_>>(), ["m"]);
    assert_eq!(copied.content_type(), Some("text/html"));
    assert_eq!(copied.expires_string(), Some("Fri, 01 Jan 2027 00:00:00 GMT"));
    assert_eq!(copied.storage_class().map(StorageClass::as_str), Some("STANDARD_IA"));
    let tags = bench.s3().get_object_tagging().bucket("demo").key("to").send().await.unwrap();
    assert_eq!(tags.tag_set()[0].key(), "u");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_bound_to_its_source() {
    let bench = Bench::start(&[]).await;
    upload(&bench, "secret", &json!({}), "secret").await;
    let answer = bench.issue(&copy_of("hello.txt", "to")).await;
    for headers in
        [json!({}), json!({"x-amz-copy-source": "demo/secret"}), json!({"x-amz-copy-source": "/demo/hello.txt"})]
    {
        let response = bench.send("PUT".parse().unwrap(), text(&answer, "url"), &headers, "").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{headers}");
    }
    assert!(bench.s3().head_object().bucket("demo").key("to").send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn any_key_can_be_a_source() {
    let bench = Bench::start(&[]).await;
    for source in ["a b", "a+b", "a//b", "../up", "/lead", "100%", "%2F", "é/😀", "q?versionId=1&x#y", "~'()*!"] {
        upload(&bench, source, &json!({}), "bytes").await;
        let answer = bench.issue(&copy_of(source, "to")).await;
        let (status, body) = bench.follow(&answer, "").await;
        assert_eq!(status, StatusCode::OK, "{source}: {body}");
        assert_eq!(bench.issue_and_get("to").await, "bytes");
        let delete = json!({"operation": "deleteObject", "bucket": "demo", "key": "to", "expiresIn": 60});
        assert_eq!(bench.follow(&bench.issue(&delete).await, "").await.0, StatusCode::NO_CONTENT);
    }
}

/// Buckets: `demo`, of which only `out/` is served, `into`, for copies alone, and `other`, into which and out of which none go.
fn buckets(bench: &Bench) -> String {
    let table = |bucket: &str, operations: &str, prefix: &str| {
        format!(
            "[[buckets]]\nbucket = \"{bucket}\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\n\
             signingRole = \"arn:aws:iam::123456789012:role/presign-demo-signer\"\noperations = [{operations}]\n\
             prefixes = [\"{prefix}\"]\n",
            bench.stack.endpoint()
        )
    };
    format!(
        "{}{}{}",
        table("demo", "\"getObject\", \"copyObject\"", "out/"),
        table("into", "\"copyObject\"", ""),
        table("other", "\"putObject\"", "")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_its_profile_lets_be_read_is_copied_and_only_to_where_copies_may_go() {
    let bench = Bench::start(&[]).await;
    bench.s3().create_bucket().bucket("into").send().await.unwrap();
    upload(&bench, "out/k", &json!({}), "bytes").await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &buckets(&bench));
    let copy = |from: (&str, &str), to: (&str, &str)| {
        let source = json!({"bucket": from.0, "key": from.1});
        json!({"operation": "copyObject", "bucket": to.0, "key": to.1, "copySource": source, "expiresIn": 60})
    };
    for (from, to, status, field) in [
        (("demo", "hello.txt"), ("into", "k"), StatusCode::FORBIDDEN, "copySource"),
        (("other", "k"), ("into", "k"), StatusCode::FORBIDDEN, "copySource"),
        (("absent", "k"), ("into", "k"), StatusCode::NOT_FOUND, "copySource"),
        (("demo", "out/k"), ("other", "k"), StatusCode::FORBIDDEN, "operation"),
        (("demo", "out/k"), ("demo", "k"), StatusCode::FORBIDDEN, "key"),
    ] {
        let (answered, problem) = issuer.post(Some("me"), &copy(from, to)).await;
        assert_eq!((answered, &problem["field"]), (status, &json!(field)), "{from:?} {to:?}: {problem}");
    }

    // The role may not write to the bucket `into`; its owner lets it, and then the copy goes from bucket to bucket.
    let (_, answer) = issuer.post(Some("me"), &copy(("demo", "out/k"), ("into", "k"))).await;
    assert_eq!(bench.follow(&answer, "").await.0, StatusCode::FORBIDDEN);
    let more = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::into/*"}}"#;
    bench.put_role_policy("more", more).await;
    let (status, body) = bench.follow(&answer, "").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let copied = bench.s3().get_object().bucket("into").key("k").send().await.unwrap();
    assert_eq!(copied.body.collect().await.unwrap().into_bytes(), "bytes");
    let (_, within) = issuer.post(Some("me"), &copy(("demo", "out/k"), ("demo", "out/l"))).await;
    assert_eq!(bench.follow(&within, "").await.0, StatusCode::OK);
}
