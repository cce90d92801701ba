use std::time::Duration;

use axum::http::StatusCode;
use end_to_end::{Bench, read_of, text};
use serde_json::{Value, json};

fn for_an_hour() -> Value {
    json!({"operation": "getObject", "bucket": "demo", "key": "hello.txt", "expiresIn": 3600})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_from_a_session_of_a_minute_is_under_a_minute_and_says_so() {
    let bench = Bench::start(&["--session-seconds", "60"]).await;
    let answer = bench.issue(&for_an_hour()).await;
    assert_eq!(answer["limitedBy"], "session");
    let expires_in = answer["expiresIn"].as_u64().unwrap();
    assert!((50..=59).contains(&expires_in), "{expires_in} s of a session of 60 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_works_until_it_ends_and_not_after() {
    let bench = Bench::start(&["--session-seconds", "600"]).await;
    let answer = bench.issue(&for_an_hour()).await;
    let lives = answer["expiresIn"].as_u64().unwrap();
    assert!((590..=599).contains(&lives), "{lives}");
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
    bench.stack.advance(Duration::from_secs(lives - 30));
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
    bench.stack.advance(Duration::from_secs(30));
    let (_, refusal) = bench.get(text(&answer, "url")).await;
    assert!(refusal.contains("expired"), "{refusal}");
    let next = bench.issue(&for_an_hour()).await;
    assert_eq!(bench.get(text(&next, "url")).await.0, StatusCode::OK, "the next one comes of a new session");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_or_the_longest_that_can_be_had() {
    let bench = Bench::start(&["--session-seconds", "60"]).await;
    let mut request = for_an_hour();
    request["lifetime"] = json!("require");
    let (status, problem) = bench.post(request.to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["type"], "urn:presign:problem:lifetime-unavailable");
    assert_eq!(problem["limitedBy"], "session");
    let longest = problem["longestExpiresIn"].as_u64().unwrap();
    assert_eq!(longest, 57, "60 s, less 1 s for clocks and 2 s for making a session");
    request["expiresIn"] = json!(longest);
    let (status, answer) = bench.post(request.to_string()).await;
    assert_eq!(
        (status, &answer["expiresIn"], &answer["limitedBy"]),
        (StatusCode::OK, &json!(longest), &json!("request"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_must_have_what_the_request_insists_on() {
    let bench = Bench::start(&[]).await;
    let first = bench.issue(&read_of("hello.txt")).await;
    bench.stack.advance(Duration::from_secs(1));
    let again = bench.issue(&read_of("hello.txt")).await;
    assert!(again["expiresIn"].as_u64() < Some(900));
    assert_eq!((&again["cache"], &again["url"]), (&json!("hit"), &first["url"]));
    let mut insisting = read_of("hello.txt");
    insisting["minimumRemaining"] = json!(900);
    let answer = bench.issue(&insisting).await;
    assert_eq!((&answer["cache"], &answer["expiresIn"]), (&json!("miss"), &json!(900)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_whole_is_new_and_leaves_the_stable_url_alone() {
    let bench = Bench::start(&[]).await;
    let stable = bench.issue(&read_of("hello.txt")).await;
    let mut whole = read_of("hello.txt");
    whole["lifetime"] = json!("require");
    let answer = bench.issue(&whole).await;
    assert_eq!((&answer["cache"], &answer["expiresIn"]), (&json!("bypass"), &json!(900)));
    whole["minimumRemaining"] = json!(600);
    assert_eq!(bench.issue(&whole).await["url"], stable["url"], "it says that less will do");
    assert_eq!(bench.issue(&read_of("hello.txt")).await["url"], stable["url"]);
}
