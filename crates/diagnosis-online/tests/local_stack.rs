//! The same by the SDKs, against the local stack, as far as it can answer.
#![cfg(test)]

use std::sync::Arc;

use clap::Parser;
use diagnosis::facts::Looked;
use diagnosis::{Case, Input, Report};
use diagnosis_online::{Account, Asked, AwsAccount, gather};
use jiff::Timestamp;
use local_stack::{BUCKET, LocalStack, OBJECT_KEY, Options, ROLE};

#[expect(clippy::disallowed_methods, reason = "the wiring of a client")]
fn now() -> Timestamp {
    Timestamp::now()
}

async fn stack() -> LocalStack {
    LocalStack::start(Options::try_parse_from(["local-stack", "--port", "0"]).unwrap()).await.unwrap()
}

fn url(stack: &LocalStack, key: &str) -> String {
    let date = now().strftime("%Y%m%dT%H%M%SZ").to_string();
    format!(
        "{}/{BUCKET}/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F{}%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date={date}&X-Amz-Expires=900&X-Amz-Security-Token=token&X-Amz-SignedHeaders=host&X-Amz-Signature={}&x-id=GetObject",
        stack.endpoint(),
        date.split('T').next().unwrap(),
        "0".repeat(64)
    )
}

async fn report(stack: &LocalStack, key: &str, asked: &Asked) -> Report {
    let account = AwsAccount::new(stack.sdk_config(), true, Arc::new(now));
    let case = Case::read(Input { url: &url(stack, key), error: None, request: None, now: now() }).unwrap();
    let facts = gather(&account, &case, asked).await;
    Report::of(&case.with_facts(facts))
}

#[tokio::test]
async fn caller_bucket_object_and_clock_are_looked_at() {
    let stack = stack().await;
    let account = AwsAccount::new(stack.sdk_config(), true, Arc::new(now));
    assert!(matches!(account.caller().await, Looked::Found(arn) if arn.starts_with("arn:aws:iam::123456789012:")));
    assert_eq!(account.bucket_region("no-such-bucket-here").await, Looked::Nothing);
    assert!(matches!(account.object("us-east-1", BUCKET, OBJECT_KEY, None).await, Looked::Found(_)));
    assert!(matches!(account.clock_skew().await, Looked::Found(seconds) if seconds.abs() <= 2));
    stack.stop().await;
}

#[tokio::test]
async fn a_missing_object_is_the_cause_and_what_the_stack_does_not_know_is_not_fine() {
    let stack = stack().await;
    let report = report(&stack, "gone.txt", &Asked::default()).await;
    assert_eq!(report.findings[0].check, "object-exists", "{:?}", report.findings);
    assert!(
        report.could_not_look.iter().any(|unseen| unseen.check == "signer-permission"),
        "{:?}",
        report.could_not_look
    );
    stack.stop().await;
}

#[tokio::test]
async fn sessions_revoked_by_iams_own_policy_are_found() {
    let stack = stack().await;
    let asked =
        Asked { signer: Some(format!("arn:aws:sts::123456789012:assumed-role/{ROLE}/local")), ..Asked::default() };
    let later = Timestamp::from_second(now().as_second() + 60).unwrap();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{later}"}}}}}}]}}"#
    );
    let iam = aws_sdk_iam::Client::new(&stack.sdk_config());
    iam.put_role_policy()
        .role_name(ROLE)
        .policy_name("AWSRevokeOlderSessions")
        .policy_document(policy)
        .send()
        .await
        .unwrap();
    let report = report(&stack, OBJECT_KEY, &asked).await;
    assert_eq!(report.findings[0].check, "session-revoked", "{:?}", report.findings);
    stack.stop().await;
}

#[tokio::test]
async fn the_roles_policy_that_denies_is_named() {
    let stack = stack().await;
    let asked = Asked { signer: Some(format!("arn:aws:iam::123456789012:role/{ROLE}")), ..Asked::default() };
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;
    let iam = aws_sdk_iam::Client::new(&stack.sdk_config());
    iam.put_role_policy().role_name(ROLE).policy_name("freeze").policy_document(policy).send().await.unwrap();
    let report = report(&stack, OBJECT_KEY, &asked).await;
    let finding = report.findings.iter().find(|finding| finding.check == "signer-permission").unwrap();
    assert!(finding.evidence.iter().any(|evidence| evidence.text.contains("`freeze`")), "{finding:?}");
    stack.stop().await;
}
