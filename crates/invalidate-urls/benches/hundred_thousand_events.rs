//! A hundred thousand events, of which one in a hundred is about something that signs: how long the invalidator takes for
//! them, and what it writes.
//!
//! `cargo bench -p invalidate-urls`
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program that measures")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use invalidate_urls::Invalidator;
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::names::{AccountId, GroupName, PolicyArn, Principal};
use presign::policy_change::{Holders, PrincipalDirectory};
use serde_json::{Value, json};
use settings::Settings;
use url_cache::{UrlTable, create_table};

const EVENTS: u32 = 100_000;
/// As in template.yaml.
const BATCH: usize = 100;
const ROLES: usize = 10;

/// Counts what it is asked to advance, and otherwise does as another ledger does.
struct Counting<L> {
    ledger: L,
    advances: AtomicUsize,
}

impl<L: GenerationLedger + Sync> GenerationLedger for &Counting<L> {
    type Error = L::Error;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, L::Error> {
        self.advances.fetch_add(1, Relaxed);
        self.ledger.advance(advance).await
    }
}

/// Generations in this process: what remains is the invalidator's own work.
#[derive(Default)]
struct InProcess(Mutex<BTreeMap<String, u64>>);

impl GenerationLedger for InProcess {
    type Error = std::convert::Infallible;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, Self::Error> {
        let mut generations = self.0.lock().expect("nothing panics");
        let generation = generations.entry(advance.scope.to_string()).or_default();
        *generation += 1;
        Ok(Advanced { generation: Some(*generation), repeated: vec![] })
    }
}

/// An IAM that knows every policy at once, and that nobody of ours has it.
struct NoHolders;

impl PrincipalDirectory for NoHolders {
    type Error = std::convert::Infallible;

    async fn holders(&self, _: &AccountId, _: &PolicyArn) -> Result<Holders, Self::Error> {
        Ok(Holders::default())
    }

    async fn members(&self, _: &AccountId, _: &GroupName) -> Result<Vec<Principal>, Self::Error> {
        Ok(vec![])
    }
}

fn settings() -> Settings {
    let bucket = |i| {
        format!(
            "[[buckets]]\nbucket = \"bucket-{i}\"\nregion = \"us-east-1\"\noperations = [\"getObject\"]\nprefixes = [\"\"]\n\
             signingRole = \"arn:aws:iam::123456789012:role/team/signer-{i}\"\n"
        )
    };
    Settings::from_toml(&(0..ROLES).map(bucket).collect::<String>()).expect("the settings are good")
}

/// The `i`-th event: of a hundred, one changes a role that signs.
fn event(i: usize) -> Value {
    let other = i / 3;
    let (source, name, parameters) = match (i % 100, i % 3) {
        (0, _) => {
            ("iam", "PutRolePolicy", json!({"roleName": format!("signer-{}", i / 100 % ROLES), "policyName": "p"}))
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
                "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Admin"}, "attributes": {"mfaAuthenticated": "true"}},
            },
            "eventTime": "2026-11-22T12:00:00Z", "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
            "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.31.0",
            "requestParameters": parameters, "responseElements": null, "requestID": format!("1b6d1c04-{i}"),
            "eventID": format!("6f5a4a5e-{i}"), "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": "123456789012", "eventCategory": "Management",
        },
    })
}

fn batches() -> Vec<String> {
    let message =
        |i: usize| json!({"messageId": i.to_string(), "eventSource": "aws:sqs", "body": event(i).to_string()});
    let batch = |first: usize| json!({"Records": (first..first + BATCH).map(message).collect::<Vec<_>>()}).to_string();
    (0..EVENTS as usize).step_by(BATCH).map(batch).collect()
}

async fn measure<L: GenerationLedger + Sync>(name: &str, ledger: L, batches: &[String]) {
    let ledger = Counting { ledger, advances: AtomicUsize::new(0) };
    let settings = settings();
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_830));
    let invalidator = Invalidator::new(settings.profiles, &ledger, NoHolders, settings.cache.hold, clock);
    let home: AccountId = "123456789012".parse().expect("an account");
    let mut took = Vec::with_capacity(batches.len());
    let began = Instant::now();
    for batch in batches {
        let began = Instant::now();
        let batch = serde_json::from_str(batch).expect("JSON");
        let answer = invalidator.handle(batch, Some(&home)).await.expect("a batch never fails as a whole");
        let answer = serde_json::to_value(answer).expect("JSON");
        assert_eq!(answer, json!({"batchItemFailures": []}), "every event is handled");
        took.push(began.elapsed());
    }
    let all = began.elapsed();
    took.sort_unstable();
    let percentile = |hundredths: usize| took.get(took.len() * hundredths / 100).copied().unwrap_or_default();
    println!(
        "{name:<12} {:>6.2} s in all, {:>7.0} events a second; a batch of {BATCH}: median {:.1?}, 99th percentile {:.1?}; {} advances",
        all.as_secs_f64(),
        f64::from(EVENTS) / all.as_secs_f64(),
        percentile(50),
        percentile(99),
        ledger.advances.load(Relaxed)
    );
}

/// A DynamoDB in this process, behind HTTP as AWS's is.
async fn table() -> UrlTable {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let database = dynoxide::Database::memory().expect("a database");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let credentials = Credentials::new("AKIA1", "s", None, None, "bench");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = aws_sdk_dynamodb::Client::new(&config);
    create_table(&client, "urls").await.expect("a table");
    UrlTable::new(client, "urls".to_owned())
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let batches = batches();
    println!("{EVENTS} events, 1 in 100 about one of {ROLES} roles that sign");
    measure("in process", InProcess::default(), &batches).await;
    measure("DynamoDB", table().await, &batches).await;
}
