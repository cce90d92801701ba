//! What the functions log: who was given what, and by which id it is found again.
#![cfg(test)]

use std::collections::BTreeMap;

use axum::http::StatusCode;
use end_to_end::{Bench, Captured, DENY_ALL, read_of, text, with, write_of};
use local_aws::{AwsService, Fault};
use logging::LevelFilter;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The lines since the last time, each of which has to be JSON.
fn lines_of(log: &Captured) -> Vec<Value> {
    log.take().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Those of them that say this.
fn saying(log: &Captured, message: &str) -> Vec<Value> {
    lines_of(log).into_iter().filter(|line| line["message"] == message).collect()
}

fn names(line: &Value) -> Vec<&str> {
    line.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Whatever came of them.
async fn events_are_found_again_by_their_lines(log: &Captured) {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    lines_of(log);
    bench.put_role_policy("more", end_to_end::ALLOW_NOTHING_NEW).await;
    let invalidated = saying(log, "invalidated what was signed under a scope");
    assert!(invalidated.iter().all(|line| text(line, "event_ids").len() == 36), "{invalidated:?}");
    assert!(!invalidated.is_empty());
    let event = |name: &str, parameters: Value| {
        let detail = json!({"eventSource": "iam.amazonaws.com", "eventName": name, "eventID": "e-1", "requestParameters": parameters});
        json!({"id": "i", "source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "detail": detail})
    };
    for (name, message) in [
        ("CreateUser", "an event is unknown"),
        ("PutRolePolicy", "an event could not be handled, and is left for another delivery"),
    ] {
        bench.stack.deliver(event(name, json!({}))).await;
        let lines = saying(log, message);
        let line = lines.first().unwrap_or_else(|| panic!("{name} has no line"));
        assert_eq!((text(line, "event_name"), text(line, "event_id")), (name, "e-1"), "{line}");
        assert!(!text(line, "message_id").is_empty(), "{line}");
    }
    bench.stack.stop().await;
}

const TENANTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/settings/tenants.cedar");

#[tokio::test(flavor = "multi_thread")]
async fn each_url_has_one_line_that_says_who_what_and_why() {
    let log = Captured::default();
    let writer = log.clone();
    logging::init_json_to(LevelFilter::INFO, move || writer.clone()).unwrap();
    // What goes wrong with this test is to be seen.
    let hook_of_functions = std::panic::take_hook();

    let bench = Bench::start(&["--session-seconds", "60"]).await;
    lines_of(&log);
    for (request, cache) in
        [(read_of("hello.txt"), "miss"), (read_of("hello.txt"), "hit"), (write_of("hello.txt"), "bypass")]
    {
        bench.issue(&request).await;
        let lines = saying(&log, "issued a URL");
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let expected = json!({"caller": "local", "bucket": "demo", "cache": cache, "limited_by": "session",
            "operation": request["operation"], "key_sha256": hex::encode(Sha256::digest("hello.txt")), "level": "INFO"});
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name}: {line}");
        }
        assert!(line["expires_in"].as_u64().is_some_and(|seconds| (1..60).contains(&seconds)), "{line}");
        assert!(line["permitted_by"].as_str().unwrap().contains("local"), "{line}");
        assert!(line["signed_by"].as_str().unwrap().starts_with("arn:aws:sts::"), "{line}");
        assert!(line["span"]["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{line}");
        // Of a URL from the cache it is not known.
        assert_eq!(line["session_age"].as_u64().is_some_and(|age| age < 60), cache != "hit", "{line}");
        assert!(!line.to_string().contains("hello.txt"), "a key is a name that somebody gave: {line}");
    }

    bench.batch(&[read_of("a"), json!({}), read_of("b"), read_of("a")]).await;
    assert_eq!(saying(&log, "issued a URL").len(), 3);
    let (_, upload) = bench.post_to("/multipart-uploads", &json!({"bucket": "demo", "key": "m"})).await;
    let parts =
        json!({"bucket": "demo", "key": "m", "uploadId": upload["uploadId"], "partNumbers": [1, 7], "expiresIn": 9});
    assert_eq!(bench.post_to("/multipart-uploads/parts", &parts).await.0, StatusCode::OK);
    let parts = saying(&log, "issued the URL of a part");
    assert_eq!(parts.iter().map(|line| line["part_number"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 7]);
    let form = json!({"bucket": "demo", "key": "f", "expiresIn": 60, "contentLengthRange": {"maximum": 9}});
    assert_eq!(bench.post_to("/forms", &form).await.0, StatusCode::OK);
    assert_eq!(saying(&log, "issued a form").len(), 1);
    let (status, report) =
        bench.post_to("/diagnoses", &json!({"url": "https://demo.s3.us-east-1.amazonaws.com/k"})).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!(saying(&log, "diagnosed a URL").len(), 1);
    bench.stack.stop().await;

    // Who is refused is told the request's id, by which the log has the rest: the policies that decided, but no key.
    let bench = Bench::start(&["--policies", TENANTS]).await;
    lines_of(&log);
    let signed = "https://h/k?X-Amz-Signature=0123456789abcdef0123456789abcdef";
    let (status, refusal) = bench.post(with(read_of(signed), &json!({"expiresIn": 100_000})).to_string()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let lines = lines_of(&log);
    let by_message: BTreeMap<&str, &Value> = lines.iter().map(|line| (text(line, "message"), line)).collect();
    let (denied, refused) = (by_message["denied a caller"], by_message["refused a URL"]);
    assert!(denied["policies"].as_str().unwrap().contains("a-day-at-most"), "{denied}");
    assert_eq!((text(refused, "problem"), refused.get("error")), ("denied", None), "{refused}");
    for line in [denied, refused] {
        assert_eq!(line["span"]["request_id"], refusal["requestId"], "{line}");
        assert!(!line.to_string().contains("0123456789abcdef0123456789abcdef"), "the key was a URL: {line}");
    }
    assert!(!names(&refusal).contains(&"policies") && !refusal.to_string().contains("a-day-at-most"), "{refusal}");
    bench.stack.stop().await;

    // What S3 refuses it names, in words of its own.
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.put_role_policy("deny", DENY_ALL).await;
    lines_of(&log);
    let (status, _) = bench.post_to("/multipart-uploads", &json!({"bucket": "demo", "key": signed})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let mut problems = vec![];
    for request in [read_of(signed), write_of(signed)] {
        let (status, answer) = bench.post(with(request, &json!({"verify": true})).to_string()).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    }
    for line in lines_of(&log) {
        assert!(!line.to_string().contains("X-Amz-Signature"), "{line}");
        if let Some(problem) = line["problem"].as_str() {
            assert!(text(&line, "error").contains("S3 answers `AccessDenied`"), "{line}");
            problems.push(problem.to_owned());
        }
    }
    assert_eq!(problems, ["s3-refused", "would-fail", "would-fail"]);
    bench.stack.stop().await;

    // Whoever asked for warnings alone is told of what the service itself cannot do.
    let bench = Bench::start(&[]).await;
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    lines_of(&log);
    for (request, level) in [(read_of("k"), "WARN"), (with(read_of("k"), &json!({"bucket": "other"})), "INFO")] {
        bench.post(request.to_string()).await;
        let lines = saying(&log, "refused a URL");
        assert_eq!(lines.iter().map(|line| text(line, "level")).collect::<Vec<_>>(), [level], "{lines:?}");
    }
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::BAD_REQUEST));
    for (query, problem, level) in [("", "table-unavailable", "WARN"), ("?bucket=other", "bucket-not-served", "INFO")] {
        bench.get(&format!("{}/issued{query}", bench.stack.endpoint())).await;
        let lines = saying(&log, "refused to list issued URLs");
        let told = lines.iter().map(|line| (text(line, "problem"), text(line, "level")));
        assert_eq!(told.collect::<Vec<_>>(), [(problem, level)], "{lines:?}");
    }
    bench.stack.stop().await;

    events_are_found_again_by_their_lines(&log).await;

    // A panic says where, and not what.
    lines_of(&log);
    std::panic::set_hook(hook_of_functions);
    let panicked = std::panic::catch_unwind(|| panic!("{signed}"));
    drop(std::panic::take_hook());
    assert!(panicked.is_err());
    let [line] = &lines_of(&log)[..] else { panic!("not one line") };
    assert!(text(line, "at").contains("log/main.rs:"), "{line}");
    assert!(!line.to_string().contains("X-Amz-Signature"), "{line}");
}
