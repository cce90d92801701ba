//! What the invalidator makes of events, by their number and by the number of roles that sign. With generations in memory, what
//! remains is the invalidator's own work.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, ensure};
use bench::measure::{Effort, Figure, Latency, thread_time};
use bench::measured::{Changes, Kept};
use invalidate_urls::Invalidator;
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::names::{AccountId, GroupName, PolicyArn, Principal};
use presign::policy_change::{Holders, PrincipalDirectory};
use serde_json::{Value, json};
use settings::Settings;

use crate::table::empty_table;

/// Roles and events: each grows while the other stays.
const SIZES: [(usize, usize); 7] =
    [(100, 100), (100, 1_000), (100, 10_000), (100, 100_000), (1_000, 10_000), (10_000, 10_000), (100_000, 10_000)];
const SIZES_QUICK: [(usize, usize); 1] = [(10, 200)];
/// The same of events whose generations are in the table.
const IN_TABLE: (usize, usize) = (10, 100_000);
const IN_TABLE_QUICK: (usize, usize) = (10, 200);
/// As in template.yaml.
const BATCH: usize = 100;
/// Batches that are measured at least: fewer have neither a spread nor a 99th percentile, so that the same events come again.
const BATCHES: usize = 100;
const BATCHES_QUICK: usize = 3;
/// Batches that come first and are not measured: what is called for the first time takes longer.
const WARM_UP: usize = 5;

/// Generations in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, u64>>);

impl GenerationLedger for Memory {
    type Error = Infallible;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, Infallible> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = generations.entry(advance.scope.to_string()).or_default();
        *generation += 1;
        Ok(Advanced { generation: Some(*generation), repeated: vec![] })
    }
}

/// Does what the ledger does, and counts how often it is asked to.
struct Counting<L> {
    ledger: L,
    advances: AtomicUsize,
}

impl<L: GenerationLedger + Sync> GenerationLedger for &Counting<L> {
    type Error = L::Error;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, L::Error> {
        self.advances.fetch_add(1, Ordering::Relaxed);
        self.ledger.advance(advance).await
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
    let quick = !effort.is_for_figures();
    let (sizes, in_table) = if quick { (&SIZES_QUICK[..], IN_TABLE_QUICK) } else { (&SIZES[..], IN_TABLE) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let least = if quick { BATCHES_QUICK } else { BATCHES };
    let in_memory = sizes.iter().map(|size| runtime.block_on(measure(Kept::InMemory, Memory::default(), *size, least)));
    let mut measured: Vec<Changes> = in_memory.collect::<Result<_>>()?;
    measured.push(runtime.block_on(async { measure(Kept::InTable, empty_table().await?, in_table, least).await })?);
    Ok(measured)
}

/// Of so many events, over and over until there are batches enough.
async fn measure<L>(kept: Kept, ledger: L, (scopes, events): (usize, usize), least: usize) -> Result<Changes>
where
    L: GenerationLedger + Sync,
{
    let ledger = Counting { ledger, advances: AtomicUsize::new(0) };
    let settings = settings(scopes)?;
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_830));
    let invalidator = Invalidator::new(settings.profiles, &ledger, NoHolders, settings.cache.hold, clock);
    let home: AccountId = "123456789012".parse()?;
    let (mut processor, mut took) = (vec![], vec![]);
    let batches = events / BATCH;
    let mut advances = 0;
    for (done, first) in firsts(batches, least).enumerate() {
        let batch = batch(first, scopes);
        let (began, before) = (Instant::now(), thread_time());
        let answer = invalidator.handle(serde_json::from_str(&batch)?, Some(&home)).await;
        let (took_now, processor_now) = (began.elapsed(), thread_time().saturating_sub(before));
        let answer = answer.map_err(|error| anyhow::anyhow!("the batch fails: {error:?}"))?;
        let failures = serde_json::to_value(answer)?;
        ensure!(failures == json!({"batchItemFailures": []}), "events of the batch fail: {failures}");
        if done < WARM_UP {
            advances = ledger.advances.load(Ordering::Relaxed);
            continue;
        }
        took.push(took_now);
        #[expect(clippy::cast_precision_loss, reason = "a batch has 100 events")]
        processor.push(processor_now.as_secs_f64() / BATCH as f64);
    }
    // Of the events once, however often they came.
    let advances = (ledger.advances.into_inner() - advances) / took.len().div_ceil(batches).max(1);
    let (processor, batch) = (Figure::of(processor), Latency::of(took));
    Ok(Changes { scopes, events, kept, processor, batch, advances })
}

/// The first event of each batch: of some others to warm up, and then of all of them in turn, as often as it takes.
fn firsts(batches: usize, least: usize) -> impl Iterator<Item = usize> {
    let turns = least.div_ceil(batches.max(1)).max(1);
    let measured = (0..batches * turns).map(move |batch| batch % batches);
    (batches..batches + WARM_UP).chain(measured).map(|batch| batch * BATCH)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_events_come_again_until_there_are_batches_enough() {
        assert_eq!(firsts(1, 100).skip(WARM_UP).collect::<Vec<_>>(), vec![0; 100]);
        assert_eq!(firsts(3, 4).skip(WARM_UP).collect::<Vec<_>>(), [0, 100, 200, 0, 100, 200]);
        assert_eq!(firsts(1_000, 100).skip(WARM_UP).count(), 1_000, "many come once");
    }
}
