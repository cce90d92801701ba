//! The issuer as Lambda calls it: requests wrapped by API Gateway, callers told by its authorizer.

use std::convert::Infallible;

use axum::http::StatusCode;
use axum::response::Response;
use end_to_end::{Bench, read_text, text};
use issue_urls::behind_api_gateway;
use serde_json::Value;
use tower::{Service, ServiceExt};

/// Answers the event in a file.
async fn invoke<S>(app: &S, file: &str) -> (StatusCode, Value)
where
    S: Service<lambda_http::Request, Response = Response, Error = Infallible> + Clone,
{
    let path = format!("{}/events/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let request = lambda_http::request::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&read_text(response).await).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_is_whom_the_authorizer_names() {
    let bench = Bench::start(&[]).await;
    let settings = settings::Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let config = settings::Config { settings, table: local_stack::TABLE.to_owned() };
    let issuer = issue_urls::connect(config, &bench.stack.sdk_config(), std::sync::Arc::new(end_to_end::now));
    let app = behind_api_gateway(issue_urls::router(std::sync::Arc::new(issuer)));
    for (file, session) in [
        ("api-http-jwt", "/alice@example.com"),
        ("api-http-iam", "/arn-aws-iam--123456789012-user-alice-"),
        ("api-rest-iam", "/arn-aws-iam--123456789012-user-alice-"),
    ] {
        let (status, answer) = invoke(&app, file).await;
        assert_eq!(status, StatusCode::OK, "{file}: {}", answer["detail"]);
        assert!(text(&answer, "signedBy").contains(session), "{file}: {}", answer["signedBy"]);
        assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
    }
    let (status, problem) = invoke(&app, "api-http-stranger").await;
    assert_eq!((status, text(&problem, "type")), (StatusCode::UNAUTHORIZED, "urn:presign:problem:not-authenticated"));
}
