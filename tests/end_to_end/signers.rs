//! Other settings than the stack's own, on the stack's AWS services.

use axum::http::StatusCode;
use end_to_end::{Bench, OtherIssuer, parameter, read_of, text, write_of};
use serde_json::json;

fn settings(bench: &Bench, signer: &str, more: &str) -> String {
    format!(
        "[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\n{signer}\n\
         operations = [\"getObject\", \"putObject\"]\nprefixes = [\"\"]\n{more}",
        bench.stack.endpoint()
    )
}

const ROLE: &str = "signingRole = \"arn:aws:iam::123456789012:role/presign-demo-signer\"";
const ENVIRONMENT: &str = "signer = \"environment\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_users_key_signs_for_seven_days() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings(&bench, ENVIRONMENT, ""));
    let mut request = read_of("hello.txt");
    request["expiresIn"] = json!(604_800);
    request["lifetime"] = json!("require");
    let (status, answer) = issuer.post(Some("me"), &request).await;
    assert_eq!(status, StatusCode::OK, "{}", answer["detail"]);
    assert_eq!((&answer["expiresIn"], &answer["limitedBy"]), (&json!(604_800), &json!("request")));
    assert_eq!(answer["signedBy"], "arn:aws:iam::123456789012:user/local-administrator");
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_credentials_of_unknown_expiry_sign_only_what_the_operator_trusts_them_for() {
    let bench = Bench::start(&[]).await;
    // As Lambda's environment has them: a token, and no expiry.
    let aws = bench.stack.sdk_config();
    let session = aws_sdk_sts::Client::new(&aws)
        .assume_role()
        .role_arn("arn:aws:iam::123456789012:role/presign-demo-signer")
        .role_session_name("function")
        .send()
        .await
        .unwrap();
    let session = session.credentials().unwrap();
    let credentials = aws_sdk_sts::config::Credentials::new(
        session.access_key_id(),
        session.secret_access_key(),
        Some(session.session_token().to_owned()),
        None,
        "environment",
    );
    let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(credentials);
    let aws = aws.into_builder().credentials_provider(provider).build();

    let (status, problem) =
        OtherIssuer::new(&aws, &settings(&bench, ENVIRONMENT, "")).post(Some("me"), &read_of("hello.txt")).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::INTERNAL_SERVER_ERROR, &json!("urn:presign:problem:signer-refused"))
    );
    assert!(text(&problem, "detail").contains("trustedFor"), "{problem}");

    let trusting = OtherIssuer::new(&aws, &settings(&bench, ENVIRONMENT, "trustedFor = 600\nclockSkew = 0"));
    let (status, answer) = trusting.post(Some("me"), &read_of("hello.txt")).await;
    assert_eq!((status, &answer["limitedBy"]), (StatusCode::OK, &json!("session")), "{}", answer["detail"]);
    assert!(answer["expiresIn"].as_u64().unwrap() <= 600);
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
    let (_, again) = trusting.post(Some("me"), &read_of("hello.txt")).await;
    assert_eq!(again["url"], answer["url"], "a URL that its session shortens is cached as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_nothing_and_callers_share_nothing() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings(&bench, ROLE, ""));
    let (status, problem) = issuer.post(None, &json!("not even a request")).await;
    assert_eq!((status, &problem["type"]), (StatusCode::UNAUTHORIZED, &json!("urn:presign:problem:not-authenticated")));
    let (_, alice) = issuer.post(Some("alice@example.com"), &read_of("hello.txt")).await;
    let (_, bob) = issuer.post(Some("bob"), &read_of("hello.txt")).await;
    assert!(text(&alice, "signedBy").ends_with("/alice@example.com"));
    assert!(text(&bob, "signedBy").ends_with("/bob"));
    assert_eq!(bob["cache"], "miss");
    assert_ne!(parameter(&alice, "X-Amz-Credential"), parameter(&bob, "X-Amz-Credential"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_the_limit_and_its_session_policy_holds_even_where_the_role_allows_more() {
    let bench = Bench::start(&[]).await;
    let confined = settings(&bench, ROLE, "longestExpiresIn = 120\nsignatureAge = 60").replace("[\"\"]", "[\"in/\"]");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &confined);
    let (status, problem) = issuer.post(Some("me"), &read_of("hello.txt")).await;
    assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("urn:presign:problem:not-allowed")));
    let (_, answer) = issuer.post(Some("me"), &write_of("in/k")).await;
    assert_eq!((&answer["expiresIn"], &answer["limitedBy"]), (&json!(60), &json!("signatureAge")));
    assert_eq!(bench.follow(&answer, "x").await.0, StatusCode::OK);

    // The very same session, used by hand outside of its prefix.
    let session = answer["url"].as_str().unwrap().replace("in/k", "out/k");
    assert_ne!(bench.send("PUT".parse().unwrap(), &session, &json!({}), "x").await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_signed_and_named_in_the_answer() {
    let bench = Bench::start(&[]).await;
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let kms = format!(
        "encryption = {{ serverSideEncryption = \"aws:kms\", ssekmsKeyId = \"{key}\", bucketKeyEnabled = true }}"
    );
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings(&bench, ROLE, &kms));
    let (_, put) = issuer.post(Some("me"), &write_of("k")).await;
    let headers = json!({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": key,
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
    });
    assert_eq!(put["headers"], headers);
    let bare = bench.send("PUT".parse().unwrap(), text(&put, "url"), &json!({}), "x").await;
    assert_eq!(bare.status(), StatusCode::FORBIDDEN);
    assert_eq!(bench.follow(&put, "x").await.0, StatusCode::OK);
    let stored = bench.s3().head_object().bucket("demo").key("k").send().await.unwrap();
    assert_eq!(stored.ssekms_key_id(), Some(key));
    let (_, get) = issuer.post(Some("me"), &read_of("k")).await;
    assert_eq!((&get["headers"], bench.follow(&get, "").await.1.as_str()), (&json!({}), "x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn virtual_hosted_addresses_sign_for_their_host() {
    let bench = Bench::start(&[]).await;
    let virtual_host = settings(&bench, ROLE, "addressingStyle = \"virtualHost\"").replace("127.0.0.1", "localhost");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &virtual_host);
    let (_, answer) = issuer.post(Some("me"), &read_of("hello.txt")).await;
    let port = bench.stack.endpoint().rsplit(':').next().unwrap().to_owned();
    let host = format!("demo.localhost:{port}");
    assert!(text(&answer, "url").starts_with(&format!("http://{host}/hello.txt?")));
    // Not every resolver knows `*.localhost`: go to the address, and name the host.
    let url = text(&answer, "url").replace(&host, &format!("127.0.0.1:{port}"));
    let response = bench.send("GET".parse().unwrap(), &url, &json!({"host": host}), "").await;
    assert_eq!(response.status(), StatusCode::OK);
}
