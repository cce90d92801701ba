//! Managed policies: what is in force, and who has it.

use aws_sdk_iam::types::PolicyUsageType;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Stack, administrator, get, trust};

fn statement(effect: &str, action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": "*"}}).to_string()
}

async fn created(iam: &aws_sdk_iam::Client, name: &str, document: String) -> String {
    let create = iam.create_policy().policy_name(name).path("/team/").policy_document(document);
    create.send().await.unwrap().policy().unwrap().arn().unwrap().to_owned()
}

#[tokio::test]
async fn the_version_in_force_and_the_boundary_decide_like_inline_policies() {
    let stack = Stack::with_signer().await;
    let iam = stack.iam(administrator());
    let url = stack.presigned_get(stack.session(900).await, "k").await;
    let status = async || get(&url, &[]).await.status;
    assert_eq!(status().await, StatusCode::OK);

    let arn = created(&iam, "reading", statement("Allow", "s3:*")).await;
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:policy/team/reading"));
    iam.attach_role_policy().role_name("signer").policy_arn(&arn).send().await.unwrap();
    iam.delete_role_policy().role_name("signer").policy_name("access").send().await.unwrap();
    assert_eq!(status().await, StatusCode::OK, "by the attached policy");

    let version = |in_force| {
        iam.create_policy_version().policy_arn(&arn).policy_document(statement("Deny", "*")).set_as_default(in_force)
    };
    version(false).send().await.unwrap();
    assert_eq!(status().await, StatusCode::OK, "a version that is not in force");
    iam.set_default_policy_version().policy_arn(&arn).version_id("v2").send().await.unwrap();
    assert_eq!(status().await, StatusCode::FORBIDDEN);
    iam.set_default_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    assert_eq!(status().await, StatusCode::OK);

    let bound = created(&iam, "bound", statement("Allow", "s3:PutObject")).await;
    iam.put_role_permissions_boundary().role_name("signer").permissions_boundary(&bound).send().await.unwrap();
    let refused = get(&url, &[]).await;
    assert!(refused.body.contains("no permissions boundary allows"), "{}", refused.body);
    iam.delete_role_permissions_boundary().role_name("signer").send().await.unwrap();
    assert_eq!(status().await, StatusCode::OK);

    let stack = stack.restart().await;
    let iam = stack.iam(administrator());
    let attached = iam.list_attached_role_policies().role_name("signer").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_arn(), Some(arn.as_str()));
    let default = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    assert_eq!(default.default_version_id(), Some("v1"));
    let document = iam.get_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    let document = document.policy_version().unwrap().document().unwrap().to_owned();
    let decoded = percent_encoding::percent_decode_str(&document).decode_utf8().unwrap();
    assert_eq!(decoded, statement("Allow", "s3:*"));
}

#[tokio::test]
async fn who_has_a_policy_is_listed_page_by_page() {
    let stack = Stack::start().await;
    let iam = stack.iam(administrator());
    let arn = created(&iam, "p", statement("Allow", "s3:*")).await;
    for name in ["a", "b", "c", "d"] {
        iam.create_role().role_name(name).assume_role_policy_document(trust()).send().await.unwrap();
    }
    for name in ["a", "b"] {
        iam.attach_role_policy().role_name(name).policy_arn(&arn).send().await.unwrap();
    }
    iam.put_role_permissions_boundary().role_name("c").permissions_boundary(&arn).send().await.unwrap();
    let names = async |usage: Option<PolicyUsageType>| {
        let list = iam.list_entities_for_policy().policy_arn(&arn).set_policy_usage_filter(usage).max_items(1);
        let mut pages = list.into_paginator().send();
        let mut names = vec![];
        while let Some(page) = pages.next().await {
            names.extend(page.unwrap().policy_roles().iter().map(|role| role.role_name().unwrap().to_owned()));
        }
        names
    };
    assert_eq!(names(None).await, ["a", "b", "c"]);
    assert_eq!(names(Some(PolicyUsageType::PermissionsPolicy)).await, ["a", "b"]);
    assert_eq!(names(Some(PolicyUsageType::PermissionsBoundary)).await, ["c"]);

    let in_use = iam.delete_policy().policy_arn(&arn).send().await.unwrap_err();
    assert!(in_use.into_service_error().is_delete_conflict_exception());
    let nobody = iam.get_group().group_name("g").send().await.unwrap_err();
    assert!(nobody.into_service_error().is_no_such_entity_exception());
}

#[tokio::test]
async fn their_events_name_the_policy() {
    let mut stack = Stack::start().await;
    let iam = stack.iam(administrator());
    let arn = created(&iam, "p", statement("Allow", "s3:*")).await;
    iam.create_policy_version()
        .policy_arn(&arn)
        .policy_document(statement("Deny", "*"))
        .set_as_default(true)
        .send()
        .await
        .unwrap();
    let names: [Value; 2] = [stack.events.recv().await.unwrap(), stack.events.recv().await.unwrap()]
        .map(|event| event["detail"]["eventName"].clone());
    assert_eq!(names, [json!("CreatePolicy"), json!("CreatePolicyVersion")]);
    iam.set_default_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    let event = stack.events.recv().await.unwrap();
    assert_eq!(event["detail"]["requestParameters"], json!({"policyArn": arn, "versionId": "v1"}));
}
