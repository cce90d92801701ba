//! A role has 10,240 characters for its inline policies: many tenants are revoked in them, and the whole role always can be.

use std::time::Duration;

use axum::http::StatusCode;
use end_to_end::{Bench, now, text};
use local_stack::ROLE;
use operate_urls::Pruned;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::tenants::{Service, member, revocations, status};

/// The characters of all inline policies of the role.
async fn characters(bench: &Bench) -> usize {
    let iam = bench.iam();
    let mut sum = 0;
    for name in iam.list_role_policies().role_name(ROLE).send().await.unwrap().policy_names() {
        let policy = iam.get_role_policy().role_name(ROLE).policy_name(name).send().await.unwrap();
        let document = percent_decode_str(policy.policy_document()).decode_utf8().unwrap();
        sum += document.chars().filter(|c| !c.is_whitespace()).count();
    }
    sum
}

/// Somebody else's policies fill the role up to the last character.
async fn fill(bench: &Bench) {
    let policy = |object: &str| {
        json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::demo/{object}")}})
        .to_string()
    };
    let left = 10_240 - characters(bench).await;
    bench.put_role_policy("filling", &policy(&"x".repeat(left - policy("").len()))).await;
    assert_eq!(characters(bench).await, 10_240);
}

fn problem(answer: &Value) -> (&str, &str) {
    (text(answer, "type"), text(answer, "detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tenants_are_revoked_one_after_the_other_and_only_their_old_urls_are_dead() {
    const TENANTS: usize = 200;
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.stack.lose_events(true);
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let tenants: Vec<_> = (0..TENANTS).map(|i| format!("tenant-{i:03}")).collect();
    let issue = async |tenant: &str| service.issue(&member("alice", tenant), "hello.txt").await;
    let mut old = vec![];
    for tenant in &tenants {
        old.push(issue(tenant).await);
    }
    let of_another = issue("another").await;
    // The first waits until its time is past, so that the others need not.
    let (_, first) = service.revoke(&json!({"tenant": tenants[0]})).await;
    for tenant in &tenants {
        let (code, answer) = service.revoke(&json!({"tenant": tenant, "issuedBefore": first["issuedBefore"]})).await;
        assert_eq!(code, StatusCode::OK, "{answer}");
    }
    assert!(revocations(&bench).await.len() < 40 && characters(&bench).await < 10_240);
    for (tenant, old) in tenants.iter().zip(&old) {
        assert_eq!(status(&bench, old).await, StatusCode::FORBIDDEN, "{tenant}");
        assert_eq!(status(&bench, &issue(tenant).await).await, StatusCode::OK, "{tenant}");
    }
    assert_eq!(status(&bench, &of_another).await, StatusCode::OK);
    let again = json!({"tenant": tenants[0], "issuedBefore": first["issuedBefore"]});
    let (_, answer) = service.revoke(&again).await;
    assert_eq!(answer["changed"], false, "{answer}");
    assert!(text(&answer, "policyName").starts_with("AWSRevokeOlderSessions-tenants-"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_role_that_is_full_to_the_last_character_no_tenant_can_be_revoked_but_the_whole_role_can() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let issue = async |tenant: &str| service.issue(&member("alice", tenant), "hello.txt").await;
    let (acme, umbrella) = (issue("acme").await, issue("umbrella").await);
    service.revoke(&json!({"tenant": "acme"})).await;
    fill(&bench).await;
    let (code, answer) = service.revoke(&json!({"tenant": "umbrella"})).await;
    let (kind, detail) = problem(&answer);
    assert_eq!((code, kind), (StatusCode::CONFLICT, "urn:presign:problem:role-full"));
    assert!(detail.contains("revoke the whole role, for which there is room in any case"), "{detail}");
    assert_eq!(status(&bench, &umbrella).await, StatusCode::OK);

    let (code, answer) = service.revoke(&json!({})).await;
    assert_eq!((code, &answer["changed"]), (StatusCode::OK, &json!(true)), "{answer}");
    for old in [&acme, &umbrella] {
        assert_eq!(status(&bench, old).await, StatusCode::FORBIDDEN);
    }
    for tenant in ["acme", "umbrella"] {
        assert_eq!(status(&bench, &issue(tenant).await).await, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_others_have_filled_before_is_full_for_every_revocation() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    fill(&bench).await;
    for whose in [json!({"tenant": "acme"}), json!({})] {
        let (code, answer) = service.revoke(&whose).await;
        let (kind, detail) = problem(&answer);
        assert_eq!((code, kind), (StatusCode::CONFLICT, "urn:presign:problem:role-full"));
        assert!(detail.contains("take one away"), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_takes_away_what_is_spent_and_leaves_what_is_not() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let ago = |hours| jiff::Timestamp::try_from(now() - Duration::from_hours(hours)).unwrap().to_string();
    let mut names = vec![];
    for (tenant, hours) in [("acme", 11), ("umbrella", 5)] {
        let (_, answer) = service.revoke(&json!({"tenant": tenant, "issuedBefore": ago(hours)})).await;
        names.push(text(&answer, "policyName").to_owned());
    }
    bench.put_role_policy("another", end_to_end::ALLOW_NOTHING_NEW).await;
    let looked = async |hours: u64, pruned| {
        bench.stack.advance(Duration::from_hours(hours));
        assert_eq!(bench.stack.prune().await, Pruned { roles: 1, pruned, late: 0, failed: 0 }, "{hours} hours later");
        revocations(&bench).await
    };
    assert_eq!(looked(1, 0).await.len(), 3, "the first is twelve hours old, which is not enough for clocks");
    assert_eq!(looked(1, 1).await, [names[1].as_str(), "another"]);
    assert_eq!(looked(5, 0).await, [names[1].as_str(), "another"]);
    assert_eq!(looked(1, 1).await, ["another"]);
    assert_eq!(looked(24, 0).await, ["another"], "there is nothing left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_iam_does_not_answer_the_schedules_run_ends_well_and_tells_at_how_many_roles_it_failed() {
    let bench = Bench::start(&[]).await;
    bench.stack.aws().faults().set(local_aws::AwsService::Iam, local_aws::Fault::Fail(StatusCode::BAD_REQUEST));
    assert_eq!(bench.stack.prune().await, Pruned { failed: 1, ..Pruned::default() });
}
