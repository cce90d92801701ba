//! Every way in which an event arrives, on a ledger that records and, told to, fails.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use invalidate_urls::{Answer, InvalidateError, Invalidator};
use presign::cache::GenerationLedger;
use presign::generation::Scope;
use serde_json::{Value, json};
use settings::Settings;

#[derive(Default)]
struct Ledger {
    advanced: Mutex<BTreeMap<String, (u64, SystemTime)>>,
    failing: Mutex<Option<&'static str>>,
}

impl GenerationLedger for &Ledger {
    type Error = std::io::Error;

    async fn advance(&self, scope: &Scope, hold_until: SystemTime) -> Result<u64, std::io::Error> {
        if *self.failing.lock().unwrap() == Some(scope.to_string().as_str()) {
            return Err(std::io::Error::other("throttled"));
        }
        let mut advanced = self.advanced.lock().unwrap();
        let (generation, until) = advanced.entry(scope.to_string()).or_insert((0, hold_until));
        *generation += 1;
        *until = hold_until;
        Ok(*generation)
    }
}

/// Half a minute after the events' own time.
const NOW: u64 = 1_795_348_830;

const SETTINGS: &str = r#"
[[buckets]]
bucket = "demo"
region = "us-east-1"
signingRole = "arn:aws:iam::123456789012:role/team/presign-demo-signer"
operations = ["getObject"]
prefixes = [""]
encryption = { serverSideEncryption = "aws:kms", ssekmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" }
"#;

const ROLE: &str = "role/123456789012/presign-demo-signer";

fn invalidator(ledger: &Ledger) -> Invalidator<&Ledger> {
    let profiles = Settings::from_toml(SETTINGS).unwrap().profiles;
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    Invalidator::new(profiles, ledger, Duration::from_mins(2), clock)
}

/// An event as the files have it.
fn event(name: &str) -> Value {
    let path = format!("{}/../../tests/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn handled(ledger: &Ledger, payload: Value) -> Value {
    serde_json::to_value(invalidator(ledger).handle(payload).await.unwrap()).unwrap()
}

fn generations(ledger: &Ledger) -> Vec<(String, u64)> {
    ledger.advanced.lock().unwrap().iter().map(|(scope, (generation, _))| (scope.clone(), *generation)).collect()
}

#[tokio::test]
async fn a_bare_event_advances_its_scope_and_says_so() {
    for (file, scope) in [
        ("iam-put-role-policy", ROLE),
        ("s3-put-bucket-policy", "bucket/demo"),
        ("kms-disable-key", "key/arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("sns", "bucket/demo"),
    ] {
        let ledger = Ledger::default();
        let answer = handled(&ledger, event(file)).await;
        let advanced = json!([{"scope": scope, "generation": 1}]);
        assert_eq!(answer, json!({"advanced": advanced, "irrelevant": 0, "unchanged": 0, "unknown": 0}), "{file}");
    }
}

#[tokio::test]
async fn caching_pauses_from_now_and_not_from_a_time_long_past_or_absurd() {
    for (event_time, held_for) in
        [("2026-11-22T12:00:00Z", 120), ("2026-11-22T12:01:00Z", 150), ("2099-01-01T00:00:00Z", 900 + 120)]
    {
        let ledger = Ledger::default();
        let mut change = event("iam-put-role-policy");
        change["detail"]["eventTime"] = json!(event_time);
        handled(&ledger, change).await;
        let until = ledger.advanced.lock().unwrap()[ROLE].1;
        assert_eq!(until, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + held_for), "{event_time}");
    }
}

#[tokio::test]
async fn what_changes_nothing_here_is_counted_and_passes() {
    let ledger = Ledger::default();
    let mut of_another_role = event("iam-put-role-policy");
    of_another_role["detail"]["requestParameters"]["roleName"] = json!("SomeoneElse");
    let mut of_another_account = event("iam-put-role-policy");
    of_another_account["detail"]["recipientAccountId"] = json!("999999999999");
    let mut of_another_kind = event("iam-put-role-policy");
    of_another_kind["detail"]["eventName"] = json!("CreateUser");
    let mut odd = event("iam-put-role-policy");
    odd["detail"] =
        json!({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "userIdentity": {"type": null}});
    let mut of_a_group = event("iam-put-role-policy");
    of_a_group["detail"]["eventName"] = json!("DetachGroupPolicy");
    let scheduled =
        json!({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
    for (payload, counter) in [
        (event("iam-put-role-policy-denied"), "unchanged"),
        (of_another_role, "irrelevant"),
        (of_another_account, "irrelevant"),
        (of_another_kind, "unknown"),
        (scheduled, "unknown"),
        (odd, "unknown"),
        (of_a_group, "irrelevant"),
    ] {
        let answer = handled(&ledger, payload).await;
        assert_eq!((&answer["advanced"], &answer[counter]), (&json!([]), &json!(1)), "{counter}");
    }
    assert_eq!(generations(&ledger), []);
}

#[tokio::test]
async fn of_a_batch_only_what_failed_comes_back_and_each_scope_is_written_once() {
    let ledger = Ledger::default();
    let answer = handled(&ledger, event("sqs-batch")).await;
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "malformed"}]}));
    assert_eq!(generations(&ledger), [("bucket/demo".to_owned(), 1), (ROLE.to_owned(), 1)]);
}

#[tokio::test]
async fn every_message_that_needs_a_scope_comes_back_when_it_cannot_be_advanced() {
    let ledger = Ledger::default();
    *ledger.failing.lock().unwrap() = Some(ROLE);
    let answer = handled(&ledger, event("sqs-batch")).await;
    let failures: Vec<&Value> =
        answer["batchItemFailures"].as_array().unwrap().iter().map(|failure| &failure["itemIdentifier"]).collect();
    assert_eq!(failures, ["good", "malformed", "again"]);
    assert_eq!(generations(&ledger), [("bucket/demo".to_owned(), 1)]);
}

#[tokio::test]
async fn a_malformed_event_fails_with_its_kind_and_is_not_lost() {
    let ledger = Ledger::default();
    let mut nameless = event("iam-put-role-policy");
    nameless["detail"]["requestParameters"] = json!({});
    let mut detailless = event("iam-put-role-policy");
    detailless["detail"] = json!("text");
    for payload in [nameless, detailless, json!({}), json!(null), json!([1]), json!("text"), json!({"Records": []})] {
        let error: InvalidateError = match invalidator(&ledger).handle(payload.clone()).await {
            Err(error) => error,
            Ok(Answer::Outcome(outcome)) => panic!("{payload}: {outcome:?}"),
            Ok(Answer::Batch(batch)) => panic!("{payload}: {batch:?}"),
        };
        assert_eq!(error.kind(), "MalformedEvent", "{payload}");
    }
    *ledger.failing.lock().unwrap() = Some(ROLE);
    let error = invalidator(&ledger).handle(event("iam-put-role-policy")).await.unwrap_err();
    assert_eq!(error.kind(), "LedgerUnavailable");
}
