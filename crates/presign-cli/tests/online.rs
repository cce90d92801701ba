//! `presign explain --online` against the local stack, with the credentials of the environment.
#![cfg(test)]

use std::process::{Command, Output};

use clap::Parser;
use jiff::Timestamp;
use local_stack::{LocalStack, Options};
use serde_json::Value;

const SIGNER: &str = "arn:aws:sts::123456789012:assumed-role/presign-demo-signer/local";

async fn stack() -> LocalStack {
    LocalStack::start(Options::try_parse_from(["local-stack", "--port", "0"]).unwrap()).await.unwrap()
}

/// A URL for an object that is not there, with nothing in it that is wrong.
#[expect(clippy::disallowed_methods, reason = "the URL must be good when the command looks at the clock")]
fn url(endpoint: &str) -> String {
    let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    format!(
        "{endpoint}/demo/gone.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F{}%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date={date}&X-Amz-Expires=900&X-Amz-Security-Token=token&X-Amz-SignedHeaders=host&X-Amz-Signature={}&x-id=GetObject",
        date.split('T').next().unwrap(),
        "ab".repeat(32)
    )
}

async fn explain(endpoint: String, more: &'static [&'static str], credentials: bool) -> Output {
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_presign"));
        command.args(["explain", &url(&endpoint), "--online", "--json"]).args(more).env_clear();
        command.env("AWS_ENDPOINT_URL", &endpoint).env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
        if credentials {
            let secret = "local-administrators-secret-access-key-0";
            command.env("AWS_ACCESS_KEY_ID", "AKIALOCALADMINISTRAT").env("AWS_SECRET_ACCESS_KEY", secret);
        }
        command.output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn report(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_shows_is_a_cause() {
    let stack = stack().await;
    let done = explain(stack.endpoint(), &["--signer", SIGNER], true).await;
    let report = report(&done);
    assert_eq!((done.status.code(), &report["findings"][0]["check"]), (Some(1), &Value::from("object-exists")));
    assert!(report["passed"].as_array().unwrap().contains(&"signer-permission".into()), "{report}");
    assert!(!String::from_utf8_lossy(&done.stdout).contains("abab"), "{report}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_nothing_is_known_and_nothing_is_fine() {
    let stack = stack().await;
    let done = explain(stack.endpoint(), &["--signer", SIGNER], false).await;
    let report = report(&done);
    let unseen: Vec<_> =
        report["couldNotLook"].as_array().unwrap().iter().filter_map(|unseen| unseen["check"].as_str()).collect();
    for check in ["object-exists", "signer-permission", "session-revoked", "bucket-policy-denies", "clock-skew"] {
        assert!(unseen.contains(&check), "{check}: {unseen:?}");
        assert!(!report["passed"].as_array().unwrap().contains(&check.into()), "{check}");
    }
    assert_eq!(done.status.code(), Some(0), "nothing was found wrong: {report}");
    stack.stop().await;
}
