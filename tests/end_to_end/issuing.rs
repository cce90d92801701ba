use std::collections::BTreeSet;

use axum::http::StatusCode;
use end_to_end::{Bench, parameter, read_of, text, write_of};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_up_with_one_url_and_come_down_with_another() {
    let bench = Bench::start(&[]).await;
    let mut write = write_of("up/a file.txt");
    write["contentType"] = json!("text/plain; charset=utf-8");
    let put = bench.issue(&write).await;
    assert_eq!(put["headers"], json!({"content-type": "text/plain; charset=utf-8"}));
    assert_eq!(bench.follow(&put, "the bytes").await.0, StatusCode::OK);

    let mut read = read_of("up/a file.txt");
    read["responseContentDisposition"] = json!("attachment; filename=\"b.txt\"");
    let get = bench.issue(&read).await;
    let response = bench.send("GET".parse().unwrap(), text(&get, "url"), &json!({}), "").await;
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"b.txt\"");
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(end_to_end::read_text(response).await, "the bytes");

    let head = json!({"operation": "headObject", "bucket": "demo", "key": "up/a file.txt", "expiresIn": 60});
    let head = bench.issue(&head).await;
    assert_eq!(bench.follow(&head, "").await.0, StatusCode::OK);
    let delete = json!({"operation": "deleteObject", "bucket": "demo", "key": "up/a file.txt", "expiresIn": 60});
    let delete = bench.issue(&delete).await;
    assert_eq!(bench.follow(&delete, "").await.0, StatusCode::NO_CONTENT);
    let object = bench.s3().head_object().bucket("demo").key("up/a file.txt").send().await;
    assert!(object.unwrap_err().into_service_error().is_not_found());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_all_that_its_holder_must_know() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&read_of("hello.txt")).await;
    let fields: BTreeSet<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["cache", "expiresAt", "expiresIn", "headers", "limitedBy", "method", "signedBy", "url"];
    assert_eq!(fields, expected.into());
    assert_eq!(answer["method"], "GET");
    assert_eq!(answer["headers"], json!({}));
    assert_eq!(answer["expiresIn"], 900);
    assert_eq!(answer["limitedBy"], "request");
    assert_eq!(answer["cache"], "miss");
    assert_eq!(answer["signedBy"], "arn:aws:sts::123456789012:assumed-role/presign-demo-signer/local");
    assert_eq!(parameter(&answer, "X-Amz-Expires"), "900");
    assert_eq!(text(&answer, "expiresAt").len(), "2026-01-01T00:00:00Z".len());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_one_session() {
    let bench = Bench::start(&[]).await;
    let keys: Vec<_> = (0..100).map(|i| read_of(&format!("k{i}"))).collect();
    let mut credentials = BTreeSet::new();
    let (first, second) = keys.split_at(50);
    // Two bunches, each all at once.
    for bunch in [first, second] {
        let all = futures_util::future::join_all(bunch.iter().map(|request| bench.issue(request))).await;
        credentials.extend(all.iter().map(|answer| parameter(answer, "X-Amz-Credential").to_owned()));
    }
    assert_eq!(credentials.len(), 1);
    assert_eq!(bench.stack.aws().faults().calls(local_aws::AwsService::Sts, "AssumeRole"), 1);
    // Writing is another class of operation, and so another session.
    bench.issue(&write_of("k")).await;
    assert_eq!(bench.stack.aws().faults().calls(local_aws::AwsService::Sts, "AssumeRole"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_for_reading_cannot_write() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("hello.txt")).await;
    let token = parameter(&read, "X-Amz-Security-Token");
    let write = bench.issue(&write_of("hello.txt")).await;
    assert_ne!(token, parameter(&write, "X-Amz-Security-Token"));
    assert_eq!(
        bench.send("PUT".parse().unwrap(), text(&read, "url"), &json!({}), "x").await.status(),
        StatusCode::FORBIDDEN
    );
}
