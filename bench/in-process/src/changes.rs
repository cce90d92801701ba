//! What the invalidator makes of events, by their number and by the number of roles that sign. The ledger is in this process: what
//! remains is the invalidator's own work.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use bench::measure::{Effort, Figure, thread_time};
use bench::measured::Changes;
use invalidate_urls::Invalidator;
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::names::{AccountId, GroupName, PolicyArn, Principal};
use presign::policy_change::{Holders, PrincipalDirectory};
use serde_json::{Value, json};
use settings::Settings;

/// Roles and events: each grows while the other stays.
const SIZES: [(usize, usize); 7] =
    [(100, 100), (100, 1_000), (100, 10_000), (100, 100_000), (1_000, 10_000), (10_000, 10_000), (100_000, 10_000)];
const SIZES_QUICK: [(usize, usize); 1] = [(10, 200)];
/// As in template.yaml.
const BATCH: usize = 100;

/// Generations in memory, and how often they were advanced.
#[derive(Default)]
struct Ledger(Mutex<(usize, BTreeMap<String, u64>)>);

impl GenerationLedger for &Ledger {
    type Error = Infallible;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, Infallible> {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.0 += 1;
        let generation = ledger.1.entry(advance.scope.to_string()).or_default();
        *generation += 1;
        Ok(Advanced { generation: Some(*generation), repeated: vec![] })
    }
}

/// An IAM that knows every policy at once, and that nobody of ours has it.
struct NoHolders;

impl PrincipalDirectory for NoHolders {
    type Error = Infallible;

    async fn holders(&self, _: &AccountId, _: &PolicyArn) -> Result<Holders, Infallible> {
        Ok(Holders::default())
    }

    async fn members(&self, _: &AccountId, _: &GroupName) -> Result<Vec<Principal>, Infallible> {
        Ok(vec![])
    }
}

pub fn changes(effort: Effort) -> Result<Vec<Changes>> {
    let quick = effort.rounds < Effort::FULL.rounds;
    let sizes = if quick { &SIZES_QUICK[..] } else { &SIZES[..] };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    sizes.iter().map(|(scopes, events)| runtime.block_on(measure(*scopes, *events))).collect()
}

async fn measure(scopes: usize, events: usize) -> Result<Changes> {
    let ledger = Ledger::default();
    let settings = settings(scopes)?;
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_830));
    let invalidator = Invalidator::new(settings.profiles, &ledger, NoHolders, settings.cache.hold, clock);
    let home: AccountId = "123456789012".parse()?;
    let mut took = vec![];
    for first in (0..events).step_by(BATCH) {
        let batch = batch(first, scopes);
        let began = thread_time();
        let answer = invalidator.handle(serde_json::from_str(&batch)?, Some(&home)).await;
        let answer = answer.map_err(|error| anyhow::anyhow!("the batch fails: {error:?}"))?;
        #[expect(clippy::cast_precision_loss, reason = "a batch has 100 events")]
        took.push(thread_time().saturating_sub(began).as_secs_f64() / BATCH as f64);
        let failures = serde_json::to_value(answer)?;
        ensure!(failures == json!({"batchItemFailures": []}), "events of the batch fail: {failures}");
    }
    let advances = ledger.0.lock().unwrap_or_else(PoisonError::into_inner).0;
    Ok(Changes { scopes, events, processor: Figure::of(took), advances })
}

fn settings(scopes: usize) -> Result<Settings> {
    let bucket = |i| {
        format!(
            "[[buckets]]\nbucket = \"bucket-{i}\"\nregion = \"us-east-1\"\noperations = [\"getObject\"]\nprefixes = [\"\"]\n\
             signingRole = \"arn:aws:iam::123456789012:role/team/signer-{i}\"\n"
        )
    };
    Ok(Settings::from_toml(&(0..scopes).map(bucket).collect::<String>())?)
}

/// As SQS hands it over.
fn batch(first: usize, scopes: usize) -> String {
    let message =
        |i: usize| json!({"messageId": i.to_string(), "eventSource": "aws:sqs", "body": event(i, scopes).to_string()});
    json!({"Records": (first..first + BATCH).map(message).collect::<Vec<_>>()}).to_string()
}

/// The `i`-th event: of a hundred, one changes a role that signs.
fn event(i: usize, scopes: usize) -> Value {
    let other = i / 3;
    let (source, name, parameters) = match (i % 100, i % 3) {
        (0, _) => {
            ("iam", "PutRolePolicy", json!({"roleName": format!("signer-{}", i / 100 % scopes), "policyName": "p"}))
        }
        (_, 0) => ("iam", "AttachRolePolicy", json!({"roleName": format!("role-{other}"), "policyArn": "p"})),
        (_, 1) => ("s3", "PutBucketPolicy", json!({"bucketName": format!("other-{other}"), "bucketPolicy": {}})),
        _ => ("kms", "CreateGrant", json!({"keyId": format!("1234abcd-{other}"), "operations": ["Decrypt"]})),
    };
    json!({
        "version": "0", "id": format!("7bf73129-{i}"), "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{source}"), "account": "123456789012", "time": "2026-11-22T12:00:30Z", "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROAEXAMPLE:admin", "accountId": "123456789012",
                "arn": "arn:aws:sts::123456789012:assumed-role/Admin/admin", "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            },
            "eventTime": "2026-11-22T12:00:00Z", "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
            "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.31.0",
            "requestParameters": parameters, "responseElements": null, "requestID": format!("1b6d1c04-{i}"),
            "eventID": format!("6f5a4a5e-{i}"), "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": "123456789012", "eventCategory": "Management",
        },
    })
}
