//! What the functions count. A process of its own, and one test: a process counts for one namespace.
#![cfg(test)]

use std::collections::BTreeMap;

use axum::http::StatusCode;
use embedded_metrics::EmbeddedMetrics;
use end_to_end::{ALLOW_NOTHING_NEW, Bench, now, read_of};
use local_aws::{AwsService, Fault};
use presign::revocation::{CutOff, Denial};
use serde_json::{Value, json};

/// All figures since the last time, each by its name and kind; of several values, their number.
fn counted(metrics: EmbeddedMetrics) -> BTreeMap<String, u64> {
    let mut text = vec![];
    metrics.write_to(&mut text).unwrap();
    let mut counted = BTreeMap::new();
    for line in String::from_utf8(text).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            let kind = line["Kind"].as_str().map(|kind| format!(" {kind}")).unwrap_or_default();
            let value = &line[name];
            let number = value.as_u64().unwrap_or_else(|| value.as_array().unwrap().len() as u64);
            counted.insert(format!("{name}{kind}"), number);
        }
    }
    counted
}

fn figures<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}

/// An event as the files have it.
fn event(name: &str) -> Value {
    let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_invalidations_lags_holds_and_what_was_missed_are_counted() {
    let metrics = EmbeddedMetrics::in_namespace("presign-test".to_owned()).unwrap();
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.issue(&read_of("hello.txt")).await;
    assert_eq!(counted(metrics), figures([("UrlIssued", 1)]));
    let mut long = read_of("hello.txt");
    long["expiresIn"] = json!(604_800);
    bench.issue(&long).await;
    bench.issue(&long).await;
    assert_eq!(counted(metrics), figures([("UrlIssued", 2), ("LifetimeShortened", 2), ("UrlFromCache", 1)]));
    long["bucket"] = json!("another");
    bench.post(long.to_string()).await;
    assert_eq!(counted(metrics), figures([("Refused bucket-not-served", 1)]));

    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::BAD_REQUEST));
    bench.issue(&read_of("other.txt")).await;
    assert_eq!(counted(metrics), figures([("UrlIssued", 1), ("CacheUnavailable", 1)]));
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::None);

    bench.stack.reconcile().await.unwrap();
    counted(metrics);

    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    let advanced = figures([("ScopeAdvanced principal", 1), ("InvalidationLag", 1), ("Hold", 1)]);
    assert_eq!(counted(metrics), advanced);

    for (file, name) in [
        ("iam-put-role-policy-of-another-role", "EventIrrelevant"),
        ("iam-put-role-policy-denied", "EventUnchanged"),
        ("iam-create-user", "EventUnknown"),
    ] {
        bench.stack.deliver(event(file)).await;
        assert_eq!(counted(metrics), figures([(name, 1)]), "{file}");
    }
    let disabled = event("iam-put-role-policy");
    bench.stack.deliver(disabled.clone()).await;
    counted(metrics);
    bench.stack.deliver(disabled).await;
    assert_eq!(counted(metrics), figures([("EventRepeated", 1)]));

    // What the events so far have changed is seen, and explained by them.
    bench.stack.reconcile().await.unwrap();
    bench.stack.reconcile().await.unwrap();
    counted(metrics);
    bench.stack.lose_events(true);
    bench.delete_role_policy("more").await;
    bench.stack.reconcile().await.unwrap();
    assert_eq!(counted(metrics), figures([("ChangeSeen", 1)]));
    bench.stack.reconcile().await.unwrap();
    assert_eq!(counted(metrics), figures([("ChangeMissed", 1)]));

    let spent = Denial::of_all(CutOff::stated("2020-01-01T00:00:00Z", now()).unwrap());
    bench.put_role_policy(&spent.name().to_string(), &spent.document()).await;
    bench.stack.prune().await;
    assert_eq!(counted(metrics), figures([("RevocationPruned", 1)]));
    bench.stack.aws().faults().set(AwsService::Iam, Fault::Fail(StatusCode::BAD_REQUEST));
    bench.stack.prune().await;
    assert_eq!(counted(metrics), figures([("RoleNotPruned", 1)]));
    bench.stack.aws().faults().set(AwsService::Iam, Fault::None);

    // It is delivered again and again, so it comes last.
    bench.stack.lose_events(false);
    bench.stack.deliver(json!({"detail": "text"})).await;
    assert!(counted(metrics)["EventFailed MalformedEvent"] >= 1);
}
