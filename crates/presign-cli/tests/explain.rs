//! `presign explain` as a script sees it: standard output, standard error and exit status.
#![cfg(test)]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use presign::credentials::Credentials;
use presign::lifetime::ExpiresIn;
use presign::sigv4::{AmzDate, RequestToSign, SigningKey, presign};
use serde_json::Value;

const SIGNATURE: &str = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

/// AWS's documented example, of 2013.
fn url() -> String {
    format!(
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE\
         %2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature={SIGNATURE}"
    )
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_presign"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What does not read its input may have closed it by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_cause_found_is_exit_status_1_and_no_signature_is_printed() {
    let done = run(&["explain", &url()], "");
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{out}");
    assert!(out.contains("1. expired  certain") && !out.contains(SIGNATURE), "{out}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the URL must be good when the command looks at the clock")]
fn nothing_found_wrong_is_exit_status_0() {
    let credentials = Credentials::long_term("AKIAIOSFODNN7EXAMPLE", "secret");
    let date = AmzDate::at(SystemTime::now()).unwrap();
    let key = SigningKey::derive(&credentials, &date, &"eu-west-1".parse().unwrap());
    let request = RequestToSign {
        scheme: "https",
        method: "GET",
        host: "examplebucket.s3.eu-west-1.amazonaws.com",
        path: "/test.txt",
        query: &[],
        headers: &[],
    };
    let url = presign(&request, &key, &date, ExpiresIn::from_seconds(3600).unwrap());
    let done = run(&["explain", url.expose()], "");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stdout));
    assert!(text(&done.stdout).contains("Nothing found wrong."));
}

#[test]
fn what_cannot_be_read_is_exit_status_2_and_says_so() {
    for (arguments, input, said) in [
        (&["explain", "hello"][..], "", "is not a URL"),
        (&["explain", "-"][..], "", "there is no URL"),
        (&["explain", "-", "--error", "-"][..], "", "only one of"),
        (&["explain", "https://h.com/k", "--error", "/no/such/file"][..], "", "cannot be read"),
        (&["explain", "https://h.com/k", "--error", "-"][..], "hello", "no S3 error in it"),
        (&["explain", "https://h.com/k", "--request", "-"][..], "hello", "no request in it"),
        (&["explain"][..], "", "Usage"),
    ] {
        let done = run(arguments, input);
        let error = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(said) && done.stdout.is_empty(), "{arguments:?}: {error}");
    }
}

#[test]
fn the_url_can_come_from_standard_input_and_the_report_go_out_as_json() {
    let done = run(&["explain", "-", "--json"], &format!("{}\n", url()));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["findings"][0]["check"], "expired");
    assert_eq!(report["url"]["accessKeyId"], "AKIAIOSFODNN7EXAMPLE");
    assert!(!text(&done.stdout).contains(SIGNATURE));
}

#[test]
fn an_error_and_a_request_are_read_too() {
    let host = "examplebucket.s3.amazonaws.com";
    let target = url().replace(&format!("https://{host}"), "");
    let request = format!(
        "> GET {target} HTTP/1.1\r\n> Host: {host}\r\n> Authorization: Bearer abcdefghijklmnop\r\n>\r\n< HTTP/1.1 400 Bad Request\r\n\
         <Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>\n"
    );
    let done = run(&["explain", &url(), "--request", "-", "--json"], &request);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&report["findings"][0]["check"], &report["answer"]["code"]),
        (&Value::from("two-authentications"), &Value::from("InvalidArgument"))
    );
    assert!(!text(&done.stdout).contains("abcdefghijklmnop"));
}

/// <https://github.com/fortana-co/react-dropzone-uploader/issues/26>, where there is no account to look into.
#[test]
fn a_pages_origin_is_of_use_without_a_look_into_the_account() {
    let line = "Access to fetch at 'https://examplebucket.s3.amazonaws.com/test.txt' from origin 'https://app.example.com' has been blocked \
                by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.";
    let done = run(&["explain", &url(), "--error", "-", "--origin", "https://app.example.com", "--json"], line);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "cors").unwrap();
    assert!(found["fix"]["paste"].as_str().unwrap().contains("-H 'Origin: https://app.example.com'"), "{found}");
}

#[test]
fn colours_are_used_only_on_a_terminal_or_when_told() {
    assert!(!text(&run(&["explain", &url()], "").stdout).contains('\u{1b}'));
    assert!(text(&run(&["explain", &url(), "--color", "always"], "").stdout).contains('\u{1b}'));
}

#[test]
fn completions_and_the_manual_name_the_commands() {
    let completions = text(&run(&["completions", "bash"], "").stdout);
    assert!(
        completions.contains("presign__subcmd__explain") || completions.contains("presign__explain"),
        "{completions}"
    );
    let manual = text(&run(&["man"], "").stdout);
    assert!(manual.contains("presign\\-explain") && manual.contains("Exit status"), "{manual}");
}
