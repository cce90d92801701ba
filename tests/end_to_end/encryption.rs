//! A profile decides how uploads are encrypted; what contradicts it, or what S3 would refuse, is refused before it is signed.

use authorization::Policies;
use axum::http::StatusCode;
use end_to_end::{Bench, OtherIssuer, read_of, with, write_of};
use local_aws::AwsService;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab";

fn settings(bench: &Bench, encryption: &str) -> String {
    format!(
        "[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\n\
         signingRole = \"arn:aws:iam::123456789012:role/presign-demo-signer\"\n\
         operations = [\"getObject\", \"putObject\", \"copyObject\"]\nprefixes = [\"\"]\n{encryption}",
        bench.stack.endpoint()
    )
}

fn kms(more: &str) -> String {
    format!("encryption = {{ serverSideEncryption = \"aws:kms\", ssekmsKeyId = \"{KEY}\"{more} }}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_encrypts_uploads_and_copies_by_itself() {
    let bench = Bench::start(&[]).await;
    let dsse = format!("encryption = {{ serverSideEncryption = \"aws:kms:dsse\", ssekmsKeyId = \"{KEY}\" }}");
    let bucket_default = "encryption = { serverSideEncryption = \"bucketDefault\" }".to_owned();
    let copy = with(
        write_of("copy"),
        &json!({"operation": "copyObject", "copySource": {"bucket": "demo", "key": "hello.txt"}}),
    );
    for (encryption, headers) in [
        (
            kms(", bucketKeyEnabled = false"),
            json!({
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": KEY,
                "x-amz-server-side-encryption-bucket-key-enabled": "false",
            }),
        ),
        (
            dsse,
            json!({
                "x-amz-server-side-encryption": "aws:kms:dsse",
                "x-amz-server-side-encryption-aws-kms-key-id": KEY,
            }),
        ),
        (bucket_default, json!({})),
        (String::new(), json!({})),
    ] {
        let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings(&bench, &encryption));
        let (_, put) = issuer.post(Some("me"), &write_of("k")).await;
        assert_eq!(put["headers"], headers, "{encryption}");
        assert_eq!(bench.follow(&put, "x").await.0, StatusCode::OK, "{encryption}");
        let (_, copied) = issuer.post(Some("me"), &copy).await;
        assert_eq!(copied["headers"], with(headers, &json!({"x-amz-copy-source": "demo/hello.txt"})), "{encryption}");
        assert_eq!(bench.follow(&copied, "").await.0, StatusCode::OK, "{encryption}");
        let (_, get) = issuer.post(Some("me"), &read_of("k")).await;
        assert_eq!(get["headers"], json!({}), "S3 refuses a GET with headers of encryption");
        assert_eq!(bench.follow(&get, "").await.0, StatusCode::OK, "{encryption}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_encrypted_so_is_refused_with_the_reason_and_nothing_is_signed() {
    let bench = Bench::start(&[]).await;
    let elsewhere = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let (bare, alias) = ("1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:us-east-1:123456789012:alias/mine");
    let named = |key: &str| json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": key});
    let (bad, forbidden) = (StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN);
    let any = "encryption = { serverSideEncryption = \"asRequested\" }".to_owned();
    let bucket_default = "encryption = { serverSideEncryption = \"bucketDefault\" }".to_owned();
    let cases: Vec<(&String, Value, StatusCode, &str, &str)> = vec![
        (&any, named(elsewhere), bad, "ssekmsKeyId", "the key is in `eu-central-1`"),
        (&any, named(bare), bad, "ssekmsKeyId", "is not the ARN of a KMS key"),
        (&any, named(alias), bad, "ssekmsKeyId", "is an alias"),
        (&any, named("alias/mine"), bad, "ssekmsKeyId", "is an alias"),
        (&any, json!({"ssekmsKeyId": KEY}), bad, "ssekmsKeyId", "goes with"),
        (
            &any,
            json!({"serverSideEncryption": "AES256", "bucketKeyEnabled": true}),
            bad,
            "bucketKeyEnabled",
            "goes with",
        ),
        (&any, json!({"serverSideEncryption": "aws:fsx"}), bad, "serverSideEncryption", "aws:kms"),
        (&any, json!({"sseCustomerAlgorithm": "AES256"}), bad, "sseCustomerAlgorithm", "April 2026"),
        (&any, json!({"sseCustomerKey": "a", "sseCustomerKeyMD5": "b"}), bad, "sseCustomerKey", "SSE-C"),
        (&bucket_default, json!({"serverSideEncryption": "AES256"}), forbidden, "serverSideEncryption", "default"),
    ];
    let kms = kms(", bucketKeyEnabled = true");
    let of_profile: Vec<(&String, Value, StatusCode, &str, &str)> = vec![
        (&kms, named(OTHER_KEY), forbidden, "ssekmsKeyId", KEY),
        (&kms, named(elsewhere), bad, "ssekmsKeyId", "eu-central-1"),
        (&kms, json!({"serverSideEncryption": "AES256"}), forbidden, "serverSideEncryption", "`aws:kms`"),
        (&kms, json!({"bucketKeyEnabled": false}), forbidden, "bucketKeyEnabled", "`true`"),
    ];
    let sessions = || bench.stack.aws().faults().calls(AwsService::Sts, "AssumeRole");
    let before = sessions();
    for (encryption, fields, status, field, reason) in cases.into_iter().chain(of_profile) {
        let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings(&bench, encryption));
        let (answered, problem) = issuer.post(Some("me"), &with(write_of("k"), &fields)).await;
        assert_eq!((answered, &problem["field"]), (status, &json!(field)), "{fields}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{fields}: {problem}");
    }
    assert_eq!(sessions(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_without_a_word_on_encryption_lends_no_key() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings(&bench, ""));
    let (_, answer) = issuer.post(Some("me"), &with(write_of("k"), &json!({"serverSideEncryption": "AES256"}))).await;
    assert_eq!(answer["headers"], json!({"x-amz-server-side-encryption": "AES256"}));
    let named = json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": KEY});
    let (status, problem) = issuer.post(Some("me"), &with(write_of("k"), &named)).await;
    assert_eq!((status, &problem["field"]), (StatusCode::FORBIDDEN, &json!("serverSideEncryption")));
    assert!(problem["detail"].as_str().unwrap().contains("asRequested"), "{problem}");
}

/// Who may not have it learns nothing of the profile, and who may learns what is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn policies_are_told_of_the_encryption_that_a_profile_refuses() {
    let policies = Policies::parse(
        r#"permit (principal, action in Presign::Action::"writing", resource)
           when { context has serverSideEncryption && context.serverSideEncryption == "aws:kms" };"#,
    );
    let bench = Bench::start(&[]).await;
    let (config, settings) = (bench.stack.sdk_config(), settings(&bench, ""));
    let issuer = OtherIssuer::deciding_by(policies.unwrap(), &config, &settings);
    for (asked, expected) in [
        (json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": KEY}), "not-allowed"),
        (json!({"serverSideEncryption": "AES256"}), "denied"),
        (json!({}), "denied"),
    ] {
        let (status, refusal) = issuer.post(Some("alice"), &with(write_of("k"), &asked)).await;
        let kind = refusal["type"].as_str().unwrap().trim_start_matches("urn:presign:problem:");
        assert_eq!((status, kind), (StatusCode::FORBIDDEN, expected), "{asked}: {refusal}");
    }
}
