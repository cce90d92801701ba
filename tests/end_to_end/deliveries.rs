//! However events are delivered, none is lost, and none brings back what is dead.

use axum::http::StatusCode;
use end_to_end::{Bench, read_of};
use serde_json::{Value, json};

/// The event of a change of the signing role, as CloudTrail tells it.
fn change(id: &str, at: &str) -> Value {
    json!({
        "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": "123456789012",
        "detail": {
            "eventID": id, "eventTime": at, "eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy",
            "awsRegion": "us-east-1", "requestParameters": {"roleName": local_stack::ROLE, "policyName": "p"},
        },
    })
}

fn poison() -> Value {
    let mut nameless = change("e-poison", "2026-11-22T12:00:00Z");
    nameless["detail"]["requestParameters"] = json!({});
    nameless
}

async fn cached(bench: &Bench) -> (Value, Value) {
    let answer = bench.issue(&read_of("hello.txt")).await;
    (answer["cache"].clone(), answer["url"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_delivered_again_invalidates_once() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let (_, first) = cached(&bench).await;
    bench.stack.deliver(change("e-1", "2026-11-22T12:00:00Z")).await;
    let (cache, second) = cached(&bench).await;
    assert_eq!(cache, "miss");
    assert_ne!(first, second);
    bench.stack.deliver(change("e-1", "2026-11-22T12:00:00Z")).await;
    assert_eq!(cached(&bench).await, (json!("hit"), second));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_late_and_out_of_order_bring_nothing_back() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let mut seen = vec![cached(&bench).await.1];
    for (id, at) in [("e-3", "2026-11-22T12:02:00Z"), ("e-1", "2026-11-22T12:00:00Z"), ("e-2", "2026-11-21T12:01:00Z")]
    {
        bench.stack.deliver(change(id, at)).await;
        let (_, url) = cached(&bench).await;
        assert!(!seen.contains(&url), "{id} brought back a dead URL");
        seen.push(url);
        // An event from before, once more.
        bench.stack.deliver(change("e-3", "2026-11-22T12:02:00Z")).await;
        assert_eq!(cached(&bench).await.1, seen[seen.len() - 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_handled_holds_up_nothing_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::start(&["--hold-seconds", "0", "--data", folder.path().to_str().unwrap()]).await;
    let (_, first) = cached(&bench).await;
    // One batch: events of which the third cannot be read, and the fifth is no event at all.
    for event in
        [change("e-1", "2026-11-22T12:00:00Z"), change("e-2", "2026-11-22T12:00:00Z"), poison(), json!("poison")]
    {
        bench.stack.aws().publish(event);
    }
    bench.stack.deliver(change("e-3", "2026-11-22T12:00:00Z")).await;
    let (cache, second) = cached(&bench).await;
    assert_eq!(cache, "miss");
    assert_ne!(first, second);
    // While it is tried again, others are handled at once.
    bench.stack.deliver(change("e-4", "2026-11-22T12:00:00Z")).await;
    assert_ne!(cached(&bench).await.1, second);
    assert_eq!(bench.get(&format!("{}/healthz", bench.stack.endpoint())).await.0, StatusCode::OK);

    bench.stack.stop().await;
    let kept = std::fs::read_to_string(folder.path().join("dead-letters.jsonl")).unwrap();
    let mut kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    kept.sort_by_key(ToString::to_string);
    assert_eq!(kept, [json!("poison"), poison()]);
}
