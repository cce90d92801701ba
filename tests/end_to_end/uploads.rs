//! What a PUT is told, S3 stores; what is changed or left out of it, S3 refuses.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode};
use end_to_end::{Bench, read_text, text, with, write_of};
use serde_json::{Value, json};

use crate::upload_cases::{BODY, Case, cases};

/// What HEAD tells of an object, its checksum included.
async fn head(bench: &Bench, key: &str) -> HeaderMap {
    let request =
        json!({"operation": "headObject", "bucket": "demo", "key": key, "expiresIn": 60, "checksumMode": "ENABLED"});
    let answer = bench.issue(&request).await;
    let response = bench.send(Method::HEAD, text(&answer, "url"), &answer["headers"], "").await;
    assert_eq!(response.status(), StatusCode::OK, "{key}");
    response.headers().clone()
}

async fn refused(bench: &Bench, url: &str, headers: &Value, code: &str) {
    let response = bench.send(Method::PUT, url, headers, BODY).await;
    let status = response.status();
    let body = read_text(response).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{headers}: {body}");
    assert!(body.contains(&format!("<Code>{code}</Code>")), "{headers}: {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_is_sent_as_told_and_stored_as_told() {
    let bench = Bench::start(&[]).await;
    for (i, Case { fields, headers, told }) in cases().iter().enumerate() {
        let key = format!("k{i}");
        let answer = bench.issue(&with(write_of(&key), fields)).await;
        assert_eq!(&answer["headers"], headers, "{fields}");
        let (status, body) = bench.follow(&answer, BODY).await;
        assert_eq!(status, StatusCode::OK, "{fields}: {body}");
        let stored = head(&bench, &key).await;
        for (name, value) in *told {
            assert_eq!(stored[*name], *value, "{fields}");
        }
        assert_eq!(stored["content-length"], "5");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_header_that_is_left_out_or_changed_is_missed() {
    let bench = Bench::start(&[]).await;
    for Case { fields, headers, .. } in cases() {
        let answer = bench.issue(&with(write_of("never"), &fields)).await;
        let url = text(&answer, "url");
        // HTTP itself sets the length: below.
        for (name, value) in headers.as_object().unwrap().iter().filter(|(name, _)| *name != "content-length") {
            let mut fewer = headers.clone();
            fewer.as_object_mut().unwrap().remove(name);
            refused(&bench, url, &fewer, "SignatureDoesNotMatch").await;
            let mut other = headers.clone();
            other[name] = json!(format!("{}x", value.as_str().unwrap()));
            refused(&bench, url, &other, "SignatureDoesNotMatch").await;
        }
        let mut more = headers.clone();
        more["x-amz-acl"] = json!("public-read");
        refused(&bench, url, &more, "AccessDenied").await;
    }
    assert!(bench.s3().head_object().bucket("demo").key("never").send().await.is_err(), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_length_is_exact() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&with(write_of("k"), &json!({"contentLength": 5}))).await;
    let url = text(&answer, "url");
    for body in ["", "hell", "hello!"] {
        let response = bench.send(Method::PUT, url, &json!({}), body).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{body}");
    }
    assert_eq!(bench.follow(&answer, BODY).await.0, StatusCode::OK);
    // Without a length: in chunks. It comes last, since the connection may be gone after it.
    let refused = loop {
        let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("hel"), Ok("lo")]);
        // Whoever refuses early may have hung up before all is sent.
        if let Ok(response) = bench.try_send(Method::PUT, url, &json!({}), Body::from_stream(chunks)).await {
            break response;
        }
    };
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_do_not_match_their_digest_are_not_stored() {
    let bench = Bench::start(&[]).await;
    for fields in [
        json!({"contentMD5": "XUFAKrxLKna5cZ2REBfFkg=="}),
        json!({"checksumCRC32": "NhCmhg=="}),
        json!({"checksumCRC32C": "mnG7TA=="}),
        json!({"checksumCRC64NVME": "M3eFcAZSQlc="}),
        json!({"checksumSHA1": "qvTGHdzF6KLavt4PO0gs2a6pQ00="}),
        json!({"checksumSHA256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}),
    ] {
        let answer = bench.issue(&with(write_of("never"), &fields)).await;
        let (status, body) = bench.follow(&answer, "other").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{fields}: {body}");
    }
    assert!(bench.s3().head_object().bucket("demo").key("never").send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_told_nothing_carries_no_checksum() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&write_of("k")).await;
    assert_eq!(answer["headers"], json!({}));
    assert!(
        !text(&answer, "url").contains("checksum"),
        "an SDK's presigner would have promised the digest of no bytes"
    );
    assert_eq!(bench.follow(&answer, BODY).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_only_url_creates_once() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&with(write_of("once"), &json!({"ifNoneMatch": "*"}))).await;
    assert_eq!(bench.follow(&answer, "first").await.0, StatusCode::OK);
    assert_eq!(bench.follow(&answer, "second").await.0, StatusCode::PRECONDITION_FAILED);
    assert_eq!(bench.issue_and_get("once").await, "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_overwritten_only_while_it_is_the_one_that_was_seen() {
    let bench = Bench::start(&[]).await;
    assert_eq!(bench.follow(&bench.issue(&write_of("k")).await, BODY).await.0, StatusCode::OK);
    let seen = head(&bench, "k").await["etag"].to_str().unwrap().to_owned();
    let overwrite = bench.issue(&with(write_of("k"), &json!({"ifMatch": seen}))).await;
    assert_eq!(overwrite["headers"]["if-match"], json!(seen));
    assert_eq!(bench.follow(&overwrite, "changed").await.0, StatusCode::OK);
    assert_eq!(bench.follow(&overwrite, "too late").await.0, StatusCode::PRECONDITION_FAILED);
    assert_eq!(bench.issue_and_get("k").await, "changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_the_encryption_context_are_stored_as_told() {
    let bench = Bench::start(&[]).await;
    let fields = json!({
        "tagging": {"project": "a b+c", "é": "", "path": "x/y=z"},
        "serverSideEncryption": "aws:kms",
        "ssekmsEncryptionContext": {"team": "b", "app": "a"},
    });
    let answer = bench.issue(&with(write_of("k"), &fields)).await;
    let response = bench.send(Method::PUT, text(&answer, "url"), &answer["headers"], BODY).await;
    assert_eq!(response.headers()["x-amz-server-side-encryption-context"], "eyJhcHAiOiJhIiwidGVhbSI6ImIifQ==");
    let stored = bench.s3().get_object_tagging().bucket("demo").key("k").send().await.unwrap();
    let mut tags: Vec<_> = stored.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
    tags.sort_unstable();
    assert_eq!(tags, [("path", "x/y=z"), ("project", "a b+c"), ("é", "")]);
}
