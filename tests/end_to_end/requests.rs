//! Whatever is wrong with a request is said, and nothing is bent.

use axum::http::{Method, StatusCode};
use end_to_end::{Bench, read_of, read_text};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_field_is_named() {
    let bench = Bench::start(&[]).await;
    for (field, value) in [
        ("expiresIn", json!(0)),
        ("expiresIn", json!(-1)),
        ("expiresIn", json!(1.5)),
        ("expiresIn", json!("900")),
        ("expiresIn", json!(null)),
        ("expiresIn", json!(604_801)),
        ("expiresIn", json!(1e300)),
        ("operation", json!("GET")),
        ("operation", json!(null)),
        ("bucket", json!("Demo")),
        ("bucket", json!("../etc")),
        ("lifetime", json!("maximum")),
        ("minimumRemaining", json!(901)),
        ("minimumRemaining", json!(0)),
        ("contentType", json!("text/plain")),
        ("versionId", json!("a\r\nb")),
        ("versionId", json!(null)),
        ("method", json!("GET")),
    ] {
        let mut request = read_of("hello.txt");
        request[field] = value.clone();
        let (status, problem) = bench.post(request.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field} {value}");
        assert_eq!(problem["type"], "urn:presign:problem:invalid-request");
        assert_eq!(problem["field"], field, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused() {
    let bench = Bench::start(&[]).await;
    let twice = r#"{"operation":"getObject","operation":"putObject","bucket":"demo","key":"k","expiresIn":1}"#;
    let two = format!("{0}{0}", read_of("k"));
    let deep = "[".repeat(10_000);
    for body in ["", "null", "[]", "{}", "{", "{\"operation\":\"getObject\"", "\u{1}", twice, &two, &deep] {
        let (status, problem) = bench.post(body.to_owned()).await;
        assert_eq!((status, &problem["status"]), (StatusCode::BAD_REQUEST, &json!(400)), "{body:.40}");
        assert_ne!(problem["field"], "?", "{body:.40}");
    }
    let mut huge = read_of("k");
    huge["versionId"] = json!("v".repeat(100_000));
    let (status, problem) = bench.post(huge.to_string()).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("urn:presign:problem:body-too-large"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_has_a_profile_is_served() {
    let bench = Bench::start(&[]).await;
    let mut request = read_of("hello.txt");
    request["bucket"] = json!("other");
    let (status, problem) = bench.post(request.to_string()).await;
    assert_eq!((status, &problem["type"]), (StatusCode::NOT_FOUND, &json!("urn:presign:problem:bucket-not-served")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_are_there_and_no_others() {
    let bench = Bench::start(&[]).await;
    let endpoint = bench.stack.endpoint();
    for (method, path, status) in [
        (Method::GET, "/healthz", StatusCode::OK),
        (Method::GET, "/urls", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/healthz", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/url", StatusCode::NOT_FOUND),
        (Method::GET, "/", StatusCode::NOT_FOUND),
    ] {
        let response = bench.send(method, &format!("{endpoint}{path}"), &json!({}), "").await;
        assert_eq!(response.status(), status, "{path}");
        if status != StatusCode::OK {
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            let problem: Value = serde_json::from_str(&read_text(response).await).unwrap();
            assert_eq!(problem["status"], status.as_u16());
        }
    }
}
