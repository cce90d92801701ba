//! URLs that the local S3 refuses, each explained with a look into the local account: the cause that must come first.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use diagnosis::{Case, Finding, Input, Report};
use diagnosis_online::{Asked, AwsAccount, gather};
use end_to_end::{Bench, DENY_ALL, now, parameter, read_of, read_text, text, with, write_of};
use jiff::Timestamp;
use local_stack::{POLICY, ROLE};
use presign::credentials::Credentials;
use presign::lifetime::ExpiresIn;
use presign::sigv4::{AmzDate, RequestToSign, SigningKey, presign};
use serde_json::{Value, json};

const SIGNING_ROLE: &str = "arn:aws:iam::123456789012:role/presign-demo-signer";

fn clock() -> Timestamp {
    Timestamp::try_from(now()).unwrap()
}

/// What is done with a URL.
struct Sent {
    url: String,
    method: Method,
    headers: Value,
}

impl Sent {
    fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), method: Method::GET, headers: json!({}) }
    }

    /// As its holder is told to.
    fn as_told(answer: &Value) -> Self {
        let method = text(answer, "method").parse().unwrap();
        Self { url: text(answer, "url").to_owned(), method, headers: answer["headers"].clone() }
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers[name] = json!(value);
        self
    }
}

/// What S3 answers to it, and why: with its answer, the request as sent, and a look into the account.
async fn explain(bench: &Bench, how: &str, sent: &Sent) -> Report {
    let response = bench.send(sent.method.clone(), &sent.url, &sent.headers, Body::from("x")).await;
    let status = response.status();
    let body = read_text(response).await;
    assert!(!status.is_success(), "{how}: S3 does it: {status}");
    let (host, target) =
        sent.url.split_once("://").and_then(|(_, rest)| rest.split_at_checked(rest.find('/')?)).unwrap();
    // As curl shows it.
    let mut request = format!("> {} {target} HTTP/1.1\n> host: {host}\n", sent.method);
    for (name, value) in sent.headers.as_object().unwrap() {
        request.extend(["> ", name, ": ", value.as_str().unwrap(), "\n"]);
    }
    request.extend([">\n< HTTP/1.1 ", status.as_str(), "\n<\n", &body, "\n"]);
    let input = Input { url: &sent.url, error: None, request: Some(&request), now: clock() };
    let case = Case::read(input).unwrap_or_else(|error| panic!("{error}: {body}"));
    let account = AwsAccount::new(bench.stack.sdk_config(), true, Arc::new(clock));
    let asked = Asked { signer: Some(SIGNING_ROLE.to_owned()), ..Asked::default() };
    let facts = Box::pin(gather(&account, &case, &asked)).await;
    Report::of(&case.with_facts(facts))
}

/// A URL that somebody has signed without the service, some time ago.
fn signed(bench: &Bench, path: &str, age: Duration, credentials: &Credentials) -> String {
    let date = AmzDate::at(now() - age).unwrap();
    let key = SigningKey::derive(credentials, &date, &"us-east-1".parse().unwrap());
    let host = bench.stack.endpoint().replace("http://", "");
    let request = RequestToSign { scheme: "http", method: "GET", host: &host, path, query: &[], headers: &[] };
    presign(&request, &key, &date, ExpiresIn::from_seconds(600).unwrap()).expose().to_owned()
}

fn administrator(key_id: &str) -> Credentials {
    Credentials::long_term(key_id, "local-administrators-secret-access-key-0")
}

/// A session of the signing role: key id, secret and token.
async fn session(bench: &Bench) -> (String, String, String) {
    let sts = aws_sdk_sts::Client::new(&bench.stack.sdk_config());
    let session = sts.assume_role().role_arn(SIGNING_ROLE).role_session_name("on-call").send().await.unwrap();
    let keys = session.credentials().unwrap().clone();
    (keys.access_key_id, keys.secret_access_key, keys.session_token)
}

fn expect(wrong: &mut Vec<String>, how: &str, first: &str, report: &Report) {
    let found: Vec<_> = report.findings.iter().map(|f| format!("{} ({})", f.check, f.certainty.as_str())).collect();
    if !report.findings.first().is_some_and(|finding| finding.check == first && finding.certainty.is_cause()) {
        let answer = report.answer.as_ref().map(|answer| format!("{}: {}", answer.code, answer.message));
        wrong.push(format!("{how}: expected {first}, found {}; {answer:?}", found.join(", ")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_url_that_is_used_otherwise_has_its_cause_first() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("hello.txt")).await;
    let url = text(&read, "url").to_owned();
    let swap = |from: &str, to: &str| Sent::get(url.replace(from, to));
    let upload = bench.issue(&with(write_of("up.txt"), &json!({"contentType": "text/plain"}))).await;
    let once = bench.issue(&with(write_of("hello.txt"), &json!({"ifNoneMatch": "*"}))).await;
    let sized = bench.issue(&with(write_of("sized"), &json!({"contentLength": 2}))).await;
    let (token, signature) = (parameter(&read, "X-Amz-Security-Token"), parameter(&read, "X-Amz-Signature"));
    let hours = Duration::from_hours;
    let (administrator, nobody) = (administrator("AKIALOCALADMINISTRAT"), administrator("AKIAIOSFODNN7EXAMPLE"));
    let ((id, secret, _), (_, _, others)) = (session(&bench).await, session(&bench).await);
    let (tokenless, mixed) = (Credentials::long_term(&id, &secret), Credentials::temporary(&id, &secret, others));
    let cases: Vec<(&str, &str, Sent)> = vec![
        ("no such object", "missing-object-hidden", Sent::as_told(&bench.issue(&read_of("gone.txt")).await)),
        ("another object than signed", "signed-otherwise", swap("hello.txt", "hallo.txt")),
        ("the key in another case", "signed-otherwise", swap("hello.txt", "Hello.txt")),
        ("the signature of another URL", "signed-otherwise", swap(signature, &"0".repeat(64))),
        (
            "signed without its token",
            "token-missing",
            Sent::get(signed(&bench, "/demo/hello.txt", hours(0), &tokenless)),
        ),
        (
            "signed with another's token",
            "invalid-token",
            Sent::get(signed(&bench, "/demo/hello.txt", hours(0), &mixed)),
        ),
        ("a longer life than signed", "signed-otherwise", swap("X-Amz-Expires=900", "X-Amz-Expires=90000")),
        ("eight days", "expires-over-seven-days", swap("X-Amz-Expires=900", "X-Amz-Expires=691200")),
        ("out of a page's source", "html-escaped", swap("&", "&amp;")),
        ("written into a download's name", "signed-otherwise", Sent::get(format!("{url}&response-content-type=a"))),
        ("an upload with a URL to read", "signed-otherwise", Sent { method: Method::PUT, ..Sent::get(&*url) }),
        ("a HEAD with a URL to read", "forbidden-head", Sent { method: Method::HEAD, ..Sent::get(&*url) }),
        ("a header besides", "unsigned-amz-header", Sent::get(&*url).header("x-amz-acl", "private")),
        ("an upload without its type", "signed-header-missing", Sent { headers: json!({}), ..Sent::as_told(&upload) }),
        ("an upload of another type", "signed-otherwise", Sent::as_told(&upload).header("content-type", "text/html")),
        ("an upload of what is there", "precondition-failed", Sent::as_told(&once)),
        ("an upload of another size", "signed-otherwise", Sent::as_told(&sized).header("content-length", "1")),
        ("used an hour later", "expired", Sent::get(signed(&bench, "/demo/hello.txt", hours(1), &administrator))),
        (
            "no such bucket",
            "bucket-region",
            Sent::get(signed(&bench, "/no-such-bucket/hello.txt", hours(0), &administrator)),
        ),
        (
            "no such object, to who may list",
            "object-exists",
            Sent::get(signed(&bench, "/demo/gone.txt", hours(0), &administrator)),
        ),
        ("no such access key", "invalid-access-key", Sent::get(signed(&bench, "/demo/hello.txt", hours(0), &nobody))),
    ];
    let mut wrong = Vec::new();
    for (how, first, sent) in &cases {
        let report = explain(&bench, how, sent).await;
        expect(&mut wrong, how, first, &report);
        let shown = serde_json::to_string(&report).unwrap();
        assert!(!shown.contains(token) && !shown.contains(signature), "{how}: a secret is in the report");
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_the_account_that_ends_a_url_is_found_first() {
    const ALLOW_LISTING: &str =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}"#;
    let mut wrong = Vec::new();
    // With the finding that has S3's own words among its evidence: the same one, where both are about one statement.
    for (how, first, said) in [
        ("a Deny in the role's policy", "signer-permission", "signer-permission"),
        ("the role's policy taken away", "signer-permission", "signer-permission"),
        ("a boundary", "signer-permission", "signer-permission"),
        ("its sessions revoked", "session-revoked", "session-revoked"),
        ("the role deleted", "signer-gone", "invalid-access-key"),
    ] {
        let bench = Bench::start(&[]).await;
        let iam = bench.iam();
        let read = bench.issue(&read_of("hello.txt")).await;
        match how {
            "a Deny in the role's policy" => bench.put_role_policy("deny", DENY_ALL).await,
            "the role's policy taken away" => bench.delete_role_policy(POLICY).await,
            "a boundary" => {
                let policy = iam.create_policy().policy_name("boundary").policy_document(ALLOW_LISTING).send().await;
                let arn = policy.unwrap().policy().unwrap().arn().unwrap().to_owned();
                iam.put_role_permissions_boundary().role_name(ROLE).permissions_boundary(arn).send().await.unwrap();
            }
            "its sessions revoked" => {
                bench.post_to("/revocations", &json!({"signingRole": SIGNING_ROLE})).await;
            }
            _ => {
                bench.delete_role_policy(POLICY).await;
                iam.delete_role().role_name(ROLE).send().await.unwrap();
            }
        }
        let report = explain(&bench, how, &Sent::as_told(&read)).await;
        expect(&mut wrong, how, first, &report);
        let quotes_s3 = |finding: &&Finding| finding.evidence.iter().any(|it| it.text.starts_with("S3 answered"));
        let quoting = report.findings.iter().filter(|it| it.certainty.is_cause()).filter(quotes_s3);
        let as_said = quoting.map(|finding| finding.check).eq([said]);
        assert!(as_said, "{how}: S3's own words are there too: {:?}", report.findings);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_the_caller_may_not_take_is_not_taken_for_fine() {
    let bench = Bench::start(&[]).await;
    let read = bench.issue(&read_of("gone.txt")).await;
    let (id, secret, token) = session(&bench).await;
    let credentials = aws_sdk_sts::config::Credentials::new(id, secret, Some(token), None, "test");
    let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(credentials);
    let config = bench.stack.sdk_config().into_builder().credentials_provider(provider).build();
    let input = Input { url: text(&read, "url"), error: None, request: None, now: clock() };
    let case = Case::read(input).unwrap();
    let asked = Asked { signer: Some(SIGNING_ROLE.to_owned()), ..Asked::default() };
    let facts = Box::pin(gather(&AwsAccount::new(config, true, Arc::new(clock)), &case, &asked)).await;
    let report = Report::of(&case.with_facts(facts));
    for check in ["signer-permission", "session-revoked", "bucket-policy-denies", "public-access-block"] {
        let unseen = report.could_not_look.iter().find(|unseen| unseen.check == check);
        assert!(unseen.is_some_and(|unseen| unseen.reason.contains("AccessDenied")), "{check}: {report:?}");
        assert!(!report.passed.contains(&check), "{check}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_key_that_was_made_inactive_is_found_first() {
    let bench = Bench::start(&[]).await;
    let iam = bench.iam();
    let key = iam.create_access_key().send().await.unwrap().access_key.unwrap();
    let credentials = Credentials::long_term(&key.access_key_id, &key.secret_access_key);
    let url = signed(&bench, "/demo/hello.txt", Duration::ZERO, &credentials);
    iam.update_access_key().access_key_id(&key.access_key_id).status("Inactive".into()).send().await.unwrap();

    let report = explain(&bench, "an inactive key", &Sent::get(url)).await;
    let mut wrong = Vec::new();
    expect(&mut wrong, "an inactive key", "access-key-status", &report);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
