//! A change whose event never comes is noticed all the same.

use std::time::SystemTime;

use axum::http::StatusCode;
use end_to_end::{ALLOW_NOTHING_NEW, Bench, read_of};
use local_aws::{AwsService, Fault};
use presign::generation::Scope;
use presign::lifetime::ExpiresIn;
use presign::names::Principal;
use presign::reconcile::{Recalled, Renewal, SightLedger};
use serde_json::{Value, json};
use url_cache::UrlTable;

const ROLE: &str = "role/123456789012/presign-demo-signer";
const SESSIONS: &str = "sessions/role/123456789012/presign-demo-signer";

async fn cached(bench: &Bench) -> (Value, Value) {
    let answer = bench.issue(&read_of("hello.txt")).await;
    (answer["cache"].clone(), answer["url"].clone())
}

/// A stack that has been looked at once, and whose events are lost from then on.
async fn without_events() -> Bench {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let first = bench.stack.reconcile().await.unwrap();
    assert_eq!((first.subjects, first.changed.len(), first.unseen.len()), (3, 0, 0), "{:?}", first.unseen);
    bench.stack.lose_events(true);
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_an_event_is_found_and_then_counted_as_missed() {
    let bench = without_events().await;
    let (_, old) = cached(&bench).await;
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    assert_eq!(cached(&bench).await, (json!("hit"), old.clone()), "nobody has told of the change");

    let found = bench.stack.reconcile().await.unwrap();
    assert_eq!((found.changed, found.missed), (vec![ROLE.to_owned()], vec![]), "its event may be on its way still");
    let (_, new) = cached(&bench).await;
    assert_ne!(new, old);

    let next = bench.stack.reconcile().await.unwrap();
    assert_eq!((next.changed, next.missed), (vec![], vec![ROLE.to_owned()]));
    let last = bench.stack.reconcile().await.unwrap();
    assert_eq!((last.changed, last.missed), (vec![], vec![]), "it is counted once");
    assert_eq!(cached(&bench).await, (json!("hit"), new));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_changing_what_a_role_may_is_seen() {
    let bench = without_events().await;
    let iam = bench.iam();
    let create = iam.create_policy().policy_name("p").path("/team/").policy_document(ALLOW_NOTHING_NEW);
    let arn = create.send().await.unwrap().policy().unwrap().arn().unwrap().to_owned();
    let changed = async || bench.stack.reconcile().await.unwrap().changed;
    let version = async || {
        let document = end_to_end::DENY_ALL.replace("Deny", "Allow");
        let create = iam.create_policy_version().policy_arn(&arn).policy_document(document).set_as_default(true);
        create.send().await.unwrap();
    };
    assert_eq!(changed().await, [] as [&str; 0], "a policy that the role has not");
    iam.attach_role_policy().role_name(local_stack::ROLE).policy_arn(&arn).send().await.unwrap();
    assert_eq!(changed().await, [ROLE], "attached");
    version().await;
    assert_eq!(changed().await, [ROLE], "a new version");
    iam.detach_role_policy().role_name(local_stack::ROLE).policy_arn(&arn).send().await.unwrap();
    assert_eq!(changed().await, [ROLE], "detached");
    let boundary = iam.put_role_permissions_boundary().role_name(local_stack::ROLE).permissions_boundary(&arn);
    boundary.send().await.unwrap();
    assert_eq!(changed().await, [ROLE], "a boundary");
    iam.set_default_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    assert_eq!(changed().await, [ROLE], "another version of the boundary");
    let trust =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
    iam.update_assume_role_policy().role_name(local_stack::ROLE).policy_document(trust).send().await.unwrap();
    assert_eq!(changed().await, [SESSIONS], "the trust policy");
    assert_eq!(changed().await, [] as [&str; 0], "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_max_session_duration_is_seen_and_kept() {
    let bench = without_events().await;
    let iam = bench.iam();
    iam.update_role().role_name(local_stack::ROLE).max_session_duration(7200).send().await.unwrap();
    let found = bench.stack.reconcile().await.unwrap();
    assert_eq!((found.changed, found.corrected), (vec![SESSIONS.to_owned()], vec![SESSIONS.to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_later_than_the_look_is_not_missed() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.stack.reconcile().await.unwrap();
    bench.stack.lose_events(true);
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    bench.stack.lose_events(false);
    assert_eq!(bench.stack.reconcile().await.unwrap().changed, [ROLE]);
    let late = json!({
        "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": "123456789012",
        "detail": {
            "eventID": "e-late", "eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy",
            "awsRegion": "us-east-1", "requestParameters": {"roleName": local_stack::ROLE, "policyName": "more"},
        },
    });
    bench.stack.deliver(late).await;
    let next = bench.stack.reconcile().await.unwrap();
    assert_eq!((next.changed, next.missed), (vec![], vec![]));
}

/// What the reconciler would write of a scope that was seen to be limited.
async fn limit(bench: &Bench, scope: &Scope, longest: u64) {
    let table = UrlTable::new(aws_sdk_dynamodb::Client::new(&bench.stack.sdk_config()), local_stack::TABLE.to_owned());
    let before: Recalled = table.recall(scope, None).await.unwrap();
    let ceiling = ExpiresIn::from_seconds(longest).ok();
    let record = before.record.clone().unwrap_or_default();
    let renewal = Renewal { record, advance: Some(SystemTime::UNIX_EPOCH), ceiling };
    assert!(table.renew(scope, &before, &renewal).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_to_be_the_longest_is_the_longest_that_is_issued() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let ask = async || {
        let answer = bench.issue(&read_of("hello.txt")).await;
        (answer["limitedBy"].clone(), answer["expiresIn"].as_u64().unwrap())
    };
    assert_eq!(ask().await, (json!("request"), 900));
    limit(&bench, &Scope::Bucket("demo".parse().unwrap()), 600).await;
    assert_eq!(ask().await, (json!("signatureAge"), 600));
    let insisting = json!({"operation": "getObject", "bucket": "demo", "key": "hello.txt", "expiresIn": 900, "lifetime": "require"});
    let (status, refusal) = bench.post(insisting.to_string()).await;
    assert_eq!(
        (status.as_u16(), &refusal["longestExpiresIn"], &refusal["limitedBy"]),
        (422, &json!(600), &json!("signatureAge"))
    );

    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::BAD_REQUEST));
    let other = bench.issue(&read_of("other.txt")).await;
    assert_eq!((&other["limitedBy"], &other["cache"]), (&json!("signatureAge"), &json!("bypass")), "it is still known");
    let more =
        json!({"operation": "getObject", "bucket": "demo", "key": "k", "expiresIn": 50_000, "lifetime": "require"});
    let (_, refusal) = bench.post(more.to_string()).await;
    assert_eq!(
        (&refusal["longestExpiresIn"], &refusal["limitedBy"]),
        (&json!(600), &json!("signatureAge")),
        "{refusal}"
    );
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::None);
    limit(&bench, &Scope::Bucket("demo".parse().unwrap()), 0).await;
    let (_, refusal) = bench.post(more.to_string()).await;
    assert_eq!(refusal["limitedBy"], "session", "the signature's age limits nothing any more: {refusal}");
    limit(&bench, &Scope::Bucket("demo".parse().unwrap()), 600).await;
    assert_eq!(ask().await, (json!("signatureAge"), 600));

    let signer = Principal::role("123456789012".parse().unwrap(), local_stack::ROLE).unwrap();
    limit(&bench, &Scope::Sessions(signer.clone()), 301).await;
    // The URL that is cached is of an older session, and good.
    assert_eq!(ask().await.0, "signatureAge");
    limit(&bench, &Scope::Principal(signer), 301).await;
    let (limited_by, expires_in) = ask().await;
    assert_eq!(limited_by, "session");
    assert!((290..=300).contains(&expires_in), "{expires_in}");
    limit(&bench, &Scope::Bucket("demo".parse().unwrap()), 0).await;
    let (_, refusal) = bench.post(more.to_string()).await;
    let longest = refusal["longestExpiresIn"].as_u64().unwrap();
    assert!(
        (290..=300).contains(&longest) && refusal["limitedBy"] == "session",
        "what such a session gives: {refusal}"
    );
}
