//! Every way in which an event arrives, on a ledger that records and, told to, fails.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use invalidate_urls::{Answer, InvalidateError, Invalidator};
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::names::{AccountId, EventId, GroupName, PolicyArn, Principal};
use presign::policy_change::{Holders, PrincipalDirectory};
use serde_json::{Value, json};
use settings::Settings;

/// A ledger that remembers events for ever.
#[derive(Default)]
struct Ledger {
    advanced: Mutex<BTreeMap<String, (u64, SystemTime)>>,
    events: Mutex<BTreeSet<(EventId, String)>>,
    failing: Mutex<Option<&'static str>>,
    /// After how long it fails for buckets.
    slow: Mutex<Option<Duration>>,
    /// How often it was asked.
    calls: AtomicUsize,
}

impl GenerationLedger for &Ledger {
    type Error = std::io::Error;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, std::io::Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let scope = advance.scope.to_string();
        if *self.failing.lock().unwrap() == Some(scope.as_str()) {
            return Err(std::io::Error::other("throttled"));
        }
        let slow = self.slow.lock().unwrap().filter(|_| scope.starts_with("bucket/"));
        if let Some(slow) = slow {
            tokio::time::sleep(slow).await;
            return Err(std::io::Error::other("no answer in time"));
        }
        let mut events = self.events.lock().unwrap();
        let mut answer = Advanced::default();
        for event in advance.events {
            if !events.insert((event.clone(), scope.clone())) {
                answer.repeated.push(event.clone());
            }
        }
        if advance.regardless || answer.repeated.len() < advance.events.len() {
            let mut advanced = self.advanced.lock().unwrap();
            let (generation, until) = advanced.entry(scope).or_insert((0, advance.hold_until));
            *generation += 1;
            *until = advance.hold_until;
            answer.generation = Some(*generation);
        }
        Ok(answer)
    }
}

/// An IAM with one group, and one policy that the group, a role and a user have; told to, it fails or never answers.
#[derive(Default)]
struct Directory {
    asked: Mutex<Vec<String>>,
    failing: bool,
    hanging: bool,
}

impl Directory {
    async fn answer<T>(&self, what: String, answer: T) -> Result<T, std::io::Error> {
        self.asked.lock().unwrap().push(what);
        if self.hanging {
            std::future::pending::<()>().await;
        }
        if self.failing { Err(std::io::Error::other("Throttling")) } else { Ok(answer) }
    }
}

impl PrincipalDirectory for &Directory {
    type Error = std::io::Error;

    async fn holders(&self, account: &AccountId, policy: &PolicyArn) -> Result<Holders, std::io::Error> {
        let role = Principal::role(account.clone(), "presign-demo-signer").unwrap();
        let user = Principal::user(account.clone(), "alice").unwrap();
        let holders = Holders { principals: vec![role, user], groups: vec!["signers".parse().unwrap()] };
        self.answer(policy.to_string(), if policy.as_str().ends_with("unused") { Holders::default() } else { holders })
            .await
    }

    async fn members(&self, account: &AccountId, group: &GroupName) -> Result<Vec<Principal>, std::io::Error> {
        self.answer(group.to_string(), vec![Principal::user(account.clone(), "bob").unwrap()]).await
    }
}

/// How many scopes are advanced at the same time.
const AT_ONCE: usize = 8;

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
const ACCOUNT: &str = "account/123456789012";

fn home() -> AccountId {
    "123456789012".parse().unwrap()
}

fn with<'a>(settings: &str, ledger: &'a Ledger, directory: &'a Directory) -> Invalidator<&'a Ledger, &'a Directory> {
    let profiles = Settings::from_toml(settings).unwrap().profiles;
    let clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    Invalidator::new(profiles, ledger, directory, Duration::from_mins(2), clock)
}

/// An event as the files have it.
fn event(name: &str) -> Value {
    let path = format!("{}/../../tests/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn handled(ledger: &Ledger, payload: Value) -> Value {
    handled_with(SETTINGS, ledger, &Directory::default(), payload).await
}

async fn handled_with(settings: &str, ledger: &Ledger, directory: &Directory, payload: Value) -> Value {
    let answer = with(settings, ledger, directory).handle(payload, Some(&home())).await;
    serde_json::to_value(answer.unwrap()).unwrap()
}

/// The settings of an issuer that signs as whoever it runs as.
fn signing_as_anyone() -> String {
    SETTINGS.replace(
        "signingRole = \"arn:aws:iam::123456789012:role/team/presign-demo-signer\"",
        "signer = \"environment\"",
    )
}

fn changed(event_name: &str, parameters: Value) -> Value {
    let mut changed = event("iam-put-role-policy");
    changed["detail"]["eventName"] = json!(event_name);
    changed["detail"]["requestParameters"] = parameters;
    changed
}

fn new_default_version_of(arn: &str) -> Value {
    changed("SetDefaultPolicyVersion", json!({"policyArn": arn, "versionId": "v2"}))
}

const POLICY: &str = "arn:aws:iam::123456789012:policy/team/signers";

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
        let outcome = json!({"advanced": advanced, "irrelevant": 0, "repeated": 0, "unchanged": 0, "unknown": 0});
        assert_eq!(answer, outcome, "{file}");
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
    let scheduled =
        json!({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
    for (payload, counter) in [
        (event("iam-put-role-policy-denied"), "unchanged"),
        (of_another_role, "irrelevant"),
        (of_another_account, "irrelevant"),
        (of_another_kind, "unknown"),
        (scheduled, "unknown"),
        (odd, "unknown"),
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
async fn an_event_that_comes_again_advances_nothing_whatever_carries_it() {
    let ledger = Ledger::default();
    handled(&ledger, event("iam-put-role-policy")).await;
    let mut by_another_way = event("iam-put-role-policy");
    by_another_way["id"] = json!("00000000-0000-4000-8000-000000000000");
    for again in [event("iam-put-role-policy"), by_another_way] {
        let answer = handled(&ledger, again).await;
        assert_eq!((&answer["advanced"], &answer["repeated"]), (&json!([]), &json!(1)));
    }
    assert_eq!(generations(&ledger), [(ROLE.to_owned(), 1)]);
}

#[tokio::test]
async fn without_cloudtrails_id_eventbridges_tells_a_repetition_and_without_any_nothing_does() {
    let ledger = Ledger::default();
    let mut delivered = event("iam-put-role-policy");
    delivered["detail"].as_object_mut().unwrap().remove("eventID");
    handled(&ledger, delivered.clone()).await;
    assert_eq!(handled(&ledger, delivered.clone()).await["repeated"], 1);
    delivered["id"] = json!("not an id");
    handled(&ledger, delivered.clone()).await;
    handled(&ledger, delivered).await;
    assert_eq!(generations(&ledger), [(ROLE.to_owned(), 3)]);
}

#[tokio::test]
async fn an_event_of_two_scopes_of_which_one_failed_advances_that_one_when_it_comes_again() {
    let settings = SETTINGS.replace("[[buckets]]\nbucket = \"demo\"", "[[buckets]]\nbucket = \"other\"") + SETTINGS;
    let ledger = Ledger::default();
    let detached = json!({
        "detail-type": "AWS API Call via CloudTrail", "source": "aws.organizations", "account": "999999999999",
        "detail": {"eventSource": "organizations.amazonaws.com", "eventName": "DetachPolicy", "eventID": "e-1",
            "requestParameters": {"policyId": "p-1"}},
    });
    *ledger.failing.lock().unwrap() = Some("bucket/demo");
    let directory = Directory::default();
    let invalidator = with(&settings, &ledger, &directory);
    invalidator.handle(detached.clone(), Some(&home())).await.unwrap_err();
    assert_eq!(generations(&ledger), [("bucket/other".to_owned(), 1)]);
    *ledger.failing.lock().unwrap() = None;
    let answer = handled_with(&settings, &ledger, &directory, detached.clone()).await;
    assert_eq!(answer["repeated"], 0, "half of it was new");
    assert_eq!(generations(&ledger), [("bucket/demo".to_owned(), 1), ("bucket/other".to_owned(), 1)]);
    assert_eq!(handled_with(&settings, &ledger, &directory, detached).await["repeated"], 1);
}

#[tokio::test]
async fn a_malformed_event_fails_with_its_kind_and_is_not_lost() {
    let ledger = Ledger::default();
    let mut nameless = event("iam-put-role-policy");
    nameless["detail"]["requestParameters"] = json!({});
    let mut detailless = event("iam-put-role-policy");
    detailless["detail"] = json!("text");
    for payload in [nameless, detailless, json!({}), json!(null), json!([1]), json!("text"), json!({"Records": []})] {
        let error: InvalidateError =
            match with(SETTINGS, &ledger, &Directory::default()).handle(payload.clone(), Some(&home())).await {
                Err(error) => error,
                Ok(Answer::Outcome(outcome)) => panic!("{payload}: {outcome:?}"),
                Ok(Answer::Batch(batch)) => panic!("{payload}: {batch:?}"),
            };
        assert_eq!(error.kind(), "MalformedEvent", "{payload}");
    }
    *ledger.failing.lock().unwrap() = Some(ROLE);
    let directory = Directory::default();
    let failed = with(SETTINGS, &ledger, &directory).handle(event("iam-put-role-policy"), Some(&home())).await;
    let error = failed.unwrap_err();
    assert_eq!(error.kind(), "LedgerUnavailable");
}

#[tokio::test]
async fn a_managed_policy_advances_those_who_have_it_and_sign() {
    let everyone = ["role/123456789012/presign-demo-signer", "user/123456789012/alice", "user/123456789012/bob"];
    for (settings, expected, asked) in [
        (SETTINGS.to_owned(), &everyone[..1], &[POLICY][..]),
        (signing_as_anyone(), &everyone[..], &[POLICY, "signers"][..]),
    ] {
        let (ledger, directory) = (Ledger::default(), Directory::default());
        handled_with(&settings, &ledger, &directory, new_default_version_of(POLICY)).await;
        let advanced: Vec<String> = generations(&ledger).into_iter().map(|(scope, _)| scope).collect();
        assert_eq!(advanced, expected);
        assert_eq!(*directory.asked.lock().unwrap(), asked);
    }
}

#[tokio::test]
async fn a_managed_policy_that_no_signer_has_changes_nothing() {
    let ledger = Ledger::default();
    let unused = new_default_version_of("arn:aws:iam::123456789012:policy/unused");
    assert_eq!(handled(&ledger, unused).await["irrelevant"], 1);
    assert_eq!(generations(&ledger), []);
}

#[tokio::test]
async fn a_group_advances_its_members() {
    let (ledger, directory) = (Ledger::default(), Directory::default());
    let put = changed("PutGroupPolicy", json!({"groupName": "signers", "policyName": "p"}));
    handled_with(&signing_as_anyone(), &ledger, &directory, put).await;
    assert_eq!(generations(&ledger), [("user/123456789012/bob".to_owned(), 1)]);
}

#[tokio::test]
async fn what_no_lookup_could_change_is_not_looked_up() {
    let directory = Directory::default();
    let mut elsewhere = new_default_version_of("arn:aws:iam::999999999999:policy/p");
    elsewhere["detail"]["recipientAccountId"] = json!("999999999999");
    // Roles are in no group, and no profile signs in the other account.
    for payload in [changed("PutGroupPolicy", json!({"groupName": "signers"})), elsewhere] {
        let ledger = Ledger::default();
        assert_eq!(handled_with(SETTINGS, &ledger, &directory, payload).await["irrelevant"], 1);
        assert_eq!(generations(&ledger), []);
    }
    assert_eq!(*directory.asked.lock().unwrap(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_fails_or_hangs_advances_the_whole_account() {
    for directory in
        [Directory { failing: true, ..Directory::default() }, Directory { hanging: true, ..Directory::default() }]
    {
        let ledger = Ledger::default();
        handled_with(SETTINGS, &ledger, &directory, new_default_version_of(POLICY)).await;
        assert_eq!(generations(&ledger), [(ACCOUNT.to_owned(), 1)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_lookups_that_hang_waits_no_longer_than_one() {
    let (ledger, directory) = (Ledger::default(), Directory { hanging: true, ..Directory::default() });
    let began = tokio::time::Instant::now();
    let messages = (0..100).map(|i| {
        let policy = new_default_version_of(&format!("arn:aws:iam::123456789012:policy/p{i}"));
        json!({"messageId": i.to_string(), "eventSource": "aws:sqs", "body": policy.to_string()})
    });
    let batch = json!({"Records": messages.collect::<Vec<_>>()});
    assert_eq!(handled_with(SETTINGS, &ledger, &directory, batch).await, json!({"batchItemFailures": []}));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(directory.asked.lock().unwrap().len() < 10, "nobody waits for what is asked any more");
    assert_eq!(generations(&ledger), [(ACCOUNT.to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_hangs_fails_what_it_should_have_done_before_lambda_ends_the_invocation() {
    let bucket = |i| SETTINGS.replace("\"demo\"", &format!("\"bucket-{i}\""));
    let settings: String = (0..100).map(bucket).collect();
    let message = |id, event: Value| json!({"messageId": id, "eventSource": "aws:sqs", "body": event.to_string()});
    let mut joined = changed("AcceptHandshake", json!({"handshakeId": "h-1"}));
    joined["detail"]["eventSource"] = json!("organizations.amazonaws.com");
    let records = [
        message("role", event("iam-put-role-policy")),
        message("everyone", joined.clone()),
        message("policy", new_default_version_of(POLICY)),
    ];
    // As long as a call may take; and as long as several calls for one scope may take, though none of them hangs.
    for (slow, calls) in [(6, 4 * AT_ONCE), (60, AT_ONCE)] {
        let (ledger, directory) = (Ledger::default(), Directory { hanging: true, ..Directory::default() });
        *ledger.slow.lock().unwrap() = Some(Duration::from_secs(slow));
        let began = tokio::time::Instant::now();
        let answer = handled_with(&settings, &ledger, &directory, json!({"Records": records})).await;
        assert!(began.elapsed() <= Duration::from_secs(20), "{:?}", began.elapsed());
        assert!(ledger.calls.load(Ordering::Relaxed) <= calls + 2, "none begins that has no time");
        assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "everyone"}]}));
        assert_eq!(generations(&ledger), [(ACCOUNT.to_owned(), 1), (ROLE.to_owned(), 1)]);
        let failed = with(&settings, &ledger, &directory).handle(joined.clone(), Some(&home())).await;
        assert_eq!(failed.unwrap_err().kind(), "LedgerUnavailable");
    }
}

#[tokio::test]
async fn what_is_in_another_account_or_in_an_unknown_one_is_the_whole_account() {
    let of_another = "arn:aws:iam::999999999999:policy/p";
    let elsewhere: AccountId = "999999999999".parse().unwrap();
    for (policy, home) in [(of_another, Some(home())), (POLICY, None), (POLICY, Some(elsewhere))] {
        let (ledger, directory) = (Ledger::default(), Directory::default());
        let payload = new_default_version_of(policy);
        with(SETTINGS, &ledger, &directory).handle(payload, home.as_ref()).await.unwrap();
        assert_eq!(generations(&ledger), [(ACCOUNT.to_owned(), 1)]);
        assert_eq!(*directory.asked.lock().unwrap(), [""; 0]);
    }
}

#[tokio::test]
async fn what_concerns_anything_in_an_account_reaches_the_buckets_that_others_sign_for() {
    let elsewhere = "arn:aws:iam::999999999999:role/signer";
    let other = SETTINGS
        .replace("\"demo\"", "\"other\"")
        .replace("arn:aws:iam::123456789012:role/team/presign-demo-signer", elsewhere);
    let of = |account: &str, source: &str, name: &str| {
        let mut change = event("iam-put-role-policy");
        change["detail"]["eventSource"] = json!(source);
        change["detail"]["eventName"] = json!(name);
        change["detail"]["requestParameters"] = Value::Null;
        change["detail"]["recipientAccountId"] = json!(account);
        change
    };
    let (ours, theirs, third) = ("123456789012", "999999999999", "111111111111");
    for (source, name) in [
        ("s3.amazonaws.com", "PutAccountPublicAccessBlock"),
        ("s3.amazonaws.com", "PutBucketPublicAccessBlock"),
        ("kms.amazonaws.com", "RetireGrant"),
        ("ec2.amazonaws.com", "ModifyVpcEndpoint"),
    ] {
        for (account, buckets) in [(ours, &["other"][..]), (theirs, &["demo"]), (third, &["demo", "other"])] {
            let ledger = Ledger::default();
            let settings = format!("{SETTINGS}{other}");
            handled_with(&settings, &ledger, &Directory::default(), of(account, source, name)).await;
            let mut expected = vec![(format!("account/{account}"), 1)];
            expected.extend(buckets.iter().map(|bucket| (format!("bucket/{bucket}"), 1)));
            assert_eq!(generations(&ledger), expected, "{name} in {account}");
        }
    }
    let ledger = Ledger::default();
    handled(&ledger, of(ours, "ec2.amazonaws.com", "DeleteVpcEndpoints")).await;
    assert_eq!(generations(&ledger), [(ACCOUNT.to_owned(), 1)]);
}

#[tokio::test]
async fn one_policy_in_many_events_of_a_batch_is_looked_up_once() {
    let (ledger, directory) = (Ledger::default(), Directory::default());
    let messages = (0..3).map(|i| {
        let body = new_default_version_of(POLICY).to_string();
        json!({"messageId": i.to_string(), "eventSource": "aws:sqs", "body": body})
    });
    let batch = json!({"Records": messages.collect::<Vec<_>>()});
    handled_with(SETTINGS, &ledger, &directory, batch).await;
    assert_eq!(*directory.asked.lock().unwrap(), [POLICY]);
    assert_eq!(generations(&ledger), [(ROLE.to_owned(), 1)]);
}

#[tokio::test]
async fn what_kms_does_by_itself_counts_too() {
    let ledger = Ledger::default();
    let mut expired = event("kms-disable-key");
    expired["detail-type"] = json!("AWS Service Event via CloudTrail");
    expired["detail"]["eventName"] = json!("DeleteExpiredKeyMaterial");
    expired["detail"]["eventType"] = json!("AwsServiceEvent");
    expired["detail"]["requestParameters"] = Value::Null;
    expired["detail"]["userIdentity"] = json!({"accountId": "123456789012", "invokedBy": "AWS Internal"});
    assert_eq!(handled(&ledger, expired).await["advanced"][0]["generation"], 1);
}

#[tokio::test]
async fn an_account_that_joins_or_leaves_the_organization_concerns_everyone() {
    for (kind, name) in [
        ("AWS API Call via CloudTrail", "AcceptHandshake"),
        ("AWS Service Event via CloudTrail", "AccountJoinedOrganization"),
        ("AWS Service Event via CloudTrail", "AccountDepartedOrganization"),
    ] {
        let ledger = Ledger::default();
        let membership = json!({
            "detail-type": kind, "source": "aws.organizations", "account": "999999999999",
            "detail": {"eventSource": "organizations.amazonaws.com", "eventName": name, "eventID": "e-1",
                "userIdentity": {"accountId": "999999999999", "invokedBy": "organizations.amazonaws.com"},
                "requestParameters": null, "recipientAccountId": "999999999999"},
        });
        handled(&ledger, membership).await;
        assert_eq!(generations(&ledger), [("bucket/demo".to_owned(), 1)], "{name}");
    }
}
