//! What becomes of a presigned URL.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::presigning::PresigningConfig;
use http::{Method, StatusCode};
use serde_json::json;

use crate::support::{Stack, administrator, get, send};

#[tokio::test]
async fn a_url_of_a_session_is_good_until_it_is_tampered_with() {
    let stack = Stack::with_signer().await;
    let url = stack.presigned_get(stack.session(900).await, "a//b ü").await;
    let answer = get(&url, &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "hello"));
    assert!(answer.headers.contains_key("x-amz-request-id"));

    let tampered = get(&url.replace("/docs/a", "/docs/c"), &[]).await;
    assert_eq!((tampered.status, tampered.code()), (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"));
    let longer = get(&url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"), &[]).await;
    assert_eq!(longer.code(), "SignatureDoesNotMatch");
    let too_long = get(&url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801"), &[]).await;
    assert_eq!((too_long.status, too_long.code()), (StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError"));
    let unsigned = get(&url, &[("x-amz-meta-extra", "1")]).await;
    assert_eq!((unsigned.status, unsigned.code()), (StatusCode::FORBIDDEN, "AccessDenied"));
    assert!(unsigned.body.contains("<HeadersNotSigned>x-amz-meta-extra</HeadersNotSigned>"));
    let other_method = send(Method::PUT, &url, &[], "x").await;
    assert_eq!(other_method.code(), "SignatureDoesNotMatch");
    let no_token = send(Method::GET, &without(&url, "X-Amz-Security-Token"), &[], "").await;
    assert_eq!(no_token.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_url_dies_with_its_session() {
    let stack = Stack::with_signer().await;
    let url = stack.presigned_get(stack.session(30).await, "k").await;
    assert_eq!(get(&url, &[]).await.status, StatusCode::OK);
    stack.advance(30);
    let dead = get(&url, &[]).await;
    assert_eq!((dead.status, dead.code()), (StatusCode::BAD_REQUEST, "ExpiredToken"));
}

#[tokio::test]
async fn a_url_dies_with_its_policy_and_lives_again_with_it() {
    let mut stack = Stack::with_signer().await;
    let url = stack.presigned_get(stack.session(900).await, "k").await;
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}});
    stack.put_policy("off", &deny).await;
    let denied = get(&url, &[]).await;
    assert_eq!((denied.status, denied.code()), (StatusCode::FORBIDDEN, "AccessDenied"));
    assert!(denied.body.contains("with an explicit deny in an identity-based policy"));
    let iam = stack.iam(administrator());
    iam.delete_role_policy().role_name("signer").policy_name("off").send().await.unwrap();
    assert_eq!(get(&url, &[]).await.status, StatusCode::OK);
    let names: Vec<_> = [stack.events.recv().await, stack.events.recv().await]
        .into_iter()
        .map(|event| event.unwrap()["detail"]["eventName"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["PutRolePolicy", "DeleteRolePolicy"]);
}

#[tokio::test]
async fn revoking_older_sessions_kills_their_urls_and_spares_newer_ones() {
    let stack = Stack::with_signer().await;
    let old = stack.presigned_get(stack.session(900).await, "k").await;
    assert_eq!(get(&old, &[]).await.status, StatusCode::OK);
    let now = jiff::Timestamp::try_from(crate::support::now()).unwrap();
    let revoke = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": now.to_string()}}}]});
    stack.put_policy("AWSRevokeOlderSessions", &revoke).await;
    assert_eq!(get(&old, &[]).await.code(), "AccessDenied");
    // Issue times are whole seconds, so a session of the next second is the first that is newer.
    stack.advance(1);
    let new = stack.presigned_get(stack.session(900).await, "k").await;
    assert_eq!(get(&new, &[]).await.status, StatusCode::OK);
    assert_eq!(get(&old, &[]).await.code(), "AccessDenied");
}

#[tokio::test]
async fn a_url_dies_with_its_role_and_a_namesake_does_not_bring_it_back() {
    let stack = Stack::with_signer().await;
    let url = stack.presigned_get(stack.session(900).await, "k").await;
    let iam = stack.iam(administrator());
    iam.delete_role_policy().role_name("signer").policy_name("access").send().await.unwrap();
    iam.delete_role().role_name("signer").send().await.unwrap();
    let gone = get(&url, &[]).await;
    assert_eq!((gone.status, gone.code()), (StatusCode::FORBIDDEN, "InvalidAccessKeyId"));
    stack.aws.create_role("signer", &crate::support::trust(), &[("access", &crate::support::access())]).unwrap();
    assert_eq!(get(&url, &[]).await.code(), "InvalidAccessKeyId");
}

#[tokio::test]
async fn a_token_must_belong_to_its_key() {
    let stack = Stack::with_signer().await;
    let (a, b) = (stack.session(900).await, stack.session(900).await);
    let token = |it: &Credentials| it.session_token().map(str::to_owned);
    for (wrong, code) in
        [(token(&b), "InvalidToken"), (Some("nonsense".to_owned()), "InvalidToken"), (None, "InvalidAccessKeyId")]
    {
        let credentials = Credentials::from_keys(a.access_key_id(), a.secret_access_key(), wrong);
        assert_eq!(get(&stack.presigned_get(credentials, "k").await, &[]).await.code(), code);
    }
}

#[tokio::test]
async fn a_missing_object_is_told_to_those_only_who_may_list() {
    let stack = Stack::with_signer().await;
    let lifetime = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let get_missing = stack.s3(stack.session(900).await).get_object().bucket("docs").key("missing");
    let url = get_missing.presigned(lifetime).await.unwrap().uri().to_owned();
    assert_eq!(get(&url, &[]).await.status, StatusCode::NOT_FOUND);
    let read_only =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}});
    stack.put_policy("access", &read_only).await;
    assert_eq!(get(&url, &[]).await.code(), "AccessDenied");
}

#[tokio::test]
async fn a_read_with_a_condition_may_be_answered_without_the_bytes() {
    let stack = Stack::with_signer().await;
    let url = stack.presigned_get(administrator(), "k").await;
    let first = get(&url, &[]).await;
    let tag = first.headers["etag"].to_str().unwrap();
    let again = get(&url, &[("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.headers["etag"].to_str().unwrap(), tag);
    assert_eq!(get(&url, &[("if-match", "\"other\"")]).await.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_bucket_may_be_named_by_the_host() {
    let stack = Stack::with_signer().await;
    stack.aws.put_object("docs", "keys/1", "hello").await.unwrap();
    let config = stack.s3(administrator()).config().to_builder();
    let config =
        config.force_path_style(false).endpoint_url(format!("http://localhost:{}", stack.address.port())).build();
    let lifetime = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let get_object = aws_sdk_s3::Client::from_conf(config).get_object().bucket("docs").key("keys/1");
    let url = get_object.presigned(lifetime).await.unwrap().uri().to_owned();
    let host = format!("docs.localhost:{}", stack.address.port());
    assert!(url.starts_with(&format!("http://{host}/keys/1?")), "{url}");
    let by_address = url.replacen(&host, &stack.address.to_string(), 1);
    assert_eq!(get(&by_address, &[("host", &host)]).await.body, "hello");
    assert_eq!(get(&by_address, &[]).await.status, StatusCode::FORBIDDEN, "the host is signed");
}

fn without(url: &str, parameter: &str) -> String {
    let (path, query) = url.split_once('?').unwrap();
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(parameter)).collect();
    format!("{path}?{}", rest.join("&"))
}
