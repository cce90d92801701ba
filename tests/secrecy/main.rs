//! Nothing that is logged, at the most talkative level, holds a signature, a token or a secret.
#![cfg(test)]

use std::sync::Arc;

use authorize_callers::{Authorizer, Discovery, Settings, UsageKeys};
use axum::http::{Method, StatusCode};
use end_to_end::{Bench, Captured, DENY_ALL, now, parameter, read_of, text, with, write_of};
use local_aws::{AwsService, Fault};
use logging::LevelFilter;
use serde_json::{Value, json};

/// What must not be seen of an answer.
fn secrets_of(answer: &Value) -> Vec<String> {
    let token = parameter(answer, "X-Amz-Security-Token");
    // The end of a token is its signature; its beginning is the same for all.
    let end_of_token = token.rsplit('.').next().unwrap_or_default();
    vec![parameter(answer, "X-Amz-Signature").to_owned(), end_of_token.to_owned()]
}

/// What the bearers of tokens do with them, at the API and at the authorizer of a REST API; the ends of tokens, which must not be seen.
async fn tokens_are_shown() -> Vec<String> {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let issuer = bench.stack.endpoint();
    let usage_keys = UsageKeys::new("a-prefix-".to_owned(), 32.try_into().unwrap());
    let settings = Settings { issuer: issuer.clone(), audiences: vec!["presign-local".to_owned()], usage_keys };
    let authorizer = Authorizer::new(settings, Discovery::of(&issuer).unwrap(), Arc::new(now));
    let good = bench.stack.tokens().unwrap().demo.clone();
    let of_a_key_that_is_not_there = format!("eyJhbGciOiJFUzI1NiIsImtpZCI6ImIifQ.{}", good.split_once('.').unwrap().1);
    let mut forged = good.clone();
    forged.replace_range(good.len() - 4..good.len() - 1, "AAA");
    let mut secrets = vec![];
    for token in [good, of_a_key_that_is_not_there, forged] {
        let method = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/v1/POST/urls";
        let event = json!({"type": "TOKEN", "methodArn": method, "authorizationToken": format!("Bearer {token}")});
        let answer = authorizer.authorize(&serde_json::from_value(event).unwrap()).await;
        assert_eq!(answer.is_ok(), secrets.is_empty(), "only the first is good");
        let headers = json!({"authorization": format!("Bearer {token}")});
        bench.send(Method::POST, &format!("{issuer}/urls"), &headers, read_of("hello.txt").to_string()).await;
        secrets.push(token.rsplit('.').next().unwrap_or_default().to_owned());
    }
    bench.stack.stop().await;
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_holds_a_signature_a_token_or_a_secret() {
    let captured = Captured::default();
    let writer = captured.clone();
    logging::init_text(LevelFilter::TRACE, move || writer.clone()).unwrap();

    let bench = Bench::start(&["--hold-seconds", "0", "--session-seconds", "60"]).await;
    let mut secrets = vec![local_stack::SECRET_ACCESS_KEY.to_owned()];
    let use_it = async |secrets: &mut Vec<String>, request: Value| {
        let answer = bench.issue(&request).await;
        secrets.extend(secrets_of(&answer));
        bench.follow(&answer, "x").await;
        answer
    };
    // What goes well.
    let first = use_it(&mut secrets, read_of("hello.txt")).await;
    use_it(&mut secrets, read_of("hello.txt")).await;
    use_it(&mut secrets, write_of("k")).await;
    use_it(&mut secrets, json!({"operation": "deleteObject", "bucket": "demo", "key": "k", "expiresIn": 60})).await;
    // Many at once, and with command lines, which hold the URL once more.
    let many = [with(read_of("a"), &json!({"curl": true})), with(write_of("b"), &json!({"curl": true})), json!({})];
    for answer in bench.batch(&many).await.iter().filter(|answer| answer["url"].is_string()) {
        secrets.extend(secrets_of(answer));
    }
    // What operators do with them.
    assert_eq!(bench.get(&format!("{}/issued", bench.stack.endpoint())).await.0, StatusCode::OK);
    let role = format!("arn:aws:iam::123456789012:role/{}", local_stack::ROLE);
    assert_eq!(bench.post_to("/revocations", &json!({"signingRole": role})).await.0, StatusCode::OK);
    // Forms and parts; and what the service itself asks of S3, which is signed too.
    let form =
        json!({"bucket": "demo", "key": "f", "expiresIn": 60, "contentLengthRange": {"maximum": 9}, "curl": true});
    let (_, form) = bench.post_to("/forms", &form).await;
    for secret in ["policy", "x-amz-signature", "x-amz-security-token"] {
        let secret = text(&form["fields"], secret);
        secrets.push(secret.rsplit('.').next().unwrap_or_default().to_owned());
    }
    bench.send_form(text(&form, "url"), &form["fields"], "x").await;
    let (_, upload) = bench.post_to("/multipart-uploads", &json!({"bucket": "demo", "key": "m"})).await;
    let upload = json!({"bucket": "demo", "key": "m", "uploadId": upload["uploadId"]});
    let parts = with(upload.clone(), &json!({"partNumbers": [1, 2], "expiresIn": 60}));
    let (_, urls) = bench.post_to("/multipart-uploads/parts", &parts).await;
    for part in urls["parts"].as_array().unwrap() {
        secrets.extend(secrets_of(part));
        bench.send(Method::PUT, text(part, "url"), &json!({}), "x").await;
    }
    let complete = with(upload.clone(), &json!({"parts": [{"partNumber": 1, "eTag": "\"none of it\""}]}));
    for (step, body) in [("list-parts", &upload), ("complete", &complete), ("abort", &upload), ("abort", &upload)] {
        bench.post_to(&format!("/multipart-uploads/{step}"), body).await;
    }
    // A redirect.
    let object = format!("{}/objects/demo/hello.txt?expiresIn=60", bench.stack.endpoint());
    let response = bench.send(Method::GET, &object, &json!({}), "").await;
    let location = response.headers()["location"].to_str().unwrap();
    secrets.extend(secrets_of(&json!({"url": location})));
    bench.get(location).await;
    let response = bench.send(Method::HEAD, &object, &json!({}), "").await;
    secrets.extend(secrets_of(&json!({"url": response.headers()["location"].to_str().unwrap()})));
    // What S3 refuses, and why.
    let tampered = text(&first, "url").replace("hello.txt", "other.txt");
    let (status, refusal) = bench.get(&tampered).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let refused = json!({"url": tampered, "error": refusal, "request": format!("GET {tampered} HTTP/1.1\n")});
    assert_eq!(bench.post_to("/diagnoses", &refused).await.0, StatusCode::OK);
    bench.post_to("/diagnoses", &json!({"url": tampered, "online": tampered})).await;
    bench.put_role_policy("deny", DENY_ALL).await;
    use_it(&mut secrets, read_of("hello.txt")).await;
    // What the API refuses: a whole URL where a key belongs, among others.
    let mut confused = read_of("hello.txt");
    confused["key"] = first["url"].clone();
    bench.post(confused.to_string()).await;
    confused["versionId"] = first["url"].clone();
    bench.post(confused.to_string()).await;
    bench.post(text(&first, "url").to_owned()).await;
    // And in the fields of operators.
    for field in ["tenant", "caller"] {
        bench.post_to("/revocations", &json!({"signingRole": role, field: first["url"]})).await;
    }
    bench.post_to("/revocations", &json!({"signingRole": format!("{role}/{}", text(&first, "url"))})).await;
    bench.post_to("/revocations", &json!({"signingRole": role, "issuedBefore": first["url"]})).await;
    // What AWS fails to do.
    for service in [AwsService::DynamoDb, AwsService::Sts] {
        for fault in [Fault::Fail(StatusCode::SERVICE_UNAVAILABLE), Fault::Fail(StatusCode::BAD_REQUEST), Fault::Drop] {
            bench.stack.aws().faults().set(service, fault);
            use_it(&mut secrets, read_of("hello.txt")).await;
        }
        bench.stack.aws().faults().set(service, Fault::None);
    }
    // What AWS says illegibly: the SDKs' errors hold the answer, and the answer holds a URL or a session.
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Garble);
    use_it(&mut secrets, read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::None);
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Garble);
    bench.delete_role_policy("deny").await;
    assert_eq!(bench.post(read_of("hello.txt").to_string()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    bench.stack.stop().await;
    secrets.extend(tokens_are_shown().await);

    let log = captured.take();
    for said in
        ["issued a URL", "the cache cannot be read", "admitted a caller", "refused a token", "refused a revocation"]
    {
        assert!(log.contains(said), "the log was captured");
    }
    assert!(secrets.iter().all(|secret| secret.len() >= 16), "each secret is one");
    for line in log.lines() {
        assert!(!line.contains("SecretAccessKey") && !line.contains("SessionToken"), "an answer is in the log");
        assert!(!line.contains("X-Amz-Signature=") || line.contains("X-Amz-Signature=***"), "a URL is in the log");
        for secret in &secrets {
            assert!(!line.contains(secret.as_str()), "a secret is in the log");
        }
    }
}
