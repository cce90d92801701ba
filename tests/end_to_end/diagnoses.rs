//! `POST /diagnoses`: why a URL fails, with the service's own eyes.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use diagnose_urls::{connect, router};
use end_to_end::{Bench, DENY_ALL, now, parameter, policies, read_json, read_of, text, write_of};
use http_api::Caller;
use local_aws::{AwsService, Fault};
use local_stack::TABLE;
use serde_json::{Value, json};
use settings::{Config, Settings};
use tower::ServiceExt;

async fn diagnose(bench: &Bench, body: &Value) -> (StatusCode, Value) {
    bench.post_to("/diagnoses", body).await
}

fn first(report: &Value) -> &str {
    text(&report["findings"][0], "check")
}

fn unseen(report: &Value) -> Vec<&str> {
    report["couldNotLook"].as_array().unwrap().iter().map(|unseen| text(unseen, "check")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_of_the_service_is_explained_by_what_its_signing_role_may() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("hello.txt")).await;
    let (status, report) = diagnose(&bench, &json!({"url": read["url"]})).await;
    assert_eq!((status, &report["causeFound"], &report["online"]), (StatusCode::OK, &json!(false), &json!(true)));
    // It is as good a URL for HEAD, say: nothing tells.
    assert!(unseen(&report).contains(&"signer-permission"), "{report}");
    let (_, address) = text(&read, "url").split_once("://").unwrap();
    let (host, target) = address.split_at(address.find('/').unwrap());
    let sent = format!("GET {target} HTTP/1.1\nHost: {host}\n\n");
    let (_, report) = diagnose(&bench, &json!({"url": read["url"], "request": sent})).await;
    assert!(report["passed"].as_array().unwrap().contains(&json!("signer-permission")), "{report}");

    bench.put_role_policy("deny", DENY_ALL).await;
    let (_, answer) = bench.get(text(&read, "url")).await;
    let (status, report) = diagnose(&bench, &json!({"url": read["url"], "error": answer})).await;
    assert_eq!((status, first(&report)), (StatusCode::OK, "signer-permission"), "{report}");
    assert_eq!(report["causeFound"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_never_told_back() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("hello.txt")).await;
    let url = text(&read, "url");
    let (_, answer) = bench.get(&url.replace("hello.txt", "other.txt")).await;
    for body in [
        json!({"url": url, "error": answer, "request": format!("GET {url} HTTP/1.1\nhost: h\n")}),
        json!({"url": format!("look: <{url}>."), "origin": url, "vpcEndpoint": url}),
        // Where they do not belong, so that a mistake might be quoted.
        json!({"url": "x", "online": url}),
        json!({"url": "x", "sourceIp": url}),
        json!({url: 1}),
        json!(url),
        json!({"url": "x", "error": url}),
        json!({"url": "x", "request": url}),
    ] {
        let (_, report) = diagnose(&bench, &body).await;
        let said = report.to_string();
        assert!(report.is_object(), "{said}");
        for secret in ["X-Amz-Signature", "X-Amz-Security-Token"] {
            let secret = parameter(&read, secret);
            let pieces = secret.as_bytes().windows(16).filter_map(|piece| std::str::from_utf8(piece).ok());
            for piece in pieces {
                assert!(!said.contains(piece), "a piece of a secret is in the answer");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_cannot_look_at_is_not_fine() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::Iam, Fault::Fail(StatusCode::FORBIDDEN));
    let (status, report) = diagnose(&bench, &json!({"url": read["url"]})).await;
    assert_eq!((status, &report["causeFound"]), (StatusCode::OK, &json!(false)), "{report}");
    assert!(unseen(&report).contains(&"signer-permission") && unseen(&report).contains(&"session-revoked"), "{report}");
    assert!(!report["passed"].as_array().unwrap().contains(&json!("signer-permission")), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_looked_at_for_a_bucket_without_a_profile_or_where_it_is_not_wanted() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("hello.txt")).await;
    let url = text(&read, "url");
    let calls = || {
        ["HeadBucket", "HeadObject", "GetBucketPolicy"]
            .map(|call| bench.stack.aws().faults().calls(AwsService::S3, call))
    };
    let before = calls();
    for body in [
        json!({"url": url.replace("/demo/", "/other-bucket/")}),
        json!({"url": url, "online": false}),
        json!({"url": "https://h.example/"}),
    ] {
        let (status, report) = diagnose(&bench, &body).await;
        assert_eq!((status, &report["online"]), (StatusCode::OK, &json!(false)), "{report}");
    }
    assert_eq!(calls(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_names_its_field() {
    let bench = Bench::start(&[]).await;
    for (body, field) in [
        (json!({"url": "hello"}), json!("url")),
        (json!({"url": "https://h.example/k", "error": "hello"}), json!("error")),
        (json!({"url": "https://h.example/k", "request": "hello"}), json!("request")),
        (json!({"url": "https://h.example/k", "sourceIp": "here"}), json!("sourceIp")),
        (json!({"url": "https://h.example/k", "signer": "me"}), json!("signer")),
    ] {
        let (status, problem) = diagnose(&bench, &body).await;
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &field), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whom_the_policies_permit_it_learns_why() {
    let bench = Bench::start(&[]).await;
    let written = bench.issue(&write_of("k")).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let config = Config { settings: Settings::from_toml(&settings).unwrap(), table: TABLE.to_owned() };
    let app = router(Arc::new(connect(config, policies(), &bench.stack.sdk_config(), Arc::new(now))));
    for url in [text(&written, "url"), "https://h.example/k"] {
        let mut request = Request::post("/diagnoses")
            .body(Body::from(json!({"url": url, "error": "no document"}).to_string()))
            .unwrap();
        request.extensions_mut().insert(Caller::new("alice@example.com"));
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(text(&read_json(response).await, "type"), "urn:presign:problem:denied");
    }
}
