//! How roles, buckets and keys look, from answers as IAM, S3 and KMS write them.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use presign::lifetime::ExpiresIn;
use presign::reconcile::{Ceiling, Fingerprint, Observer, Part, Sight, Subject, Unseen};
use reconcile_urls::Account;

/// Answers by what a request asks for: a part of its address, its `X-Amz-Target`, or its body.
#[derive(Debug, Clone, Default)]
struct Aws(BTreeMap<&'static str, (u16, String)>, Arc<Mutex<Vec<&'static str>>>);

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let asked = format!("{} {target} {body}", request.uri());
        let (what, (status, body)) = self.0.iter().find(|(what, _)| asked.contains(**what)).unwrap();
        self.1.lock().unwrap().push(*what);
        let (status, body) = (*status, body.clone());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body.into())))
    }
}

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
    "Condition":{"NumericGreaterThan":{"s3:signatureAge":"600000"}}}]}"#;
const BLOCK: &str = r#"<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>true</BlockPublicAcls>
    <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>
    <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"#;
const ENCRYPTION: &str = r#"<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>
    <ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k1</KMSMasterKeyID>
    </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"#;
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/k1";

const ROLE: &str = "arn:aws:iam::123456789012:role/team/signer";
const MANAGED: &str = "arn:aws:iam::123456789012:policy/team/signers";

/// An answer of IAM's, which puts what it has to say into an element named after the action.
fn of_iam(action: &str, result: &str) -> String {
    let namespace = r#"xmlns="https://iam.amazonaws.com/doc/2010-05-08/""#;
    format!("<{action}Response {namespace}><{action}Result>{result}</{action}Result></{action}Response>")
}

fn role(id: &str) -> String {
    let boundary = format!(
        "<PermissionsBoundary><PermissionsBoundaryArn>{MANAGED}</PermissionsBoundaryArn></PermissionsBoundary>"
    );
    let names = format!("<Path>/team/</Path><RoleName>signer</RoleName><RoleId>{id}</RoleId><Arn>{ROLE}</Arn>");
    of_iam("GetRole", &format!("<Role>{names}<CreateDate>2026-11-22T12:00:00Z</CreateDate>{boundary}</Role>"))
}

fn described(state: &str) -> String {
    format!(r#"{{"KeyMetadata":{{"KeyId":"k1","Arn":"{KEY}","KeyState":"{state}"}}}}"#)
}

fn refusal(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>it holds a policy</Message></Error>")
}

impl Aws {
    fn of(answers: &[(&'static str, u16, String)]) -> Self {
        let answers = answers.iter().map(|(what, status, body)| (*what, (*status, body.clone())));
        Self(answers.collect(), Arc::default())
    }

    fn as_set_up() -> Self {
        Self::of(&[
            ("?policy", 200, POLICY.to_owned()),
            ("?publicAccessBlock", 200, BLOCK.to_owned()),
            ("?encryption", 200, ENCRYPTION.to_owned()),
            ("DescribeKey", 200, described("Enabled")),
            ("Action=GetRole&", 200, role("AROA1")),
            (
                "Action=ListRolePolicies&",
                200,
                of_iam("ListRolePolicies", "<IsTruncated>false</IsTruncated><PolicyNames/>"),
            ),
            (
                "Action=ListAttachedRolePolicies&",
                200,
                of_iam(
                    "ListAttachedRolePolicies",
                    &format!(
                        "<IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyArn>{MANAGED}</PolicyArn></member></AttachedPolicies>"
                    ),
                ),
            ),
            ("Action=GetPolicy&", 200, of_iam("GetPolicy", "<Policy><DefaultVersionId>v1</DefaultVersionId></Policy>")),
            (
                "Action=GetPolicyVersion&",
                200,
                of_iam("GetPolicyVersion", "<PolicyVersion><Document>%7B%7D</Document></PolicyVersion>"),
            ),
            ("GetKeyPolicy", 200, r#"{"Policy":"{\"Statement\":[]}","PolicyName":"default"}"#.to_owned()),
        ])
    }

    fn but(mut self, what: &'static str, status: u16, body: String) -> Self {
        self.0.insert(what, (status, body));
        self
    }

    fn account(&self) -> Account {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("AKIA1", "s", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
            .build();
        Account::new(&config)
    }

    async fn look(&self, subject: &Subject) -> Sight {
        self.account().look(subject).await
    }

    async fn bucket(&self) -> Sight {
        let region = "eu-central-1".parse().unwrap();
        self.look(&Subject::Bucket { bucket: "demo".parse().unwrap(), region, account: None }).await
    }

    async fn role(&self) -> Sight {
        self.look(&Subject::Permissions(ROLE.parse().unwrap())).await
    }

    async fn key(&self) -> Sight {
        self.look(&Subject::Key(KEY.parse().unwrap())).await
    }
}

fn differing(one: &Sight, other: &Sight) -> Vec<Part> {
    assert_eq!(one.parts.len(), other.parts.len());
    one.parts.iter().filter(|(part, seen)| other.parts[*part] != **seen).map(|(part, _)| *part).collect()
}

#[tokio::test]
async fn each_change_of_a_bucket_shows_in_its_part() {
    let before = Aws::as_set_up().bucket().await;
    assert!(before.parts.values().all(Result::is_ok), "{:?}", before.parts);
    assert_eq!(before.ceiling, Ceiling::At(ExpiresIn::from_seconds(600).unwrap()));
    assert_eq!(differing(&before, &Aws::as_set_up().bucket().await), []);
    for (what, body, part) in [
        ("?policy", POLICY.replace("600000", "300000"), Part::BucketPolicy),
        (
            "?publicAccessBlock",
            BLOCK.replace("<BlockPublicPolicy>true", "<BlockPublicPolicy>false"),
            Part::PublicAccessBlock,
        ),
        ("?encryption", ENCRYPTION.replace(">k1<", ">k2<"), Part::Encryption),
        ("?encryption", ENCRYPTION.replace("Enabled>true", "Enabled>false"), Part::Encryption),
    ] {
        let after = Aws::as_set_up().but(what, 200, body).bucket().await;
        assert_eq!(differing(&before, &after), [part], "{what}");
    }
}

#[tokio::test]
async fn what_a_bucket_has_not_is_seen_not_to_be_there() {
    let bare = Aws::of(&[
        ("?policy", 404, refusal("NoSuchBucketPolicy")),
        ("?publicAccessBlock", 404, refusal("NoSuchPublicAccessBlockConfiguration")),
        ("?encryption", 404, refusal("ServerSideEncryptionConfigurationNotFoundError")),
    ]);
    let sight = bare.bucket().await;
    assert!(sight.parts.values().all(|seen| *seen == Ok(Fingerprint::absent())), "{:?}", sight.parts);
    assert_eq!(sight.ceiling, Ceiling::None);
}

#[tokio::test]
async fn what_is_refused_is_unseen_with_the_code_alone() {
    let sight = Aws::as_set_up().but("?policy", 403, refusal("AccessDenied")).bucket().await;
    assert_eq!(sight.parts[&Part::BucketPolicy], Err(Unseen("AccessDenied".to_owned())));
    assert!(sight.parts[&Part::Encryption].is_ok());
    assert_eq!(sight.ceiling, Ceiling::Unseen);
}

#[tokio::test]
async fn a_role_that_was_made_again_alike_is_another() {
    let before = Aws::as_set_up().role().await;
    assert!(before.parts.values().all(Result::is_ok), "{:?}", before.parts);
    assert_eq!(differing(&before, &Aws::as_set_up().role().await), []);
    let again = Aws::as_set_up().but("Action=GetRole&", 200, role("AROA2")).role().await;
    assert_eq!(differing(&before, &again), [Part::RoleId]);
    let gone = "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>".to_owned();
    let gone = Aws::as_set_up().but("Action=GetRole&", 404, gone).role().await;
    assert_eq!(gone.parts[&Part::RoleId], Ok(Fingerprint::absent()));
}

#[tokio::test]
async fn a_managed_policy_that_many_have_is_looked_up_once_a_run_and_again_where_that_failed() {
    let aws = Aws::as_set_up();
    let subject = Subject::Permissions(ROLE.parse().unwrap());
    let asked = |aws: &Aws| aws.1.lock().unwrap().iter().filter(|what| what.contains("GetPolicy")).count();
    let account = aws.account();
    let sight = account.look(&subject).await;
    assert_eq!(account.look(&subject).await, sight);
    assert_eq!(asked(&aws), 2, "the policy, and its version in force");
    assert_eq!(account.afresh().look(&subject).await, sight);
    assert_eq!(asked(&aws), 4);
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>".to_owned();
    let refusing = Aws::as_set_up().but("Action=GetPolicy&", 403, denied);
    let sight = refusing.role().await;
    for part in [Part::AttachedPolicies, Part::PermissionsBoundary] {
        assert_eq!(sight.parts[&part], Err(Unseen("AccessDenied".to_owned())));
    }
    assert_eq!(asked(&refusing), 2);
}

#[tokio::test]
async fn each_change_of_a_key_shows_in_its_part() {
    let before = Aws::as_set_up().key().await;
    assert!(before.parts.values().all(Result::is_ok), "{:?}", before.parts);
    let disabled = Aws::as_set_up().but("DescribeKey", 200, described("Disabled")).key().await;
    assert_eq!(differing(&before, &disabled), [Part::KeyState]);
    let policy = r#"{"Policy":"{\"Statement\":[{}]}","PolicyName":"default"}"#.to_owned();
    assert_eq!(differing(&before, &Aws::as_set_up().but("GetKeyPolicy", 200, policy).key().await), [Part::KeyPolicy]);
    let gone = r#"{"__type":"NotFoundException","message":"no such key"}"#.to_owned();
    let gone = Aws::of(&[("DescribeKey", 400, gone.clone()), ("GetKeyPolicy", 400, gone)]).key().await;
    assert!(gone.parts.values().all(|seen| *seen == Ok(Fingerprint::absent())), "{:?}", gone.parts);
    let denied = r#"{"__type":"AccessDeniedException","message":"no"}"#.to_owned();
    let denied = Aws::as_set_up().but("GetKeyPolicy", 400, denied).key().await;
    assert_eq!(denied.parts[&Part::KeyPolicy], Err(Unseen("AccessDeniedException".to_owned())));
}
