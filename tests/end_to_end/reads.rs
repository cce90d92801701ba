//! What a GET or a HEAD is told, S3 answers with.

use axum::http::{Method, StatusCode};
use end_to_end::{Bench, read_of, read_text, text, with, write_of};
use serde_json::{Value, json};

const DISPOSITION: &str = "attachment; filename=\"é.txt\"";

#[tokio::test(flavor = "multi_thread")]
async fn every_override_is_answered_and_needs_no_header() {
    let bench = Bench::start(&[]).await;
    let fields = json!({
        "responseCacheControl": "no-store",
        "responseContentDisposition": DISPOSITION,
        "responseContentEncoding": "identity",
        "responseContentLanguage": "de",
        "responseContentType": "text/html; charset=utf-8",
        "responseExpires": "2027-01-01T00:00:00Z",
        "versionId": "null",
    });
    for operation in ["getObject", "headObject"] {
        let answer = bench.issue(&with(with(read_of("hello.txt"), &fields), &json!({"operation": operation}))).await;
        assert_eq!(answer["headers"], json!({}), "{operation}");
        let method: Method = text(&answer, "method").parse().unwrap();
        let response = bench.send(method, text(&answer, "url"), &json!({}), "").await;
        assert_eq!(response.status(), StatusCode::OK, "{operation}");
        let headers = response.headers();
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-encoding", "identity"),
            ("content-language", "de"),
            ("content-type", "text/html; charset=utf-8"),
            ("expires", "Fri, 01 Jan 2027 00:00:00 GMT"),
        ] {
            assert_eq!(headers[name], value, "{operation}");
        }
        assert_eq!(headers["content-disposition"].as_bytes(), DISPOSITION.as_bytes(), "{operation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_range_gives_just_that_range() {
    let bench = Bench::start(&[]).await;
    for (range, bytes) in [("bytes=0-4", "Hello"), ("bytes=11-", "a presigned URL.\n"), ("bytes=-5", "URL.\n")] {
        let answer = bench.issue(&with(read_of("hello.txt"), &json!({"range": range}))).await;
        assert_eq!(answer["headers"], json!({"range": range}));
        let response = bench.send(Method::GET, text(&answer, "url"), &answer["headers"], "").await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(read_text(response).await, bytes);
        for headers in [json!({}), json!({"range": "bytes=0-"})] {
            let response = bench.send(Method::GET, text(&answer, "url"), &headers, "").await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{headers}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_is_told_to_whom_the_url_asks_it_for() {
    let bench = Bench::start(&[]).await;
    let put = bench.issue(&with(write_of("k"), &json!({"checksumCRC32": "NhCmhg=="}))).await;
    assert_eq!(bench.follow(&put, "hello").await.0, StatusCode::OK);
    let checksum = async |fields: Value| {
        let answer = bench.issue(&with(read_of("k"), &fields)).await;
        let response = bench.send(Method::GET, text(&answer, "url"), &answer["headers"], "").await;
        response.headers().get("x-amz-checksum-crc32").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(checksum(json!({})).await, None);
    assert_eq!(checksum(json!({"checksumMode": "ENABLED"})).await.as_deref(), Some("NhCmhg=="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_asked_for_by_its_number() {
    let bench = Bench::start(&[]).await;
    let part = |number: u32| with(read_of("hello.txt"), &json!({"partNumber": number}));
    let first = bench.issue(&part(1)).await;
    assert_eq!(first["headers"], json!({}));
    let response = bench.send(Method::GET, text(&first, "url"), &json!({}), "").await;
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(response.headers()["content-range"], "bytes 0-27/28");
    let second = bench.issue(&part(2)).await;
    assert_eq!(bench.follow(&second, "").await.0, StatusCode::RANGE_NOT_SATISFIABLE);
    let tampered = text(&first, "url").replace("partNumber=1", "partNumber=2");
    assert_eq!(bench.get(&tampered).await.0, StatusCode::FORBIDDEN);
}
