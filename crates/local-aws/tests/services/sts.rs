//! Sessions: who gets one, and for how long.

use aws_credential_types::Credentials;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_sdk_sts::types::Tag;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, SIGNER, Stack, administrator, keys};

async fn assume(stack: &Stack, as_whom: Credentials, role: &str, seconds: i32) -> Result<AssumeRoleOutput, String> {
    let call = stack.sts(as_whom).assume_role().role_arn(role).role_session_name("me").duration_seconds(seconds);
    call.send().await.map_err(|error| error.into_service_error().code().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_session_knows_its_role_its_name_and_its_end() {
    let stack = Stack::with_signer().await;
    let assumed = assume(&stack, administrator(), SIGNER, 1200).await.unwrap();
    let user = assumed.assumed_role_user().unwrap();
    assert_eq!(user.arn(), format!("arn:aws:sts::{ACCOUNT}:assumed-role/signer/me"));
    let credentials = assumed.credentials().unwrap();
    assert!(credentials.access_key_id().starts_with("ASIA") && credentials.access_key_id().len() == 20);
    let left = credentials.expiration().secs() - jiff::Timestamp::try_from(crate::support::now()).unwrap().as_second();
    assert!((1195..=1200).contains(&left), "{left}");
    let identity = stack.sts(keys(credentials)).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some(user.arn()));
    assert_eq!(identity.user_id(), Some(user.assumed_role_id()));
    assert_eq!(identity.account(), Some(ACCOUNT));
    let itself = stack.sts(administrator()).get_caller_identity().send().await.unwrap();
    assert_eq!(itself.arn(), Some("arn:aws:iam::123456789012:user/local-administrator"));
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_key_and_a_missing_token_are_told_apart() {
    let stack = Stack::with_signer().await;
    let session = stack.session(900).await;
    for (credentials, code) in [
        (Credentials::from_keys("AKIALOCALADMINISTRAT", "wrong", None), "SignatureDoesNotMatch"),
        (Credentials::from_keys("AKIASOMEBODYELSE", "secret", None), "InvalidClientTokenId"),
        (Credentials::from_keys(session.access_key_id(), session.secret_access_key(), None), "InvalidClientTokenId"),
    ] {
        let refused = stack.sts(credentials).get_caller_identity().send().await.unwrap_err();
        assert_eq!(refused.into_service_error().code(), Some(code));
    }
}

#[tokio::test]
async fn durations_keep_within_the_role_and_the_chain() {
    let stack = Stack::with_signer().await;
    let access =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}});
    stack.put_policy("assume", &access).await;
    assert_eq!(assume(&stack, administrator(), SIGNER, 3601).await.unwrap_err(), "ValidationError");
    stack.iam(administrator()).update_role().role_name("signer").max_session_duration(7200).send().await.unwrap();
    assert!(assume(&stack, administrator(), SIGNER, 7200).await.is_ok());
    let session = stack.session(900).await;
    assert!(assume(&stack, session.clone(), SIGNER, 3600).await.is_ok());
    assert_eq!(assume(&stack, session, SIGNER, 3601).await.unwrap_err(), "ValidationError");
}

#[tokio::test]
async fn a_role_lets_in_those_its_trust_policy_names() {
    let stack = Stack::with_signer().await;
    let no_role = format!("arn:aws:iam::{ACCOUNT}:role/nobody");
    assert_eq!(assume(&stack, administrator(), &no_role, 900).await.unwrap_err(), "AccessDenied");
    // The account is trusted, but the session's own role has no policy for it.
    let session = stack.session(900).await;
    assert_eq!(assume(&stack, session.clone(), SIGNER, 900).await.unwrap_err(), "AccessDenied");
    let by_name = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": SIGNER}, "Action": "sts:AssumeRole"}});
    stack.aws.create_role("next", &by_name.to_string(), &[]).unwrap();
    let next = format!("arn:aws:iam::{ACCOUNT}:role/next");
    assert!(assume(&stack, session, &next, 900).await.is_ok());
    assert_eq!(assume(&stack, administrator(), &next, 900).await.unwrap_err(), "AccessDenied");
}

#[tokio::test]
async fn a_session_policy_narrows_the_role() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "open/k", "x").await.unwrap();
    stack.aws.put_object("docs", "closed/k", "x").await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::docs/open/*"}});
    let call = stack.sts(administrator()).assume_role().role_arn(SIGNER).role_session_name("me");
    let assumed = call.clone().policy(policy.to_string()).send().await.unwrap();
    let s3 = stack.s3(keys(assumed.credentials().unwrap()));
    assert!(s3.get_object().bucket("docs").key("open/k").send().await.is_ok());
    assert!(s3.get_object().bucket("docs").key("closed/k").send().await.is_err());
    assert!(s3.delete_object().bucket("docs").key("open/k").send().await.is_err(), "the role does not allow it");
    let malformed = call.clone().policy("{}").send().await.unwrap_err().into_service_error();
    assert!(malformed.is_malformed_policy_document_exception());
    let long = call.policy(format!("{}{}", policy, " ".repeat(2048))).send().await.unwrap_err();
    assert_eq!(long.into_service_error().code(), Some("ValidationError"));
}

#[tokio::test]
async fn what_a_session_says_of_itself_takes_leave_of_its_own_and_policies_see_it() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "open/k", "x").await.unwrap();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let assume = || stack.sts(administrator()).assume_role().role_arn(SIGNER).role_session_name("me");
    let trusting = async |actions: Value| {
        let trust = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": actions}});
        let update = stack.iam(administrator()).update_assume_role_policy().role_name("signer");
        update.policy_document(trust.to_string()).send().await.unwrap();
    };
    trusting(json!("sts:AssumeRole")).await;
    assert!(assume().send().await.is_ok());
    for refused in [assume().tags(tag("tenant", "acme")), assume().source_identity("alice")] {
        let refused = refused.send().await.unwrap_err().into_service_error();
        assert_eq!(refused.code(), Some("AccessDenied"));
    }
    trusting(json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])).await;
    let twice = assume().tags(tag("tenant", "acme")).tags(tag("Tenant", "umbrella")).send().await.unwrap_err();
    assert_eq!(twice.into_service_error().code(), Some("ValidationError"));
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/tenant": "acme", "aws:SourceIdentity": "alice"}}}});
    stack.put_policy("deny", &deny).await;
    for (tenant, identity, reads) in [("acme", "alice", false), ("acme", "bob", true), ("umbrella", "alice", true)] {
        let assumed = assume().tags(tag("tenant", tenant)).source_identity(identity).send().await.unwrap();
        let s3 = stack.s3(keys(assumed.credentials().unwrap()));
        assert_eq!(s3.get_object().bucket("docs").key("open/k").send().await.is_ok(), reads, "{tenant} {identity}");
    }
}

#[tokio::test]
async fn a_federated_user_may_what_its_policy_says_and_lends_nothing_on() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "open/k", "x").await.unwrap();
    let federate = || stack.sts(administrator()).get_federation_token().name("bob").duration_seconds(129_600);
    let bare = federate().send().await.unwrap();
    assert_eq!(bare.federated_user().unwrap().arn(), format!("arn:aws:sts::{ACCOUNT}:federated-user/bob"));
    let bare = keys(bare.credentials().unwrap());
    let read = async |credentials| stack.s3(credentials).get_object().bucket("docs").key("open/k").send().await.is_ok();
    assert!(!read(bare.clone()).await);
    let policy =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}});
    let allowed = federate().policy(policy.to_string()).send().await.unwrap();
    assert!(read(keys(allowed.credentials().unwrap())).await);
    let on = stack.sts(bare).get_federation_token().name("eve").send().await.unwrap_err().into_service_error();
    assert_eq!(on.code(), Some("AccessDenied"));
    let longer = federate().duration_seconds(129_601).send().await.unwrap_err().into_service_error();
    assert_eq!(longer.code(), Some("ValidationError"));
}

#[tokio::test]
async fn where_no_provider_is_known_no_token_is_good() {
    let stack = Stack::with_signer().await;
    let call = stack.sts(administrator()).assume_role_with_web_identity().role_arn(SIGNER).role_session_name("me");
    let refused = call.web_identity_token("a.b.c").send().await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("InvalidIdentityToken"));
}
