//! Roles and policies, and the events their changes make.

use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::StatusType;
use serde_json::json;

use crate::support::{ACCOUNT, Stack, access, administrator, trust};

#[tokio::test]
async fn a_role_and_its_policies_come_back_as_they_were_put() {
    let stack = Stack::start().await;
    let iam = stack.iam(administrator());
    let create = iam.create_role().role_name("app").path("/team/").assume_role_policy_document(trust());
    let created = create.max_session_duration(43200).send().await.unwrap().role.unwrap();
    assert_eq!(created.arn(), format!("arn:aws:iam::{ACCOUNT}:role/team/app"));
    assert!(created.role_id().starts_with("AROA"));
    let again = iam.create_role().role_name("app").assume_role_policy_document(trust()).send().await;
    assert!(again.unwrap_err().into_service_error().is_entity_already_exists_exception());

    iam.put_role_policy().role_name("app").policy_name("p").policy_document(access()).send().await.unwrap();
    let got = iam.get_role_policy().role_name("app").policy_name("p").send().await.unwrap();
    let encoded = got.policy_document();
    assert!(encoded.starts_with("%7B%22"), "{encoded}");
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
    assert_eq!(decoded, access());
    let listed = iam.list_role_policies().role_name("app").send().await.unwrap();
    assert_eq!(listed.policy_names(), ["p"]);
    assert_eq!(
        iam.get_role().role_name("app").send().await.unwrap().role().unwrap().max_session_duration(),
        Some(43200)
    );

    let refused = iam.delete_role().role_name("app").send().await.unwrap_err();
    assert!(refused.into_service_error().is_delete_conflict_exception());
    iam.delete_role_policy().role_name("app").policy_name("p").send().await.unwrap();
    let missing = iam.get_role_policy().role_name("app").policy_name("p").send().await.unwrap_err();
    assert!(missing.into_service_error().is_no_such_entity_exception());
    iam.delete_role().role_name("app").send().await.unwrap();
    assert!(
        iam.get_role().role_name("app").send().await.unwrap_err().into_service_error().is_no_such_entity_exception()
    );
}

#[tokio::test]
async fn a_roles_inline_policies_have_10240_characters_in_all() {
    let stack = Stack::start().await;
    let iam = stack.iam(administrator());
    iam.create_role().role_name("app").assume_role_policy_document(trust()).send().await.unwrap();
    let put = async |name: &str, characters: usize| {
        let policy = |object: &str| {
            json!({"Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::demo/{object}")}})
        };
        let object = "x".repeat(characters - policy("").to_string().len());
        let with_white_space = format!("{:#}", policy(&object));
        iam.put_role_policy().role_name("app").policy_name(name).policy_document(with_white_space).send().await
    };
    put("one", 10_000).await.unwrap();
    let refused = put("other", 241).await.unwrap_err();
    assert_eq!(refused.code(), Some("LimitExceeded"));
    put("other", 240).await.unwrap();
    put("one", 10_000).await.unwrap();
    assert_eq!(put("one", 10_001).await.unwrap_err().code(), Some("LimitExceeded"));
}

#[tokio::test]
async fn a_policy_that_cannot_be_honoured_is_refused_and_says_why() {
    let stack = Stack::with_signer().await;
    let iam = stack.iam(administrator());
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}});
    let put = iam.put_role_policy().role_name("signer").policy_name("p").policy_document(policy.to_string());
    let refused = put.send().await.unwrap_err().into_service_error();
    assert!(refused.is_malformed_policy_document_exception());
    assert_eq!(refused.message(), Some("the local stack does not know the condition key `aws:SourceIp`"));
    let unknown = iam.list_users().send().await.unwrap_err().into_service_error();
    assert_eq!(unknown.code(), Some("InvalidAction"));
}

#[tokio::test]
async fn a_change_makes_an_event_and_a_failed_one_says_so_in_it() {
    let mut stack = Stack::with_signer().await;
    stack
        .put_policy(
            "access",
            &json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}),
        )
        .await;
    let event = stack.events.recv().await.unwrap();
    assert_eq!(event["detail-type"], "AWS API Call via CloudTrail");
    assert_eq!((&event["source"], &event["region"]), (&json!("aws.iam"), &json!("us-east-1")));
    let detail = &event["detail"];
    assert_eq!(detail["eventName"], "PutRolePolicy");
    assert_eq!(detail["requestParameters"]["roleName"], "signer");
    assert_eq!(detail["requestParameters"]["policyName"], "access");
    assert_eq!(detail["userIdentity"]["type"], "IAMUser");
    assert!(detail.get("errorCode").is_none());

    let iam = stack.iam(administrator());
    iam.delete_role_policy().role_name("nobody").policy_name("p").send().await.unwrap_err();
    let event = stack.events.recv().await.unwrap();
    assert_eq!(event["detail"]["errorCode"], "NoSuchEntityException");

    // A role session without permission for it.
    let session = stack.iam(stack.session(900).await);
    let denied = session.delete_role().role_name("signer").send().await.unwrap_err();
    assert_eq!(denied.into_service_error().code(), Some("AccessDenied"));
    let event = stack.events.recv().await.unwrap();
    assert_eq!(event["detail"]["errorCode"], "AccessDenied");
    assert_eq!(event["detail"]["userIdentity"]["type"], "AssumedRole");
    iam.get_role().role_name("signer").send().await.unwrap();
    assert!(stack.events.try_recv().is_err(), "reading changes nothing");
}

#[tokio::test]
async fn a_users_keys_are_listed_with_what_became_of_them() {
    let stack = Stack::start().await;
    let iam = stack.iam(administrator());
    let id = iam.create_access_key().send().await.unwrap().access_key.unwrap().access_key_id;
    iam.update_access_key().access_key_id(&id).status(StatusType::Inactive).send().await.unwrap();

    let user = iam.get_access_key_last_used().access_key_id(&id).send().await.unwrap().user_name.unwrap();
    let keys = iam.list_access_keys().user_name(user).send().await.unwrap().access_key_metadata;
    let statuses: Vec<_> = keys.into_iter().map(|key| (key.access_key_id.unwrap(), key.status.unwrap())).collect();
    assert_eq!(statuses, [("AKIALOCALADMINISTRAT".to_owned(), StatusType::Active), (id.clone(), StatusType::Inactive)]);

    iam.delete_access_key().access_key_id(&id).send().await.unwrap();
    let gone = iam.get_access_key_last_used().access_key_id(&id).send().await.unwrap_err();
    assert_eq!(gone.into_service_error().meta().code(), Some("NoSuchEntity"));
}
