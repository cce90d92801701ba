//! `POST /urls/batch`: many requests, each as if it came alone, for few calls.

use std::time::Duration;

use axum::http::{Method, Request, StatusCode};
use end_to_end::{Bench, OtherIssuer, parameter, read_of, read_text, text, with, write_of};
use local_aws::{AwsService, Fault};
use serde_json::{Value, json};

fn reads(range: std::ops::Range<u32>) -> Vec<Value> {
    range.map(|i| read_of(&format!("k{i}"))).collect()
}

fn all<'a>(results: &'a [Value], field: &str) -> Vec<&'a Value> {
    results.iter().map(|result| &result[field]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_order_and_a_bad_request_spoils_no_other() {
    let bench = Bench::start(&[]).await;
    let requests = [
        read_of("hello.txt"),
        json!("not even a request"),
        with(write_of("k"), &json!({"contentType": "text/plain", "curl": true})),
        with(read_of("k"), &json!({"contentType": "text/plain"})),
        json!({"operation": "getObject"}),
        with(read_of("k"), &json!({"bucket": "absent"})),
        with(read_of("k"), &json!({"expiresIn": 604_800, "lifetime": "require"})),
        with(read_of("k"), &json!({"operation": "headObject"})),
    ];
    let results = bench.batch(&requests).await;
    assert_eq!(
        all(&results, "status"),
        [&Value::Null, &json!(400), &Value::Null, &json!(400), &json!(400), &json!(404), &json!(422), &Value::Null]
    );
    assert_eq!(all(&results, "method")[0], "GET");
    assert_eq!(all(&results, "method")[2], "PUT");
    assert_eq!(all(&results, "method")[7], "HEAD");
    assert_eq!((&results[3]["field"], &results[5]["field"]), (&json!("contentType"), &json!("bucket")));
    assert_eq!(results[6]["limitedBy"], "session");
    assert_eq!(bench.follow(&results[2], "x").await.0, StatusCode::OK);
    assert!(text(&results[2], "curl").starts_with("curl "));
    assert_eq!(bench.follow(&results[0], "").await.0, StatusCode::OK);
    for (request, result) in requests.iter().zip(&results) {
        let (status, alone) = bench.post(request.to_string()).await;
        match status {
            StatusCode::OK => assert_eq!(alone["headers"], result["headers"]),
            _ => assert_eq!(alone["type"], result["type"], "as if it came alone"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_without_their_fields_are_no_request_anywhere() {
    let bench = Bench::start(&[]).await;
    let copy = json!({"operation": "copyObject", "bucket": "demo", "key": "k", "expiresIn": 60, "copySource": ["demo", "hello.txt"]});
    let results = bench.batch(&[json!(["getObject", "demo", "hello.txt", 60]), copy, read_of("hello.txt")]).await;
    assert_eq!(all(&results, "status"), [&json!(400), &json!(400), &Value::Null]);
    assert_eq!(results[1]["field"], "copySource");
    for (path, body) in [
        ("/urls/batch", json!([[read_of("hello.txt")]])),
        ("/forms", json!({"bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": [0, 1]})),
        ("/multipart-uploads/abort", json!(["demo", "k", "id"])),
        (
            "/multipart-uploads/complete",
            json!({"bucket": "demo", "key": "k", "uploadId": "id", "parts": [[1, "\"e\""]]}),
        ),
        ("/revocations", json!(["arn:aws:iam::123456789012:role/presign-demo-signer", "a", "b", "c", true])),
        ("/diagnoses", json!(["https://h.example/", "", "", "::1", "", "", false])),
    ] {
        let (status, answer) = bench.post_to(path, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_urls_cost_one_session_and_a_reading_for_each_hundred_keys() {
    let bench = Bench::start(&[]).await;
    let calls = |service, action| bench.stack.aws().faults().calls(service, action);
    // It is calls that are counted here, and a slow machine may take its time for them.
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let patient = settings.replace("timeoutMilliseconds = 1000", "timeoutMilliseconds = 10000");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &patient);
    let requests = reads(0..1000);
    let results = issuer.batch("me", &requests).await;
    assert_eq!(results.len(), 1000);
    for (i, result) in results.iter().enumerate() {
        assert!(text(result, "url").contains(&format!("/demo/k{i}?")), "{i}");
        assert_eq!(result["cache"], "miss");
        assert_eq!(parameter(result, "X-Amz-Credential"), parameter(&results[0], "X-Amz-Credential"));
    }
    assert_eq!(calls(AwsService::Sts, "AssumeRole"), 1);
    // Of the hundred keys that one reading has, some are of generations.
    let readings = calls(AwsService::DynamoDb, "BatchGetItem");
    assert!(readings <= 11, "{readings}");
    assert_eq!(calls(AwsService::DynamoDb, "BatchWriteItem"), 1000 / 25);
    assert_eq!(calls(AwsService::DynamoDb, "PutItem"), 0);

    let again = issuer.batch("me", &requests).await;
    assert_eq!(all(&again, "url"), all(&results, "url"), "from the cache");
    assert!(again.iter().all(|result| result["cache"] == "hit"));
    assert_eq!(calls(AwsService::DynamoDb, "BatchGetItem") - readings, readings);
    assert_eq!(issuer.post(Some("me"), &requests[999]).await.1["url"], results[999]["url"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_the_same_get_the_same_url() {
    let bench = Bench::start(&[]).await;
    let again = with(read_of("hello.txt"), &json!({"minimumRemaining": 900}));
    let bypassing = with(read_of("hello.txt"), &json!({"cache": "bypass"}));
    let results = bench.batch(&[read_of("hello.txt"), read_of("hello.txt"), again, bypassing]).await;
    assert_eq!(results[1]["url"], results[0]["url"]);
    assert_eq!(all(&results, "cache"), ["miss", "miss", "miss", "bypass"]);
    assert_eq!(bench.issue(&read_of("hello.txt")).await["cache"], "hit");
}

/// As the next one would get it from the cache, who asks for it alone.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_for_another_answers_who_insists_on_no_more_than_is_left_of_it() {
    let bench = Bench::start(&[]).await;
    let hour = with(read_of("hello.txt"), &json!({"expiresIn": 3600}));
    let insisting = with(hour.clone(), &json!({"lifetime": "require", "minimumRemaining": 600}));
    let results = bench.batch(&[hour, insisting]).await;
    assert_eq!(results[0]["limitedBy"], "session", "{results:?}");
    assert_eq!(results[1]["url"], results[0]["url"], "{results:?}");
    let calls = bench.stack.aws().faults().calls(AwsService::Sts, "AssumeRole");
    assert_eq!(calls, 1, "no session is opened for what another's will answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_aged_while_others_signers_were_waited_for_is_signed_anew() {
    let bench = Bench::start(&[]).await;
    let short = with(read_of("hello.txt"), &json!({"expiresIn": 10}));
    let stored = bench.issue(&short).await;
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Delay(Duration::from_millis(1_300)));
    let insisting = with(short.clone(), &json!({"minimumRemaining": 9}));
    let results = bench.batch(&[insisting, write_of("k")]).await;
    assert!(results[0]["url"].is_string() && results[0]["url"] != stored["url"], "{results:?}");
    assert_eq!((&results[0]["cache"], &results[0]["expiresIn"]), (&json!("miss"), &json!(10)), "{results:?}");
    bench.stack.aws().faults().set(AwsService::Sts, Fault::None);
    let again = bench.issue(&short).await;
    assert_eq!((&again["cache"], &again["url"]), (&json!("hit"), &results[0]["url"]), "it is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_or_an_sts_that_fails_is_told_for_each_request() {
    let bench = Bench::start(&[]).await;
    bench.batch(&reads(0..3)).await;
    let faults = bench.stack.aws().faults();
    faults.set(AwsService::DynamoDb, Fault::Drop);
    let results = bench.batch(&reads(0..250)).await;
    assert!(results.iter().all(|result| result["cache"] == "bypass"));
    faults.set(AwsService::DynamoDb, Fault::None);
    assert_eq!(bench.batch(&reads(2..4)).await.iter().map(|r| r["cache"].clone()).collect::<Vec<_>>(), ["hit", "miss"]);

    faults.set(AwsService::Sts, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    let results = bench.batch(&[read_of("k0"), write_of("k"), write_of("l")]).await;
    assert_eq!(results[0]["cache"], "hit", "what needs no new session has one");
    for result in &results[1..] {
        assert_eq!((&result["status"], result["retryAfter"].as_u64() >= Some(1)), (&json!(503), true), "{result}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_does_not_wait_for_each_signer_that_does_not_answer() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::trying_for(Duration::from_secs(1), &bench.stack.sdk_config(), &settings);
    let kept = read_of("hello.txt");
    bench.issue(&kept).await;
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Drop);
    // Sessions to read and to write are two.
    let requests: Vec<Value> = (0..10).flat_map(|i| [read_of(&format!("k{i}")), write_of("k"), kept.clone()]).collect();
    let calls = || bench.stack.aws().faults().calls(AwsService::Sts, "AssumeRole");
    let before = calls();
    let results = issuer.batch("local", &requests).await;
    assert!(calls() - before <= 2, "once it has been waited for, nobody is asked: {} calls", calls() - before);
    for results in results.chunks(3) {
        assert_eq!((&results[0]["status"], &results[1]["status"]), (&json!(503), &json!(503)), "{results:?}");
        assert_eq!(results[2]["cache"], "hit", "it needs no session: {results:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_that_can_be_had_is_had_in_a_batch_too_however_slow_its_other_sessions_are() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let insisting = |seconds: &Value| with(read_of("k"), &json!({"lifetime": "require", "expiresIn": seconds}));
    let (_, refusal) = bench.post(insisting(&json!(600_000)).to_string()).await;
    let longest = &refusal["longestExpiresIn"];
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Delay(Duration::from_millis(1_300)));
    let copy = json!({"operation": "copyObject", "copySource": {"bucket": "demo", "key": "hello.txt"}});
    let results = bench.batch(&[insisting(longest), write_of("k"), with(write_of("k"), &copy)]).await;
    assert_eq!(parameter(&results[0], "X-Amz-Expires"), longest.to_string());
    assert!(results.iter().all(|result| result["url"].is_string()), "{results:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_change_ends_a_batch_of_urls_as_any_other() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let before = bench.batch(&reads(0..30)).await;
    bench.put_role_policy("more", end_to_end::ALLOW_NOTHING_NEW).await;
    let after = bench.batch(&reads(0..30)).await;
    assert!(after.iter().zip(&before).all(|(after, before)| after["url"] != before["url"] && after["cache"] == "miss"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_batch_is_refused_as_a_whole() {
    let bench = Bench::start(&[]).await;
    let url = format!("{}/urls/batch", bench.stack.endpoint());
    let too_many = json!({"requests": vec![json!({}); 1001]}).to_string();
    for (body, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::BAD_REQUEST),
        ("{}", StatusCode::BAD_REQUEST),
        (r#"{"requests":{}}"#, StatusCode::BAD_REQUEST),
        (r#"{"requests":[],"more":1}"#, StatusCode::BAD_REQUEST),
        (r#"{"requests":[{]}"#, StatusCode::BAD_REQUEST),
        (&too_many, StatusCode::BAD_REQUEST),
    ] {
        let response = bench.send(Method::POST, &url, &json!({}), body.to_owned()).await;
        assert_eq!(response.status(), status, "{body:.40}");
    }
    // Not over a connection, which a server may end that will not read on.
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    let too_large = json!({"requests": ["x".repeat(5 << 20)]}).to_string();
    let response = issuer.send(Some("me"), Request::post("/urls/batch"), too_large).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(bench.batch(&[]).await, Vec::<Value>::new());
    let response = bench.send(Method::POST, &url, &json!({}), r#"{"requests":[]}"#).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let twice =
        r#"{"requests":[{"operation":"getObject","operation":"putObject","bucket":"demo","key":"k","expiresIn":1}]}"#;
    let response = bench.send(Method::POST, &url, &json!({}), twice).await;
    assert!(read_text(response).await.contains("duplicate field"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_has_ended_while_others_signers_were_waited_for_is_signed_anew() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let faults = bench.stack.aws().faults();
    let stored = bench.issue(&read_of("hello.txt")).await;
    let readings = || faults.calls(AwsService::DynamoDb, "BatchGetItem");
    let before = readings();
    assert_eq!(bench.batch(&[read_of("hello.txt")]).await[0]["url"], stored["url"]);
    assert_eq!(readings() - before, 1, "nothing was waited for");

    faults.set(AwsService::Sts, Fault::Delay(Duration::from_millis(1_300)));
    let sessions = || faults.calls(AwsService::Sts, "AssumeRole");
    let before = sessions();
    let change = async {
        while sessions() == before {
            tokio::task::yield_now().await;
        }
        bench.put_role_policy("more", end_to_end::ALLOW_NOTHING_NEW).await;
    };
    let requests = [read_of("hello.txt"), write_of("k"), read_of("hello.txt")];
    let (results, ()) = tokio::join!(bench.batch(&requests), change);
    assert!(results.iter().all(|result| result["url"].is_string() && result["url"] != stored["url"]), "{results:?}");
    assert_eq!((&results[0]["cache"], &results[2]["url"]), (&json!("miss"), &results[0]["url"]), "{results:?}");
    faults.set(AwsService::Sts, Fault::None);
    let next = bench.issue(&read_of("hello.txt")).await;
    assert_eq!((&next["cache"], &next["url"]), (&json!("hit"), &results[0]["url"]), "it is stored");
}
