//! Uploads by POST form, with the session token as a field.

use aws_credential_types::Credentials;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use serde_json::json;
use sha2::Sha256;

use crate::support::{Answer, Stack, administrator, now, send};

fn hmac(key: &[u8], data: &str) -> Vec<u8> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap().chain_update(data);
    mac.finalize().into_bytes().to_vec()
}

/// The fields of a form that lets its holder upload to `key` in `docs`.
fn signed_fields(credentials: &Credentials, key: &str) -> Vec<(&'static str, String)> {
    signed_with(credentials, key, &[])
}

/// The same, bound to these further fields.
fn signed_with(credentials: &Credentials, key: &str, further: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let now = jiff::Timestamp::try_from(now()).unwrap();
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = now.strftime("%Y%m%d").to_string();
    let scope = format!("{}/{day}/us-east-1/s3/aws4_request", credentials.access_key_id());
    let expiration = (now + jiff::SignedDuration::from_mins(1)).strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let mut fields = vec![
        ("key", key.to_owned()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("x-amz-credential", scope),
        ("x-amz-date", stamp),
    ];
    if let Some(token) = credentials.session_token() {
        fields.push(("x-amz-security-token", token.to_owned()));
    }
    fields.extend(further.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let mut conditions: Vec<_> = fields
        .iter()
        .map(|(name, value)| match value.strip_suffix("${filename}") {
            Some(beginning) if *name == "key" => json!(["starts-with", "$key", beginning]),
            _ => json!({ *name: value }),
        })
        .collect();
    conditions.push(json!({"bucket": "docs"}));
    let policy = json!({"expiration": expiration, "conditions": conditions});
    let policy = BASE64_STANDARD.encode(policy.to_string());
    let key = [day.as_str(), "us-east-1", "s3", "aws4_request"]
        .iter()
        .fold(format!("AWS4{}", credentials.secret_access_key()).into_bytes(), |key, part| hmac(&key, part));
    fields.push(("x-amz-signature", hex::encode(hmac(&key, &policy))));
    fields.push(("policy", policy));
    fields
}

async fn post(stack: &Stack, fields: &[(&str, String)]) -> Answer {
    let mut form = String::new();
    for (name, value) in fields {
        form.extend(["--xyz\r\nContent-Disposition: form-data; name=\"", name, "\"\r\n\r\n", value, "\r\n"]);
    }
    form.push_str(
        "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--xyz--\r\n",
    );
    let headers = [("content-type", "multipart/form-data; boundary=xyz")];
    send(Method::POST, &format!("{}/docs", stack.endpoint()), &headers, form).await
}

#[tokio::test]
async fn a_form_uploads_under_its_session_and_only_where_the_role_may_write() {
    let stack = Stack::with_signer().await;
    let session = stack.session(900).await;
    let uploaded = post(&stack, &signed_fields(&session, "up/${filename}")).await;
    assert_eq!(uploaded.status, StatusCode::NO_CONTENT, "{}", uploaded.body);
    let got = stack.s3(administrator()).get_object().bucket("docs").key("up/a.txt").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");

    let mut fields = signed_fields(&session, "up/b");
    fields[0].1 = "elsewhere".to_owned();
    let refused = post(&stack, &fields).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "AccessDenied"));

    let closed =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}});
    stack.put_policy("off", &closed).await;
    let denied = post(&stack, &signed_fields(&session, "up/c")).await;
    assert_eq!((denied.status, denied.code()), (StatusCode::FORBIDDEN, "AccessDenied"));
    assert!(denied.body.contains("explicit deny"));
}

#[tokio::test]
async fn the_files_name_is_filled_in_everywhere_before_the_policy_is_looked_at() {
    let stack = Stack::with_signer().await;
    let session = stack.session(900).await;
    let bound = post(&stack, &signed_with(&session, "k", &[("x-amz-meta-name", "${filename}")])).await;
    assert_eq!((bound.status, bound.code()), (StatusCode::FORBIDDEN, "AccessDenied"));
    let mut fields = signed_with(&session, "k", &[("x-amz-meta-name", "a.txt")]);
    fields.iter_mut().find(|(name, _)| *name == "x-amz-meta-name").unwrap().1 = "${filename}".to_owned();
    assert_eq!(post(&stack, &fields).await.status, StatusCode::NO_CONTENT);
    let head = stack.s3(administrator()).head_object().bucket("docs").key("k").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["name"], "a.txt");
}

#[tokio::test]
async fn a_form_is_answered_with_the_objects_whole_address_and_its_tag_in_quotes() {
    let stack = Stack::with_signer().await;
    let (session, key) = (stack.session(900).await, "up/ü *+.txt");
    let (location, tag) =
        (format!("{}/docs/up%2F%C3%BC+*%2B.txt", stack.endpoint()), "5d41402abc4b2a76b9719d911017c592");
    let header = |answer: &Answer, name: &str| answer.headers[name].to_str().unwrap().to_owned();
    for (asked, status) in [("200", StatusCode::OK), ("201", StatusCode::CREATED), ("204", StatusCode::NO_CONTENT)] {
        let answer = post(&stack, &signed_with(&session, key, &[("success_action_status", asked)])).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!((header(&answer, "location"), header(&answer, "etag")), (location.clone(), format!("\"{tag}\"")));
        if asked == "201" {
            let told = format!(
                "<PostResponse><Location>{location}</Location><Bucket>docs</Bucket><Key>{key}</Key>\
                 <ETag>&quot;{tag}&quot;</ETag></PostResponse>"
            );
            assert!(answer.body.ends_with(&told), "{}", answer.body);
            assert_eq!(header(&answer, "content-type"), "application/xml");
        }
    }
    let redirect = [("success_action_redirect", "http://localhost/done?x=1")];
    let answer = post(&stack, &signed_with(&session, "k", &redirect)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(header(&answer, "location"), format!("http://localhost/done?x=1&bucket=docs&key=k&etag=%22{tag}%22"));
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_key() {
    let stack = Stack::with_signer().await;
    let (a, b) = (stack.session(900).await, stack.session(900).await);
    let token = |it: &Credentials| it.session_token().map(str::to_owned);
    for (token, code) in [(None, "InvalidAccessKeyId"), (token(&b), "InvalidToken")] {
        let wrong = Credentials::from_keys(a.access_key_id(), a.secret_access_key(), token);
        assert_eq!(post(&stack, &signed_fields(&wrong, "k")).await.code(), code);
    }
    let mut forged = signed_fields(&a, "k");
    forged.last_mut().unwrap().1 = BASE64_STANDARD.encode("{}");
    assert_ne!(post(&stack, &forged).await.status, StatusCode::NO_CONTENT);
}
