//! An account as AWS's services answer of it, in the forms that their references give, and what comes first of each change.
#![cfg(test)]

mod aws;
mod grants;
mod revocations;

use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use diagnosis::facts::Circumstances;
use diagnosis::{Case, Input, Report};
use diagnosis_online::{Asked, AwsAccount, gather};
use jiff::Timestamp;

use aws::{
    Answer, Aws, account, answer, bucket_policy, described, key_policy, keys, refusal, result, revocation, s3_refusal,
    simulated,
};

const HOST: &str = "amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/team/signer";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn now() -> Timestamp {
    "2026-05-01T10:01:00Z".parse().unwrap()
}

fn url(key_id: &str, more: &str) -> String {
    let token = if key_id.starts_with("ASIA") { "&X-Amz-Security-Token=token" } else { "" };
    format!(
        "https://{HOST}/reports/q1.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key_id}%2F20260501%2Feu-central-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20260501T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host{token}&X-Amz-Signature={}{more}",
        "0".repeat(64)
    )
}

/// What names the operation in a URL.
const READ: &str = "&x-id=GetObject";

async fn report(aws: Aws, url: &str, clock: fn() -> Timestamp) -> Report {
    report_of(aws, url, None, clock).await
}

async fn report_of(aws: Aws, url: &str, error: Option<&str>, clock: fn() -> Timestamp) -> Report {
    let connector = SharedHttpConnector::new(aws);
    let credentials = Credentials::new("AKIA1", "s", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
        .build();
    let case = Case::read(Input { url, error, request: None, now: clock() }).unwrap();
    let circumstances = Circumstances {
        source_ip: Some("198.51.100.7".to_owned()),
        vpc_endpoint: None,
        origin: Some("https://app.example.com".to_owned()),
    };
    let asked = Asked {
        signer: Some("arn:aws:sts::123456789012:assumed-role/signer/s1".to_owned()),
        usual_signer: None,
        doubts_answer: false,
        circumstances,
    };
    let facts = Box::pin(gather(&AwsAccount::new(config, false, Arc::new(clock)), &case, &asked)).await;
    Report::of(&case.with_facts(facts))
}

const SESSION: &str = "ASIAIOSFODNN7EXAMPLE";
const USER: &str = "AKIAIOSFODNN7EXAMPLE";

#[tokio::test]
async fn an_account_in_order_has_no_cause_and_every_look_was_taken() {
    for key in [SESSION, USER] {
        let report = report(account(Vec::new()), &url(key, READ), now).await;
        assert!(!report.has_cause(), "{:?}", report.findings);
        let unseen: Vec<_> = report.could_not_look.iter().map(|unseen| unseen.check).collect();
        assert_eq!(unseen, ["older-than-change"], "{:?}", report.could_not_look);
    }
}

/// What must come first, what it must say, who has signed, what stands in the URL besides, and what is answered otherwise.
type Wrong = (&'static str, &'static str, &'static str, &'static str, Answer);

async fn each_comes_first(cases: Vec<Wrong>) {
    let mut wrong = Vec::new();
    for (first, said, key, more, change) in cases {
        let what = format!("{} -> {}", change.asked, change.body);
        let report = report(account(vec![change]), &url(key, more), now).await;
        let fits = |finding: &diagnosis::Finding| {
            finding.check == first && finding.certainty.is_cause() && finding.cause.contains(said)
        };
        if !report.findings.first().is_some_and(fits) {
            wrong.push(format!(
                "{first} ({said}) for {what}: {:?}",
                report.findings.iter().map(|f| (f.check, &f.cause)).collect::<Vec<_>>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn each_thing_wrong_with_the_signer_is_found_first() {
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    let organization = "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>";
    let cases: Vec<Wrong> = vec![
        ("access-key-status", "is inactive", USER, READ, keys("Inactive")),
        (
            "access-key-status",
            "is gone",
            USER,
            READ,
            answer("Action=ListAccessKeys", 200, result("ListAccessKeys", "<AccessKeyMetadata/>")),
        ),
        ("signer-gone", "not there", USER, READ, answer("Action=GetUser&", 404, refusal("NoSuchEntity"))),
        ("signer-gone", "not there", SESSION, READ, answer("Action=GetRole&", 404, refusal("NoSuchEntity"))),
        ("signer-permission", "no Allow statement", SESSION, READ, simulated("implicitDeny", "")),
        ("signer-permission", "a Deny statement", SESSION, READ, simulated("explicitDeny", "")),
        ("signer-permission", "permissions boundary", SESSION, READ, simulated("implicitDeny", boundary)),
        ("signer-permission", "service control policies", SESSION, READ, simulated("explicitDeny", organization)),
    ];
    each_comes_first(cases).await;
}

#[tokio::test]
async fn each_thing_wrong_with_the_bucket_or_the_key_is_found_first() {
    let other = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    let denied = r#"{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#;
    let upload = "&x-id=PutObject";
    let cases: Vec<Wrong> = vec![
        (
            "bucket-region",
            "is in `us-west-2`",
            SESSION,
            READ,
            answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/ ", 301, "")
                .header("x-amz-bucket-region", "us-west-2"),
        ),
        (
            "bucket-region",
            "no bucket",
            SESSION,
            READ,
            answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/ ", 404, "")
                .header("x-amz-request-id", "2609D9853CC1B751"),
        ),
        (
            "object-exists",
            "no object",
            SESSION,
            READ,
            answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports", 404, ""),
        ),
        (
            "archived-object",
            "archived",
            SESSION,
            READ,
            answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports", 200, "")
                .header("x-amz-storage-class", "DEEP_ARCHIVE"),
        ),
        (
            "bucket-policy-denies",
            "Deny statement",
            SESSION,
            READ,
            bucket_policy(r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#),
        ),
        (
            "bucket-policy-denies",
            "Deny statement",
            SESSION,
            READ,
            bucket_policy(r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#),
        ),
        (
            "bucket-policy-denies",
            "Deny statement",
            SESSION,
            upload,
            bucket_policy(r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#),
        ),
        (
            "signature-age",
            "this age",
            SESSION,
            READ,
            bucket_policy(r#"{"NumericGreaterThan":{"s3:signatureAge":30000}}"#),
        ),
        (
            "second-factor",
            "second factor",
            USER,
            READ,
            bucket_policy(r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#),
        ),
        ("kms-key-state", "cannot be used", SESSION, READ, described(KEY, "Disabled")),
        ("kms-key-state", "cannot be used", SESSION, upload, described(KEY, "PendingDeletion")),
        (
            "kms-key-state",
            "not there any more",
            SESSION,
            READ,
            answer("TrentService.DescribeKey", 400, r#"{"__type":"NotFoundException","message":"no"}"#),
        ),
        (
            "kms-key-region",
            "another region",
            SESSION,
            READ,
            described(&KEY.replace("eu-central-1", "eu-west-1"), "Enabled"),
        ),
        ("kms-key-policy", "does not admit", SESSION, READ, key_policy(other)),
        ("kms-key-policy", "denies `kms:Decrypt`", SESSION, READ, key_policy(denied)),
        ("cors", "no CORS rules", SESSION, READ, answer("?cors", 404, s3_refusal("NoSuchCORSConfiguration"))),
        ("cors", "lets a page", SESSION, upload, answer("?nothing", 200, "")),
    ];
    each_comes_first(cases).await;
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_by_the_date_of_an_answer() {
    fn an_hour_early() -> Timestamp {
        "2026-05-01T11:00:30Z".parse().unwrap()
    }
    let report = report(account(Vec::new()), &url(SESSION, READ), an_hour_early).await;
    let skew = report.findings.iter().find(|finding| finding.check == "clock-skew").unwrap();
    assert!(skew.cause.contains("fast by 59 min"), "{}", skew.cause);
}

#[tokio::test]
async fn whoever_may_only_list_sees_that_there_is_an_object_and_not_its_key() {
    let head = || answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports", 403, "");
    let listing = |key: &str| {
        answer(
            "list-type=2",
            200,
            format!(
                "<ListBucketResult><Contents><Key>{key}</Key><StorageClass>GLACIER</StorageClass></Contents></ListBucketResult>"
            ),
        )
    };
    let there = report(account(vec![head(), listing("reports/q1.pdf")]), &url(SESSION, READ), now).await;
    assert_eq!(there.findings[0].check, "archived-object", "{:?}", there.findings);
    assert!(there.could_not_look.iter().any(|unseen| unseen.check == "kms-key-state"), "{:?}", there.could_not_look);
    let missing = report(account(vec![head(), listing("reports/q1.pdf.old")]), &url(SESSION, READ), now).await;
    assert_eq!(missing.findings[0].check, "object-exists", "{:?}", missing.findings);
    let neither =
        report(account(vec![head(), answer("list-type=2", 403, s3_refusal("AccessDenied"))]), &url(SESSION, READ), now)
            .await;
    assert!(
        neither.could_not_look.iter().any(|unseen| unseen.check == "object-exists"),
        "{:?}",
        neither.could_not_look
    );
}

#[tokio::test]
async fn a_404_that_is_not_s3s_does_not_make_a_bucket_missing() {
    let bare = answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/ ", 404, "");
    let report = report(account(vec![bare]), &url(SESSION, READ), now).await;
    assert!(report.findings.iter().all(|finding| finding.check != "bucket-region"), "{report:?}");
    assert!(report.could_not_look.iter().any(|unseen| unseen.check == "bucket-region"), "{report:?}");
}

#[tokio::test]
async fn whether_an_archived_object_can_be_read_is_seen_by_its_headers() {
    let head = |name: &'static str, value: &str, class: &str| {
        answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports", 200, "")
            .header("x-amz-storage-class", class)
            .header(name, value)
    };
    for (answered, archived) in [
        (head("x-amz-restore", r#"ongoing-request="false""#, "GLACIER"), false),
        (head("x-amz-restore", r#"ongoing-request="true""#, "GLACIER"), true),
        (head("x-amz-archive-status", "ARCHIVE_ACCESS", "INTELLIGENT_TIERING"), true),
    ] {
        let report = report(account(vec![answered]), &url(SESSION, READ), now).await;
        assert_eq!(report.findings.first().is_some_and(|it| it.check == "archived-object"), archived, "{report:?}");
    }
}

#[tokio::test]
async fn a_look_that_is_refused_is_unknown_with_the_permission_that_it_needs() {
    let revoked = revocation("AWSRevokeOlderSessions", "{}").into_iter().take(1);
    let unread = vec![answer("Action=GetRolePolicy&", 403, refusal("AccessDenied"))];
    let report_of_unread = report(account(revoked.chain(unread).collect()), &url(SESSION, READ), now).await;
    assert!(
        report_of_unread.could_not_look.iter().any(|unseen| unseen.reason.contains("iam:GetRolePolicy")),
        "{:?}",
        report_of_unread.could_not_look
    );
    for (asked, status, body, check, permission) in [
        ("Action=GetAccessKeyInfo", 403, refusal("AccessDenied"), "signer-identity", "sts:GetAccessKeyInfo"),
        ("Action=ListRolePolicies&", 403, refusal("AccessDenied"), "session-revoked", "iam:ListRolePolicies"),
        (
            "Action=SimulatePrincipalPolicy",
            403,
            refusal("AccessDenied"),
            "signer-permission",
            "iam:SimulatePrincipalPolicy",
        ),
        ("?policy", 403, s3_refusal("AccessDenied"), "bucket-policy-denies", "s3:GetBucketPolicy"),
        ("?publicAccessBlock", 403, s3_refusal("AccessDenied"), "public-access-block", "s3:GetBucketPublicAccessBlock"),
        ("?encryption", 403, s3_refusal("AccessDenied"), "sse-not-signed", "s3:GetEncryptionConfiguration"),
        ("?cors", 403, s3_refusal("AccessDenied"), "cors", "s3:GetBucketCORS"),
        (
            "TrentService.DescribeKey",
            400,
            r#"{"__type":"AccessDeniedException"}"#.to_owned(),
            "kms-key-state",
            "kms:DescribeKey",
        ),
        (
            "TrentService.GetKeyPolicy",
            400,
            r#"{"__type":"AccessDeniedException"}"#.to_owned(),
            "kms-key-policy",
            "kms:GetKeyPolicy",
        ),
        (
            "TrentService.ListGrants",
            400,
            r#"{"__type":"AccessDeniedException"}"#.to_owned(),
            "kms-grants",
            "kms:ListGrants",
        ),
    ] {
        let report = report(account(vec![answer(asked, status, body)]), &url(SESSION, READ), now).await;
        let unseen = report.could_not_look.iter().find(|unseen| unseen.check == check);
        assert!(
            unseen.is_some_and(|unseen| unseen.reason.contains(permission)),
            "{check}: {:?}",
            report.could_not_look
        );
        assert!(!report.passed.contains(&check) && !report.has_cause(), "{check}");
    }
}

/// A key that is described is there, whatever the two other looks at it say.
#[tokio::test]
async fn a_key_that_is_there_has_a_policy_and_grants() {
    for (asked, check) in [("TrentService.GetKeyPolicy", "kms-key-policy"), ("TrentService.ListGrants", "kms-grants")] {
        let missing = answer(asked, 400, r#"{"__type":"NotFoundException","message":"Invalid keyId"}"#);
        let report = report(account(vec![missing]), &url(SESSION, READ), now).await;
        assert!(report.could_not_look.iter().any(|unseen| unseen.check == check), "{check}: {report:?}");
        assert!(!report.passed.contains(&check), "{check}: {report:?}");
    }
}

#[tokio::test]
async fn the_key_that_s3_names_is_looked_at_where_the_object_may_not_be() {
    let denied = String::from(
        "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s1 is not authorized to perform: kms:Decrypt on the resource \
         associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access</Message></Error>",
    );
    let named = format!(
        "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s1 is not authorized to perform: kms:Decrypt on resource: {KEY} with an explicit deny in a resource-based policy</Message></Error>"
    );
    let head = || answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports", 403, "");
    let listing = || answer("list-type=2", 403, s3_refusal("AccessDenied"));
    for (error, seen) in [(denied, false), (named, true)] {
        let changes = vec![head(), listing(), described(KEY, "Disabled")];
        let report = report_of(account(changes), &url(SESSION, READ), Some(&error), now).await;
        assert_eq!(
            report.findings.iter().any(|finding| finding.check == "kms-key-state"),
            seen,
            "{:?}",
            report.findings
        );
        assert_eq!(report.could_not_look.iter().any(|unseen| unseen.check == "kms-key-state"), !seen, "{report:?}");
    }
}

/// With a resource, the simulator tells of it what is missing and what bounds the signer.
///
/// Source: IAM API reference, "`EvaluationResult`", on `MissingContextValues` and `ResourceSpecificResults`.
#[tokio::test]
async fn what_the_simulator_says_of_the_resource_counts() {
    let of_resource = |more: &str| {
        format!(
            "<ResourceSpecificResults><member><EvalResourceName>r</EvalResourceName><EvalResourceDecision>implicitDeny</EvalResourceDecision>{more}</member></ResourceSpecificResults>"
        )
    };
    let missing = "<MissingContextValues><member>aws:SourceVpce</member></MissingContextValues>";
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    let statement = "<MatchedStatements><member><SourcePolicyId>freeze</SourcePolicyId></member></MatchedStatements>";
    for (more, certainty, said) in [
        (missing.to_owned(), "possible", "`aws:SourceVpce`"),
        (format!("{boundary}{statement}"), "certain", "`freeze`"),
    ] {
        let changes = vec![simulated("implicitDeny", &of_resource(&more))];
        let report = report(account(changes), &url(SESSION, READ), now).await;
        let finding = report.findings.iter().find(|finding| finding.check == "signer-permission").unwrap();
        assert_eq!(finding.certainty.as_str(), certainty, "{report:?}");
        assert!(finding.evidence.iter().any(|evidence| evidence.text.contains(said)), "{finding:?}");
    }
}

/// A default of KMS that names no key is AWS's own, `aws/s3`.
#[tokio::test]
async fn a_bucket_whose_default_names_no_key_has_one_all_the_same() {
    for (algorithm, unseen) in [("aws:kms", true), ("aws:kms:dsse", true), ("AES256", false)] {
        let default = format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
        );
        let report =
            report(account(vec![answer("?encryption", 200, default)]), &url(SESSION, "&x-id=PutObject"), now).await;
        let found = report.could_not_look.iter().any(|it| it.check == "kms-key-state");
        assert_eq!(found, unseen, "{algorithm}: {report:?}");
    }
}
