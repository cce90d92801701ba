//! Behind a REST API: the authorizer's answer lets a caller in, and says whose requests are counted together.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use authorize_callers::{Authorizer, Discovery, Settings, UsageKeys};
use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequest;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use end_to_end::{Bench, now, read_json, read_of, text};
use futures_util::future::join_all;
use http_api::{Event, TokenHeader};
use lambda_runtime::{Context, Diagnostic};
use serde_json::{Value, json};
use tower::ServiceExt;

const METHOD: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/POST/urls";

fn usage_keys() -> UsageKeys {
    UsageKeys::new("presigned-urls-test-caller-".to_owned(), NonZeroU32::new(32).unwrap())
}

/// The authorizer as it is deployed, for tokens of the stack's issuer.
pub fn authorizer(bench: &Bench) -> Authorizer<Discovery> {
    let issuer = bench.stack.endpoint();
    let discovery = Discovery::of(&issuer).unwrap();
    let audiences = vec!["presign-local".to_owned()];
    Authorizer::new(Settings { issuer, audiences, usage_keys: usage_keys() }, discovery, Arc::new(now))
}

async fn authorized(authorizer: &Authorizer<Discovery>, token: &str) -> Result<Value, Diagnostic> {
    let event = json!({"type": "TOKEN", "methodArn": METHOD, "authorizationToken": format!("Bearer {token}")});
    let event: ApiGatewayCustomAuthorizerRequest = serde_json::from_value(event).unwrap();
    let answer = authorizer.authorize(&event).await?;
    Ok(serde_json::to_value(answer).unwrap())
}

/// What the issuer answers once API Gateway has put the authorizer's answer into the event, as it does.
async fn issued(bench: &Bench, answer: &Value) -> Response {
    let settings = settings::Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let config = settings::Config { settings, table: local_stack::TABLE.to_owned() };
    let issuer = issue_urls::connect(config, end_to_end::policies(), &bench.stack.sdk_config(), Arc::new(now));
    let app = issue_urls::router(Arc::new(issuer));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/events/rest-api-put-object.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    event["body"] = json!(read_of("hello.txt").to_string());
    let mut context = answer["context"].clone();
    context["principalId"] = answer["principalId"].clone();
    context["integrationLatency"] = json!(7);
    event["requestContext"]["authorizer"] = context;
    let event: Event = serde_json::from_str(&event.to_string()).unwrap();
    app.oneshot(event.request_within(&Context::default(), TokenHeader::Authorization)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bearer_of_a_token_is_admitted_and_gets_urls_in_its_own_name() {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let tokens = bench.stack.tokens().unwrap();
    let authorizer = authorizer(&bench);
    for (token, name) in [(&tokens.demo, "demo-user"), (&tokens.operator, "operator")] {
        let answer = authorized(&authorizer, token).await.unwrap();
        assert_eq!(text(&answer, "principalId"), name);
        assert_eq!(text(&answer, "usageIdentifierKey"), usage_keys().of(name));
        let response = issued(&bench, &answer).await;
        assert_eq!(response.status(), StatusCode::OK);
        let url = read_json(response).await;
        assert!(text(&url, "signedBy").ends_with(&format!("/{name}")));
        assert_eq!(bench.follow(&url, "").await.0, StatusCode::OK);
    }
    let answer = authorized(&authorizer, &tokens.demo).await.unwrap();
    assert_eq!(answer["context"]["tenant"], "demo");
    assert_eq!(answer["context"]["groups"], r#"["tenants"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_gateway_makes_401_of_a_token_that_is_not_good_and_500_of_keys_that_cannot_be_had() {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let token = bench.stack.tokens().unwrap().demo.clone();
    let good = authorizer(&bench);
    let mut forged = token.clone();
    forged.truncate(token.len() - 4);
    forged.push_str("AAAA");
    for wrong in ["", "nonsense", &forged] {
        let told = authorized(&good, wrong).await.unwrap_err();
        assert_eq!((told.error_type.as_str(), told.error_message.as_str()), ("Unauthorized", "Unauthorized"));
    }
    // An issuer that publishes nothing.
    let silent = Bench::start(&[]).await;
    let told = authorized(&authorizer(&silent), &token).await.unwrap_err();
    assert_eq!(told.error_type, "KeysUnavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_asks_without_end_is_refused_and_others_are_not() {
    let bench = Bench::start(&["--auth", "jwt", "--caller-rate", "1"]).await;
    let tokens = bench.stack.tokens().unwrap();
    assert_ne!(usage_keys().of("demo-user"), usage_keys().of("operator"), "the two are counted apart");
    let ask = async |token: &str| {
        let headers = json!({"authorization": format!("Bearer {token}")});
        let url = format!("{}/urls", bench.stack.endpoint());
        bench.send(Method::POST, &url, &headers, read_of("hello.txt").to_string()).await
    };
    let answers = join_all((0..20).map(|_| ask(&tokens.demo))).await;
    let refused: Vec<_> =
        answers.into_iter().filter(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS).collect();
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.headers()["retry-after"], "1");
        let problem = read_json(answer).await;
        assert_eq!(text(&problem, "type"), "urn:presign:problem:too-many-requests");
        assert!(!text(&problem, "requestId").is_empty(), "{problem}");
    }
    assert_eq!(ask(&tokens.operator).await.status(), StatusCode::OK);
    bench.stack.advance(Duration::from_secs(20));
    assert_eq!(ask(&tokens.demo).await.status(), StatusCode::OK);
}
