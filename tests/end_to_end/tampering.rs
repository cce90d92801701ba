//! What a URL binds, S3 holds its holder to.

use axum::http::{Method, StatusCode};
use end_to_end::{Bench, parameter, read_of, read_text, text, write_of};
use serde_json::{Value, json};

async fn refused(bench: &Bench, method: Method, url: &str, headers: &Value, code: &str) {
    let response = bench.send(method, url, headers, "x").await;
    let status = response.status();
    let body = read_text(response).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert!(body.contains(&format!("<Code>{code}</Code>")), "{code}: {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_signature_key_method_or_expiry_is_refused() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&read_of("hello.txt")).await;
    let url = text(&answer, "url");
    let none = json!({});
    let signature = parameter(&answer, "X-Amz-Signature");
    let other = signature.chars().rev().collect::<String>();
    for changed in [
        url.replace(signature, &other),
        url.replace("hello.txt", "other.txt"),
        url.replace("X-Amz-Expires=900", "X-Amz-Expires=901"),
        url.replace("X-Amz-Date=2", "X-Amz-Date=3"),
        format!("{url}&versionId=1"),
    ] {
        assert_ne!(changed, url);
        let response = bench.send(Method::GET, &changed, &none, "").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{}", read_text(response).await);
    }
    refused(&bench, Method::PUT, url, &none, "SignatureDoesNotMatch").await;
    refused(&bench, Method::DELETE, url, &none, "SignatureDoesNotMatch").await;
    assert_eq!(bench.get(url).await.0, StatusCode::OK, "untouched, it is good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_header_must_come_as_it_was_signed() {
    let bench = Bench::start(&[]).await;
    let mut write = write_of("k");
    write["contentType"] = json!("text/plain");
    let answer = bench.issue(&write).await;
    let url = text(&answer, "url");
    refused(&bench, Method::PUT, url, &json!({}), "SignatureDoesNotMatch").await;
    refused(&bench, Method::PUT, url, &json!({"content-type": "text/html"}), "SignatureDoesNotMatch").await;
    let extra = json!({"content-type": "text/plain", "x-amz-acl": "public-read"});
    refused(&bench, Method::PUT, url, &extra, "AccessDenied").await;
    assert_eq!(bench.follow(&answer, "x").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_upload_does_not_bind_its_holder_chooses() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&write_of("k")).await;
    let chosen = json!({"content-type": "text/html", "content-disposition": "inline", "cache-control": "no-store"});
    let response = bench.send(Method::PUT, text(&answer, "url"), &chosen, "x").await;
    assert_eq!(response.status(), StatusCode::OK, "{}", read_text(response).await);
    let head = bench.s3().head_object().bucket("demo").key("k").send().await.unwrap();
    assert_eq!((head.content_type(), head.cache_control()), (Some("text/html"), Some("no-store")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_session_or_none_is_refused() {
    let bench = Bench::start(&[]).await;
    let (read, write) = (bench.issue(&read_of("hello.txt")).await, bench.issue(&write_of("hello.txt")).await);
    let token = parameter(&read, "X-Amz-Security-Token");
    let other = text(&read, "url").replace(token, parameter(&write, "X-Amz-Security-Token"));
    assert_ne!(bench.get(&other).await.0, StatusCode::OK);
    let none = text(&read, "url").replace(&format!("X-Amz-Security-Token={token}&"), "");
    assert_ne!(bench.get(&none).await.0, StatusCode::OK);
}
