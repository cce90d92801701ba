//! After a policy change, nothing that was signed before it is served again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use end_to_end::{ALLOW_NOTHING_NEW, Bench, DENY_ALL, Load, parameter, read_of, text};
use local_aws::{AwsService, Fault};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep_until;

#[tokio::test(flavor = "multi_thread")]
async fn the_next_url_after_a_change_comes_of_a_new_session() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let old = bench.issue(&read_of("hello.txt")).await;
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    let new = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(new["cache"], "miss");
    assert_ne!(parameter(&old, "X-Amz-Credential"), parameter(&new, "X-Amz-Credential"));
    assert_eq!(bench.issue(&read_of("hello.txt")).await["url"], new["url"], "the new one is what is served now");
    assert_eq!(bench.get(text(&old, "url")).await.0, StatusCode::OK, "invalidating revokes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deny_stops_urls_that_are_out_and_taking_it_back_revives_them() {
    let bench = Bench::start(&[]).await;
    let answer = bench.issue(&read_of("hello.txt")).await;
    bench.put_role_policy("deny", DENY_ALL).await;
    let (status, refusal) = bench.get(text(&answer, "url")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(refusal.contains("AccessDenied"), "a policy never breaks a signature: {refusal}");
    bench.delete_role_policy("deny").await;
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_change_settles_urls_are_signed_afresh_and_not_stored() {
    let bench = Bench::start(&["--hold-seconds", "3600"]).await;
    bench.issue(&read_of("hello.txt")).await;
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    let writes = || bench.stack.aws().faults().calls(AwsService::DynamoDb, "PutItem");
    let before = writes();
    for _ in 0..3 {
        assert_eq!(bench.issue(&read_of("hello.txt")).await["cache"], "bypass");
    }
    assert_eq!(writes(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_taken_while_a_change_settles_signs_nothing_that_is_stored() {
    let bench = Bench::start(&["--hold-seconds", "120"]).await;
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    let held = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(held["cache"], "bypass");
    bench.stack.advance(Duration::from_mins(2));
    let stored = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(stored["cache"], "miss");
    assert_ne!(parameter(&held, "X-Amz-Credential"), parameter(&stored, "X-Amz-Credential"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trust_policy_renews_sessions_and_leaves_urls_alone() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let old = bench.issue(&read_of("a")).await;
    let trust =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
    let update = bench.iam().update_assume_role_policy().role_name(local_stack::ROLE).policy_document(trust);
    update.send().await.unwrap();
    let again = bench.issue(&read_of("a")).await;
    assert_eq!((&again["cache"], &again["url"]), (&json!("hit"), &old["url"]));
    let other = bench.issue(&read_of("b")).await;
    assert_ne!(parameter(&old, "X-Amz-Credential"), parameter(&other, "X-Amz-Credential"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_failed_and_one_of_another_role_invalidate_nothing() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let first = bench.issue(&read_of("hello.txt")).await;
    let iam = bench.iam();
    let malformed = iam.put_role_policy().role_name(local_stack::ROLE).policy_name("p").policy_document("{}");
    assert!(malformed.send().await.is_err());
    let trust =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
    iam.create_role().role_name("other").assume_role_policy_document(trust).send().await.unwrap();
    let other = iam.put_role_policy().role_name("other").policy_name("p").policy_document(DENY_ALL);
    other.send().await.unwrap();
    let again = bench.issue(&read_of("hello.txt")).await;
    assert_eq!((&again["cache"], &again["url"]), (&json!("hit"), &first["url"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_of_an_attached_policy_invalidates_what_its_roles_have_signed() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let iam = bench.iam();
    let create = iam.create_policy().policy_name("p").path("/team/").policy_document(ALLOW_NOTHING_NEW);
    let arn = create.send().await.unwrap().policy().unwrap().arn().unwrap().to_owned();
    let new_version = async |in_force| {
        let create = iam.create_policy_version().policy_arn(&arn).policy_document(ALLOW_NOTHING_NEW);
        create.set_as_default(in_force).send().await.unwrap();
    };
    let first = bench.issue(&read_of("hello.txt")).await;
    let unchanged = async |since: &Value| {
        let again = bench.issue(&read_of("hello.txt")).await;
        assert_eq!((&again["cache"], &again["url"]), (&json!("hit"), &since["url"]));
    };
    new_version(true).await;
    unchanged(&first).await;

    iam.attach_role_policy().role_name(local_stack::ROLE).policy_arn(&arn).send().await.unwrap();
    let attached = bench.issue(&read_of("hello.txt")).await;
    assert_ne!(attached["url"], first["url"]);
    new_version(false).await;
    unchanged(&attached).await;
    new_version(true).await;
    let changed = bench.issue(&read_of("hello.txt")).await;
    assert_ne!(changed["url"], attached["url"]);

    // As a boundary it counts like a permission.
    iam.detach_role_policy().role_name(local_stack::ROLE).policy_arn(&arn).send().await.unwrap();
    let bound = iam.put_role_permissions_boundary().role_name(local_stack::ROLE).permissions_boundary(&arn);
    bound.send().await.unwrap();
    let bounded = bench.issue(&read_of("hello.txt")).await;
    iam.set_default_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    assert_ne!(bench.issue(&read_of("hello.txt")).await["url"], bounded["url"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_iam_cannot_be_asked_a_new_version_invalidates_the_whole_account() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let iam = bench.iam();
    let create = iam.create_policy().policy_name("p").policy_document(ALLOW_NOTHING_NEW);
    let arn = create.send().await.unwrap().policy().unwrap().arn().unwrap().to_owned();
    let old = bench.issue(&read_of("hello.txt")).await;
    // The event comes by another way, as it does from AWS: IAM itself is down.
    bench.stack.aws().faults().set(AwsService::Iam, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    let detail = json!({
        "eventSource": "iam.amazonaws.com", "eventName": "SetDefaultPolicyVersion", "recipientAccountId": "123456789012",
        "awsRegion": "us-east-1", "requestParameters": {"policyArn": arn, "versionId": "v1"},
    });
    let event = json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "detail": detail});
    bench.stack.deliver(event).await;
    bench.stack.settled().await;
    let new = bench.issue(&read_of("hello.txt")).await;
    assert_ne!(new["url"], old["url"], "nobody was found, so nothing was invalidated");
}

/// What the run under load knows: how many changes have begun and are done, and when each session was seen at the latest
/// to have been made.
#[derive(Default)]
struct Watch {
    begun: AtomicUsize,
    done: Mutex<Vec<Instant>>,
    /// By credential, the number of changes that had begun when it was first seen: it is older than all the others.
    made_before: Mutex<BTreeMap<String, usize>>,
}

/// Thousands of requests while policies change: a request that begins a staleness after a change was handled never gets
/// what was signed before that change.
async fn no_answer_is_older_than_the_staleness(staleness: Duration) {
    const CHANGES: usize = 20;
    const REQUESTS: usize = 3000;
    const WORKERS: usize = 8;
    let milliseconds = staleness.as_millis().to_string();
    let bench = Bench::start(&["--hold-seconds", "0", "--staleness-milliseconds", &milliseconds]).await;
    let (bench, watch, hits) = (Arc::new(bench), Arc::new(Watch::default()), Arc::new(AtomicUsize::new(0)));

    let mut load = Load::default();
    for worker in 0..WORKERS {
        let (bench, watch, requests, hits) = (bench.clone(), watch.clone(), load.requests(), hits.clone());
        load.spawn(async move {
            loop {
                let _ = requests.another();
                let asked_at = Instant::now();
                let settled = watch.done.lock().await.iter().filter(|done| **done + staleness <= asked_at).count();
                let answer = bench.issue(&read_of(&format!("key-{}", worker % 3))).await;
                let credential = parameter(&answer, "X-Amz-Credential").to_owned();
                let begun = watch.begun.load(SeqCst);
                hits.fetch_add(usize::from(answer["cache"] == "hit"), SeqCst);
                let mut made = watch.made_before.lock().await;
                let made_before =
                    *made.entry(credential).and_modify(|known| *known = begun.min(*known)).or_insert(begun);
                assert!(
                    settled <= made_before,
                    "change {settled} was settled, the session is from before {made_before}"
                );
            }
        });
    }
    for change in 0..CHANGES {
        // Some requests between two changes, so that there is something to go stale, and time for it.
        let apart = Instant::now() + 2 * staleness;
        load.goes_on_for(REQUESTS / CHANGES).await;
        sleep_until(apart.into()).await;
        watch.begun.store(change + 1, SeqCst);
        let document = if change % 2 == 0 { ALLOW_NOTHING_NEW } else { DENY_ALL };
        bench.put_role_policy("changing", document).await;
        watch.done.lock().await.push(Instant::now());
    }
    load.goes_on_for(REQUESTS / CHANGES).await;
    drop(load);
    let sessions = watch.made_before.lock().await.len();
    assert!(sessions >= CHANGES, "each change brought a new session: {sessions}");
    assert!(hits.load(SeqCst) > REQUESTS / 2, "most were served from the cache: {hits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_and_without_staleness_no_old_url_is_served() {
    no_answer_is_older_than_the_staleness(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_no_url_is_served_that_is_older_than_the_staleness() {
    no_answer_is_older_than_the_staleness(Duration::from_millis(40)).await;
}
