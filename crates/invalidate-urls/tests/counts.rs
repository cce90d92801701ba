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

/// A ledger for which everything is new.
struct Ledger;

impl GenerationLedger for Ledger {
    type Error = std::io::Error;

    async fn advance(&self, _: Advance<'_>) -> Result<Advanced, std::io::Error> {
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

#[tokio::test]
async fn of_however_many_scopes_the_longest_lag_and_hold_are_counted() {
    let metrics = EmbeddedMetrics::in_namespace("presign-test".to_owned()).unwrap();
    let buckets = (0..150).map(|i| BUCKET.replace("\"bucket\"", &format!("\"bucket-{i}\"")));
    let profiles = Settings::from_toml(&buckets.collect::<String>()).unwrap().profiles;
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    let invalidator = Invalidator::new(profiles, Ledger, Directory, Duration::from_mins(2), clock);
    let usual = (1..149).map(|i| put_bucket_policy(i, "2026-11-22T12:00:20Z"));
    let records: Vec<_> = std::iter::once(put_bucket_policy(0, "2026-11-22T12:00:40Z"))
        .chain(usual)
        .chain([put_bucket_policy(149, "2026-11-22T11:00:30Z"), put_bucket_policy(99, "2026-11-22T11:00:29Z")])
        .collect();
    let Answer::Batch(answer) = invalidator.handle(json!({"Records": records}), None).await.unwrap() else { panic!() };
    assert_eq!(answer.batch_item_failures.len(), 0);

    let mut text = vec![];
    metrics.write_to(&mut text).unwrap();
    let lines: Vec<Value> =
        String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let counted = |name: &str| lines.iter().find_map(|line| line.get(name)).cloned();
    assert_eq!(counted("ScopeAdvanced"), Some(json!(150)));
    assert_eq!(counted("InvalidationLag"), Some(json!([3601.0])));
    assert_eq!(counted("Hold"), Some(json!([130.0])));
}
