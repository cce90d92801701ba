//! Operators see what is out: who has it, what it is for and until when, and never the URL.

use std::sync::Arc;
use std::time::Duration;

use authorization::Policies;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use end_to_end::{Bench, OtherIssuer, now, read_json, read_of, text, with};
use http_api::Caller;
use local_stack::TABLE;
use presign::clock::Clock;
use serde_json::{Value, json};
use settings::{Config, Settings};
use tower::ServiceExt;

async fn list(bench: &Bench, query: &str) -> Value {
    let (status, answer) = bench.get(&format!("{}/issued{query}", bench.stack.endpoint())).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    serde_json::from_str(&answer).unwrap()
}

fn keys(answer: &Value) -> Vec<&str> {
    answer["urls"].as_array().unwrap().iter().map(|url| text(url, "key")).collect()
}

/// Operators as they are deployed, with the settings in `settings` and a clock of their own.
fn operators(bench: &Bench, settings: Settings, clock: Clock) -> Router {
    let config = Config { settings, table: TABLE.to_owned() };
    let policies = Policies::parse("permit (principal, action, resource);").unwrap();
    operate_urls::router(Arc::new(operate_urls::connect(config, policies, &bench.stack.sdk_config(), clock)))
}

async fn list_from(operators: &Router, query: &str) -> Value {
    let mut request = Request::get(format!("/issued{query}")).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Caller::new("olga"));
    read_json(operators.clone().oneshot(request).await.unwrap()).await
}

/// An issuer for callers with names.
fn issuer(bench: &Bench) -> OtherIssuer {
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    OtherIssuer::new(&bench.stack.sdk_config(), &settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_is_listed_without_what_makes_it_work() {
    let bench = Bench::start(&[]).await;
    let issued = bench.issue(&read_of("a/hello.txt")).await;
    let (_, raw) = bench.get(&format!("{}/issued", bench.stack.endpoint())).await;
    let answer: Value = serde_json::from_str(&raw).unwrap();
    let expected = json!([{
        "principal": "local",
        "operation": "getObject",
        "bucket": "demo",
        "key": "a/hello.txt",
        "expiresAt": issued["expiresAt"],
        "signedBy": issued["signedBy"],
    }]);
    assert_eq!(answer["urls"], expected);
    assert!(!raw.contains("X-Amz") && !raw.contains("http"), "no part of the URL is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_asked_by_principal_bucket_and_prefix() {
    let bench = Bench::start(&[]).await;
    let issuer = issuer(&bench);
    for (caller, key) in [("alice", "a/1"), ("alice", "b/1"), ("bob", "a/2")] {
        assert_eq!(issuer.post(Some(caller), &read_of(key)).await.0, StatusCode::OK);
    }
    for (query, wanted) in [
        ("", vec!["a/1", "a/2", "b/1"]),
        ("?bucket=demo", vec!["a/1", "a/2", "b/1"]),
        ("?principal=alice", vec!["a/1", "b/1"]),
        ("?prefix=a%2F", vec!["a/1", "a/2"]),
        ("?bucket=demo&principal=bob&prefix=a/", vec!["a/2"]),
        ("?principal=bob&prefix=b/", vec![]),
        ("?principal=ali", vec![]),
    ] {
        let answer = list(&bench, query).await;
        let mut found = keys(&answer);
        found.sort_unstable();
        assert_eq!(found, wanted, "{query}");
        assert_eq!(answer.get("cursor"), None, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_together_have_each_url_once_those_that_end_first_before_the_others() {
    let bench = Bench::start(&[]).await;
    for i in 0..7 {
        let lifetime = json!({"expiresIn": 900 - 60 * i});
        bench.issue(&with(read_of(&format!("{i}")), &lifetime)).await;
    }
    let (mut found, mut pages, mut cursor) = (vec![], 0, String::new());
    loop {
        let answer = list(&bench, &format!("?limit=3{cursor}")).await;
        found.extend(keys(&answer).into_iter().map(str::to_owned));
        pages += 1;
        match answer["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((found.join(""), pages), ("6543210".to_owned(), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_not_listed() {
    let bench = Bench::start(&[]).await;
    bench.issue(&read_of("long")).await;
    bench.issue(&with(read_of("short"), &json!({"expiresIn": 60}))).await;
    let settings = Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let operators = operators(&bench, settings, Arc::new(|| now() + Duration::from_mins(2)));
    assert_eq!(keys(&list_from(&operators, "").await), ["long"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_looks_through_some_of_very_many_buckets_and_the_next_one_goes_on() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let (head, bucket) = settings.split_at(settings.find("[[buckets]]").unwrap());
    let buckets: String = (0..50).map(|i| bucket.replace("\"demo\"", &format!("\"bucket-{i:02}\""))).collect();
    let settings = format!("{head}{buckets}{bucket}");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    for bucket in ["bucket-00", "bucket-49", "demo"] {
        let read = with(read_of(bucket), &json!({"bucket": bucket}));
        assert_eq!(issuer.post(Some("alice"), &read).await.0, StatusCode::OK);
    }
    let operators = operators(&bench, Settings::from_toml(&settings).unwrap(), Arc::new(now));
    for (principal, expected) in [("alice", &["bucket-00", "bucket-49", "demo"][..]), ("nobody", &[])] {
        let (mut found, mut pages, mut cursor) = (vec![], 0, String::new());
        loop {
            let answer = list_from(&operators, &format!("?principal={principal}{cursor}")).await;
            found.extend(keys(&answer).into_iter().map(str::to_owned));
            pages += 1;
            match answer["cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        found.sort_unstable();
        assert_eq!((found.iter().map(String::as_str).collect::<Vec<_>>(), pages), (expected.to_vec(), 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_question_is_told_what_is_wrong_with_it() {
    let bench = Bench::start(&[]).await;
    for (query, status, field) in [
        ("?bucket=Demo", StatusCode::BAD_REQUEST, "bucket"),
        ("?limit=0", StatusCode::BAD_REQUEST, "limit"),
        ("?limit=1001", StatusCode::BAD_REQUEST, "limit"),
        ("?cursor=x", StatusCode::BAD_REQUEST, "cursor"),
        ("?buckets=demo", StatusCode::BAD_REQUEST, "buckets"),
        ("?limit=many", StatusCode::BAD_REQUEST, "limit"),
        ("?bucket=another", StatusCode::NOT_FOUND, "bucket"),
    ] {
        let (answered, answer) = bench.get(&format!("{}/issued{query}", bench.stack.endpoint())).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((answered, text(&answer, "field")), (status, field), "{query}: {answer}");
    }
}
