//! Addresses and batches as API Gateway hands them over.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use end_to_end::{Bench, read_text, text};
use http_api::{Event, TokenHeader};
use lambda_runtime::Context;
use serde_json::{Value, json};
use tower::ServiceExt;

fn event(file: &str) -> Value {
    let path = format!("{}/events/{file}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn respond(app: &Router, event: &Value) -> Response {
    let event: Event = serde_json::from_str(&event.to_string()).unwrap();
    app.clone().oneshot(event.request_within(&Context::default(), TokenHeader::Authorization)).await.unwrap()
}

/// The issuer of a stack, as it is deployed.
fn deployed(bench: &Bench) -> Router {
    let settings = settings::Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let config = settings::Config { settings, table: local_stack::TABLE.to_owned() };
    let issuer = issue_urls::connect(
        config,
        end_to_end::policies(),
        &bench.stack.sdk_config(),
        std::sync::Arc::new(end_to_end::now),
    );
    issue_urls::router(std::sync::Arc::new(issuer))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_for_the_key_that_was_asked_for_whatever_the_gateway_makes_of_the_path() {
    let bench = Bench::start(&[]).await;
    let app = deployed(&bench);
    for (asked, decoded, key) in [
        ("a%20b", "a b", "a b"),
        ("a//b/../c", "a//b/../c", "a//b/../c"),
        ("a%252Fb", "a%2Fb", "a%2Fb"),
        ("100%25", "100%", "100%"),
        ("%C3%A9%23", "é#", "é#"),
        ("a+b", "a+b", "a+b"),
    ] {
        // An HTTP API hands the path over decoded, a REST API as it came.
        let mut http = event("http-api-get-object");
        http["rawPath"] = json!(format!("/objects/demo/{decoded}"));
        http["rawQueryString"] = json!("expiresIn=60");
        http["requestContext"]["http"]["method"] = json!("GET");
        let mut staged = http.clone();
        staged["requestContext"]["stage"] = json!("v1");
        staged["rawPath"] = json!(format!("/v1/objects/demo/{decoded}"));
        let mut url = http.clone();
        url["requestContext"]["domainName"] = json!("id.lambda-url.us-east-1.on.aws");
        url["rawPath"] = json!(format!("/objects/demo/{asked}"));
        let mut rest = event("rest-api-get-object");
        rest["path"] = json!(format!("/objects/demo/{asked}"));
        rest["httpMethod"] = json!("GET");
        rest["queryStringParameters"] = json!({"expiresIn": "60"});
        rest["multiValueQueryStringParameters"] = json!({"expiresIn": ["60"]});
        for event in [http, staged, url, rest] {
            let response = respond(&app, &event).await;
            assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT, "{event}");
            let location = response.headers()["location"].to_str().unwrap();
            let issued = bench.issue(&end_to_end::read_of(key)).await;
            let address = |url: &str| url.split('?').next().unwrap().to_owned();
            assert_eq!(address(location), address(text(&issued, "url")), "{event}");
            assert!(location.contains("X-Amz-Expires=60&"), "{event}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_comes_through_the_gateway_too() {
    let bench = Bench::start(&[]).await;
    let mut batch = event("http-api-get-object");
    batch["rawPath"] = json!("/urls/batch");
    let requests = [end_to_end::read_of("hello.txt"), json!({})];
    batch["body"] = json!(json!({"requests": requests}).to_string());
    let response = respond(&deployed(&bench), &batch).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Value = serde_json::from_str(&read_text(response).await).unwrap();
    assert_eq!(bench.get(text(&answer["results"][0], "url")).await.0, StatusCode::OK);
    assert_eq!(answer["results"][1]["status"], 400);
}
