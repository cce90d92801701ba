//! With `--auth jwt` the local API asks for a token, as the deployed one does behind its JWT authorizer.

use axum::http::{Method, StatusCode};
use end_to_end::{Bench, read_json, read_of, text, write_of};
use serde_json::{Value, json};

const TENANTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/settings/tenants.cedar");

async fn post(bench: &Bench, token: Option<&str>, request: &Value) -> (StatusCode, Value) {
    let headers = token.map_or(json!({}), |token| json!({"authorization": format!("Bearer {token}")}));
    let url = format!("{}/urls", bench.stack.endpoint());
    let response = bench.send(Method::POST, &url, &headers, request.to_string()).await;
    (response.status(), read_json(response).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_for_who_has_a_token() {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let tokens = bench.stack.tokens().unwrap();
    let mut forged = tokens.demo.clone();
    forged.truncate(forged.len() - 4);
    forged.push_str("AAAA");
    for (token, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some("nonsense"), StatusCode::UNAUTHORIZED),
        (Some(forged.as_str()), StatusCode::UNAUTHORIZED),
        (Some(tokens.demo.as_str()), StatusCode::OK),
        (Some(tokens.operator.as_str()), StatusCode::OK),
    ] {
        assert_eq!(post(&bench, token, &read_of("hello.txt")).await.0, status);
    }
    for token in [None, Some("nonsense")] {
        let (_, problem) = post(&bench, token, &read_of("hello.txt")).await;
        assert_eq!(problem["type"], "urn:presign:problem:not-authenticated");
        assert_eq!(problem["detail"], "the token is missing, or is not good here", "as a REST API says it");
        assert!(!text(&problem, "requestId").is_empty());
    }
    let (status, _) = bench.get(&format!("{}/healthz", bench.stack.endpoint())).await;
    assert_eq!(status, StatusCode::OK, "it asks for none");
    let (_, issued) = post(&bench, Some(&tokens.demo), &read_of("hello.txt")).await;
    assert!(text(&issued, "signedBy").ends_with("/demo-user"), "the session has the caller's name");
    assert_eq!(bench.follow(&issued, "").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claims_of_the_token_are_what_policies_speak_of() {
    let bench = Bench::start(&["--auth", "jwt", "--policies", TENANTS]).await;
    let tokens = bench.stack.tokens().unwrap();
    for (token, key, status) in [
        (&tokens.demo, "demo/mine", StatusCode::OK),
        (&tokens.demo, "another/theirs", StatusCode::FORBIDDEN),
        (&tokens.operator, "demo/mine", StatusCode::FORBIDDEN),
    ] {
        let (answered, problem) = post(&bench, Some(token), &write_of(key)).await;
        assert_eq!(answered, status, "{key}");
        if status == StatusCode::FORBIDDEN {
            assert_eq!(text(&problem, "type"), "urn:presign:problem:denied");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_have_the_keys_that_check_the_tokens() {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let endpoint = bench.stack.endpoint();
    let (_, discovery) = bench.get(&format!("{endpoint}/.well-known/openid-configuration")).await;
    let discovery: Value = serde_json::from_str(&discovery).unwrap();
    assert_eq!(text(&discovery, "issuer"), endpoint);
    let (_, keys) = bench.get(text(&discovery, "jwks_uri")).await;
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let algorithms: Vec<&str> = keys["keys"].as_array().unwrap().iter().map(|key| text(key, "alg")).collect();
    assert_eq!(algorithms, ["ES256", "RS256"]);
    assert!(keys["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()), "the private halves stay here");
}
