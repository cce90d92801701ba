//! Each event in `tests/events` gets the answer that a table in `tests/events/expected` has for it. `tests/sam` sends the same
//! files to the functions as they are built, and holds them to the same tables.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use end_to_end::{Bench, now, policies, read_text, text};
use http_api::{Event, TokenHeader};
use invalidate_urls::{Answer, InvalidateError};
use lambda_runtime::{Context, Diagnostic};
use presign::profile::S3Endpoint;
use serde_json::{Map, Value, json};
use settings::{Config, Settings};
use tower::ServiceExt;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/events");

/// No request, among those of the same function.
const SCHEDULE_OF_OPERATORS: &str = "schedule-of-operators";

fn read(path: &str) -> String {
    fs::read_to_string(format!("{FOLDER}/{path}.json")).unwrap()
}

/// The request that an event brings.
fn request(event: &str) -> serde_json::Result<Request> {
    serde_json::from_str::<Event>(&read(event))
        .map(|event| event.request_within(&Context::default(), TokenHeader::Authorization))
}

/// What a function answers to each event, by the event's file.
fn expected(function: &str) -> Map<String, Value> {
    serde_json::from_str(&read(&format!("expected/{function}"))).unwrap()
}

/// Whether `answer` is as the table says, where `"*"` stands for anything.
fn is_as_expected(expected: &Value, answer: &Value) -> bool {
    match (expected, answer) {
        (Value::Object(expected), Value::Object(answer)) => {
            expected.len() == answer.len()
                && expected.iter().all(|(name, value)| answer.get(name).is_some_and(|a| is_as_expected(value, a)))
        }
        (Value::Array(expected), Value::Array(answer)) => {
            expected.len() == answer.len() && expected.iter().zip(answer).all(|(e, a)| is_as_expected(e, a))
        }
        _ => expected == "*" || expected == answer,
    }
}

/// The functions' configuration on a stack: the file that is deployed, filled in as `tests/sam` does through the environment.
fn deployed(bench: &Bench) -> Config {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/settings/sse-kms.toml");
    let text = fs::read_to_string(path)
        .unwrap()
        .replace("${AWS_REGION}", local_stack::REGION)
        .replace("${PRESIGN_BUCKET}", local_stack::BUCKET)
        .replace("${PRESIGN_PREFIX}", "")
        .replace("${PRESIGN_SESSION_TAG}", "")
        .replace("${PRESIGN_SOURCE_IDENTITY}", "")
        .replace("${PRESIGN_GROUPS_CLAIM}", "groups")
        .replace("${PRESIGN_TENANT_CLAIM}", "tenant")
        .replace("${PRESIGN_SIGNING_ROLE}", &format!("arn:aws:iam::123456789012:role/{}", local_stack::ROLE))
        .replace("${PRESIGN_KMS_KEY}", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    let settings = Settings::from_toml(&text).unwrap();
    let endpoint: S3Endpoint = bench.stack.endpoint().parse().unwrap();
    let profiles = settings.profiles.at_default_endpoint(endpoint);
    Config { settings: Settings { profiles, ..settings }, table: local_stack::TABLE.to_owned() }
}

/// An HTTP answer as the tables write it.
async fn http_answer(response: Response) -> Value {
    let header = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
    let headers: Map<String, Value> =
        response.headers().iter().map(|(name, value)| (name.to_string(), json!(header(value)))).collect();
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&read_text(response).await).unwrap();
    json!({"statusCode": status, "headers": headers, "body": body})
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_gets_its_answer_and_each_url_works() {
    let bench = Bench::start(&[]).await;
    let issuer = issue_urls::connect(deployed(&bench), policies(), &bench.stack.sdk_config(), Arc::new(now));
    let app = issue_urls::router(Arc::new(issuer));
    let mut wrong = vec![];
    for (event, expected) in expected("issue-urls") {
        let answer = match request(&event) {
            Ok(request) => http_answer(app.clone().oneshot(request).await.unwrap()).await,
            Err(error) => json!({"errorType": "", "errorMessage": error.to_string()}),
        };
        if answer["body"]["fields"].is_object() {
            let response = bench.send_form(text(&answer["body"], "url"), &answer["body"]["fields"], "a picture").await;
            assert!(response.status().is_success(), "{event}: the form gives {}", response.status());
        } else if answer["body"]["url"].is_string() {
            let (status, _) = bench.follow(&answer["body"], "").await;
            assert!(status.is_success(), "{event}: the URL gives {status}");
        }
        if !is_as_expected(&expected, &answer) {
            wrong.push(format!("{event}: {}", without_token(answer)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A URL is a bearer token, and has no place in the message of a test that fails.
fn without_token(mut answer: Value) -> Value {
    if let Some(url) = answer.pointer_mut("/body/url") {
        *url = json!(url.as_str().and_then(|url| url.split('?').next()));
    }
    for secret in ["/body/fields", "/body/parts"] {
        if let Some(secret) = answer.pointer_mut(secret) {
            *secret = json!("***");
        }
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operators_request_gets_its_answer() {
    let bench = Bench::start(&[]).await;
    let operator = operate_urls::connect(deployed(&bench), policies(), &bench.stack.sdk_config(), Arc::new(now));
    let operator = Arc::new(operator);
    let app = operate_urls::router(Arc::clone(&operator));
    let mut expected = expected("operate-urls");
    let home = "123456789012".parse().unwrap();
    let pruned = serde_json::to_value(operator.prune(Some(&home)).await).unwrap();
    assert!(is_as_expected(&expected.remove(SCHEDULE_OF_OPERATORS).unwrap(), &pruned), "{pruned}");
    // `sam local` runs the function in another account than the role's.
    assert_eq!(pruned["roles"], 1);
    for (event, expected) in expected {
        let answer = http_answer(app.clone().oneshot(request(&event).unwrap()).await.unwrap()).await;
        assert!(is_as_expected(&expected, &answer), "{event}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_question_why_a_url_fails_gets_its_answer() {
    let bench = Bench::start(&[]).await;
    let diagnoser = diagnose_urls::connect(deployed(&bench), policies(), &bench.stack.sdk_config(), Arc::new(now));
    let app = diagnose_urls::router(Arc::new(diagnoser));
    for (event, expected) in expected("diagnose-urls") {
        let answer = http_answer(app.clone().oneshot(request(&event).unwrap()).await.unwrap()).await;
        assert!(is_as_expected(&expected, &answer), "{event}: {answer}");
        if let Some(first) = answer["body"]["findings"].get(0) {
            assert_eq!(first["check"], "expired", "{event}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_policy_change_gets_its_answer() {
    let bench = Bench::start(&[]).await;
    let invalidator = invalidate_urls::connect(deployed(&bench), &bench.stack.sdk_config(), Arc::new(now));
    let home = "123456789012".parse().unwrap();
    let mut wrong = vec![];
    for (event, expected) in expected("invalidate-urls") {
        let answer: Result<Answer, InvalidateError> =
            invalidator.handle(serde_json::from_str(&read(&event)).unwrap(), Some(&home)).await;
        let answer = match answer {
            Ok(answer) => serde_json::to_value(answer).unwrap(),
            Err(error) => serde_json::to_value(Diagnostic::from(error)).unwrap(),
        };
        if !is_as_expected(&expected, &answer) {
            wrong.push(format!("{event}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_gets_its_answer() {
    let bench = Bench::start(&[]).await;
    let reconciler = reconcile_urls::connect(deployed(&bench), &bench.stack.sdk_config(), Arc::new(now));
    let home = "123456789012".parse().unwrap();
    for (event, expected) in expected("reconcile-urls") {
        let answer = serde_json::to_value(reconciler.reconcile(Some(&home)).await.unwrap()).unwrap();
        assert!(is_as_expected(&expected, &answer), "{event}: {answer}");
        let unseen: Vec<_> = answer["unseen"].as_array().unwrap().iter().map(|unseen| &unseen["part"]).collect();
        assert_eq!(unseen, ["keyState", "keyPolicy"], "the local stack has no KMS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_token_gets_its_answer() {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let authorizer = crate::authorizing::authorizer(&bench);
    for (event, expected) in expected("authorize-callers") {
        let answer = authorizer.authorize(&serde_json::from_str(&read(&event)).unwrap()).await;
        let answer = match answer {
            Ok(answer) => serde_json::to_value(answer).unwrap(),
            Err(error) => serde_json::to_value(Diagnostic::from(error)).unwrap(),
        };
        assert!(is_as_expected(&expected, &answer), "{event}: {answer}");
    }
}

#[test]
fn each_event_has_its_answer_in_one_table() {
    let files: BTreeSet<String> = fs::read_dir(FOLDER)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    let rows: Vec<String> =
        ["issue-urls", "invalidate-urls", "reconcile-urls", "operate-urls", "diagnose-urls", "authorize-callers"]
            .into_iter()
            .flat_map(|f| expected(f).into_iter())
            .map(|(event, _)| event)
            .collect();
    assert_eq!(rows.iter().cloned().collect::<BTreeSet<_>>(), files);
    assert_eq!(rows.len(), files.len(), "an event is in two tables");
}

#[test]
fn a_table_is_met_by_what_it_says_and_by_nothing_else() {
    let expected = json!({"a": ["*", {"b": 1}], "c": {}});
    assert!(is_as_expected(&expected, &json!({"a": [null, {"b": 1}], "c": {}})));
    for answer in [
        json!({"a": [null, {"b": 2}], "c": {}}),
        json!({"a": [null, {"b": 1}], "c": {"d": 1}}),
        json!({"a": [null, {"b": 1}]}),
        json!({"a": [{"b": 1}], "c": {}}),
        json!([]),
    ] {
        assert!(!is_as_expected(&expected, &answer), "{answer}");
    }
}
