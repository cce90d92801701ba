//! Which changes have a new session sign, and how many sessions that takes.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use end_to_end::{Bench, OtherIssuer, now, parameter, read_of, with, write_of};
use local_aws::{AwsService, Fault};
use local_stack::TABLE;
use presign::cache::{Advance, GenerationLedger};
use presign::generation::Scope;
use serde_json::{Value, json};
use url_cache::UrlTable;

/// Two buckets of one role, whose uploads name the keys that they are encrypted with.
fn issuer(bench: &Bench) -> OtherIssuer {
    let of_bucket = |bucket| {
        format!(
            "\n[[buckets]]\nbucket = \"{bucket}\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\n\
             signingRole = \"arn:aws:iam::123456789012:role/presign-demo-signer\"\n\
             operations = [\"getObject\", \"putObject\", \"postObject\"]\nprefixes = [\"\"]\n\
             encryption = {{ serverSideEncryption = \"asRequested\" }}\n",
            bench.stack.endpoint()
        )
    };
    let settings = format!("[cache]\nstalenessMilliseconds = 0\n{}", ["demo", "other"].map(of_bucket).concat());
    OtherIssuer::new(&bench.stack.sdk_config(), &settings)
}

/// What an event about it does, with a hold until then.
async fn advance(bench: &Bench, scope: &Scope, hold_until: SystemTime) {
    let table = UrlTable::new(aws_sdk_dynamodb::Client::new(&bench.stack.sdk_config()), TABLE.to_owned());
    let advance = Advance { scope, events: &[], regardless: true, hold_until, now: now() };
    table.advance(advance).await.unwrap();
}

fn key(i: usize) -> String {
    format!("arn:aws:kms:us-east-1:123456789012:key/k{i}")
}

fn encrypted(i: usize) -> Value {
    let key = json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": key(i)});
    with(write_of(&i.to_string()), &key)
}

fn sessions(bench: &Bench) -> u64 {
    bench.stack.aws().faults().calls(AwsService::Sts, "AssumeRole")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_bucket_has_new_sessions_sign_for_it_and_leaves_those_of_others_alone() {
    let bench = Bench::start(&[]).await;
    let issuer = issuer(&bench);
    let ask = async |bucket: &str| {
        let requests = [read_of("k"), with(read_of("k"), &json!({"minimumRemaining": 900}))];
        let requests = requests.map(|request| with(request, &json!({"bucket": bucket})));
        let answers = issuer.batch("me", &requests).await;
        let signers = answers.iter().map(|answer| parameter(answer, "X-Amz-Credential").to_owned());
        signers.collect::<Vec<_>>()
    };
    let (demo, other) = (ask("demo").await, ask("other").await);
    assert_eq!(sessions(&bench), 2, "each is confined to its bucket");
    for (change, opened) in [(1, 3), (2, 4)] {
        advance(&bench, &Scope::Bucket("demo".parse().unwrap()), now()).await;
        let again = ask("demo").await;
        assert!(again.iter().all(|signer| !demo.contains(signer)), "{change}: {again:?} after {demo:?}");
        for _ in 0..3 {
            assert_eq!((ask("other").await, ask("demo").await), (other.clone(), again.clone()));
        }
        assert_eq!(sessions(&bench), opened, "one for each change");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_signed_by_a_session_of_after_the_last_change_of_its_bucket() {
    let bench = Bench::start(&[]).await;
    let issuer = issuer(&bench);
    let form = json!({"bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": {"maximum": 10}});
    for opened in [1, 2] {
        for _ in 0..2 {
            let request = axum::http::Request::post("/forms");
            let answer = issuer.send(Some("me"), request, form.to_string()).await;
            assert_eq!((answer.status(), sessions(&bench)), (StatusCode::OK, opened));
        }
        advance(&bench, &Scope::Bucket("demo".parse().unwrap()), now()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_keys_requests_name_and_whatever_changes_of_them_takes_no_session() {
    let bench = Bench::start(&[]).await;
    let issuer = issuer(&bench);
    let requests: Vec<Value> = (0..100).map(encrypted).collect();
    for changed in [7, 8, 9] {
        for _ in 0..2 {
            let answers = issuer.batch("me", &requests).await;
            assert!(answers.iter().all(|answer| answer["url"].is_string()), "{answers:?}");
        }
        assert_eq!(sessions(&bench), 1, "those of the profile count");
        advance(&bench, &Scope::KmsKey(key(changed).parse().unwrap()), now()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_waited_for_its_session_is_signed_by_one_of_after_a_change_meanwhile() {
    let bench = Bench::start(&[]).await;
    let issuer = issuer(&bench);
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Delay(Duration::from_millis(1_300)));
    let form = json!({"bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": {"maximum": 10}});
    let asked = issuer.send(Some("me"), axum::http::Request::post("/forms"), form.to_string());
    let changed = async {
        while sessions(&bench) == 0 {
            tokio::task::yield_now().await;
        }
        advance(&bench, &Scope::Bucket("demo".parse().unwrap()), now()).await;
    };
    let (answer, ()) = tokio::join!(asked, changed);
    assert_eq!((answer.status(), sessions(&bench)), (StatusCode::OK, 2));
}
