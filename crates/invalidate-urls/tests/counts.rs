//! What a delivery counts. A process of its own, and one test: a process counts for one namespace.
#![cfg(test)]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use embedded_metrics::EmbeddedMetrics;
use invalidate_urls::{Answer, Invalidator};
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::names::{AccountId, GroupName, PolicyArn, Principal};
use presign::policy_change::{Holders, PrincipalDirectory};
use serde_json::{Value, json};
use settings::Settings;

/// A ledger for which everything is new; or that does not answer.
struct Ledger {
    answers: bool,
}

impl GenerationLedger for Ledger {
    type Error = std::io::Error;

    async fn advance(&self, _: Advance<'_>) -> Result<Advanced, std::io::Error> {
        if !self.answers {
            return Err(std::io::Error::other("throttled"));
        }
        Ok(Advanced { generation: Some(1), ..Advanced::default() })
    }
}

/// An IAM that nobody asks.
struct Directory;

impl PrincipalDirectory for Directory {
    type Error = std::io::Error;

    async fn holders(&self, _: &AccountId, _: &PolicyArn) -> Result<Holders, std::io::Error> {
        Ok(Holders::default())
    }

    async fn members(&self, _: &AccountId, _: &GroupName) -> Result<Vec<Principal>, std::io::Error> {
        Ok(vec![])
    }
}

/// 2026-11-22T12:00:30Z.
const NOW: u64 = 1_795_348_830;

const BUCKET: &str = r#"
[[buckets]]
bucket = "bucket"
region = "us-east-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject"]
prefixes = [""]
"#;

fn put_bucket_policy(bucket: usize, at: &str) -> Value {
    let detail = json!({
        "eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy", "eventTime": at, "eventID": format!("e-{bucket}"),
        "recipientAccountId": "123456789012", "requestParameters": {"bucketName": format!("bucket-{bucket}")},
    });
    let event = json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": detail});
    json!({"messageId": bucket.to_string(), "eventSource": "aws:sqs", "body": event.to_string()})
}

/// An account that joins the organization concerns every bucket.
fn accept_handshake() -> Value {
    let detail = json!({"eventSource": "organizations.amazonaws.com", "eventName": "AcceptHandshake", "eventID": "e",
        "recipientAccountId": "999999999999", "requestParameters": {"handshakeId": "h-1"}});
    json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.organizations", "detail": detail})
}

fn message(id: &str, body: &Value) -> Value {
    json!({"messageId": id, "eventSource": "aws:sqs", "body": body.to_string()})
}

fn invalidator(answers: bool) -> Invalidator<Ledger, Directory> {
    let buckets = (0..150).map(|i| BUCKET.replace("\"bucket\"", &format!("\"bucket-{i}\"")));
    let profiles = Settings::from_toml(&buckets.collect::<String>()).unwrap().profiles;
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    Invalidator::new(profiles, Ledger { answers }, Directory, Duration::from_mins(2), clock)
}

/// What has been counted since the last time.
fn lines(metrics: EmbeddedMetrics) -> Vec<Value> {
    let mut text = vec![];
    metrics.write_to(&mut text).unwrap();
    String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn of_however_many_scopes_the_longest_lag_and_hold_and_each_delivery_that_failed_are_counted() {
    let metrics = EmbeddedMetrics::in_namespace("presign-test".to_owned()).unwrap();
    let usual = (1..149).map(|i| put_bucket_policy(i, "2026-11-22T12:00:20Z"));
    let records: Vec<_> = std::iter::once(put_bucket_policy(0, "2026-11-22T12:00:40Z"))
        .chain(usual)
        .chain([put_bucket_policy(149, "2026-11-22T11:00:30Z"), put_bucket_policy(99, "2026-11-22T11:00:29Z")])
        .collect();
    let answer = invalidator(true).handle(json!({"Records": records}), None).await.unwrap();
    let Answer::Batch(answer) = answer else { panic!() };
    assert_eq!(answer.batch_item_failures.len(), 0);

    let counted = lines(metrics);
    let counted = |name: &str| counted.iter().find_map(|line| line.get(name)).cloned();
    assert_eq!(counted("ScopeAdvanced"), Some(json!(150)));
    assert_eq!(counted("InvalidationLag"), Some(json!([3601.0])));
    assert_eq!(counted("Hold"), Some(json!([130.0])));

    // Each of these events concerns 150 buckets.
    let failed = |metrics| {
        let failed = lines(metrics)
            .into_iter()
            .filter_map(|line| Some((line.get("EventFailed")?.as_u64()?, line["Kind"].clone())));
        failed.collect::<Vec<_>>()
    };
    let error = invalidator(false).handle(accept_handshake(), None).await.unwrap_err();
    assert!(
        error.to_string().starts_with("150 of the scopes could not be advanced, the first of them `bucket/bucket-0`"),
        "{error}"
    );
    assert_eq!(failed(metrics), [(1, json!("LedgerUnavailable"))]);
    let records = [message("a", &accept_handshake()), message("b", &json!({})), message("c", &accept_handshake())];
    invalidator(false).handle(json!({"Records": records}), None).await.unwrap();
    let mut by_kind = failed(metrics);
    by_kind.sort_by_key(|(count, _)| *count);
    assert_eq!(by_kind, [(1, json!("MalformedEvent")), (2, json!("LedgerUnavailable"))]);
}
