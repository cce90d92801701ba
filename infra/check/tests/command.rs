//! The command as CI runs it.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn check_infra(arguments: &[&str]) -> Output {
    let policies = infra().join("policies");
    let mut command = Command::new(env!("CARGO_BIN_EXE_check-infra"));
    command.current_dir(infra()).arg("--policies").arg(policies).args(arguments).env_clear().output().unwrap()
}

fn out(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn error(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

const ENCRYPTED: &str = "accepted/queues_encrypted/by-sqs.json";
const PLAIN: &str = "rejected/queues_encrypted/not-said.json";

#[test]
fn a_denial_is_a_line_with_rule_file_and_resource_and_fails() {
    let output = check_infra(&[ENCRYPTED, PLAIN]);
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<&str> = out(&output).lines().collect();
    assert!(lines[0].starts_with(&format!("queues_encrypted: {PLAIN}: Queue: set `SqsManagedSseEnabled")), "{lines:?}");
    assert!(lines[1].contains(" rules on 2 files: 2 looks") && lines[1].ends_with(" 1 denials"), "{lines:?}");
}

#[test]
fn a_denial_of_settings_names_the_settings_file_and_the_bucket_once() {
    let settings = "rejected/longest_lifetime/not-stated.toml";
    let output = check_infra(&["--settings", settings, ENCRYPTED, ENCRYPTED]);
    assert_eq!(output.status.code(), Some(1));
    let denials = out(&output).lines().filter(|line| line.starts_with("longest_lifetime"));
    let denials: Vec<&str> = denials.collect();
    assert_eq!(denials, [format!("longest_lifetime: {settings}: reports: set `longestExpiresIn`, to 3600 or less")]);
}

#[test]
fn what_keeps_every_rule_that_applies_succeeds() {
    let output = check_infra(&[ENCRYPTED]);
    assert!(output.status.success(), "{}{}", out(&output), error(&output));
}

#[test]
fn nothing_to_check_is_no_success() {
    let output = check_infra(&[]);
    assert!(!output.status.success());
    assert!(error(&output).contains("no rule applies"), "{}", error(&output));
}

#[test]
fn a_rule_that_finds_nothing_is_named_where_every_rule_is_wanted() {
    let output = check_infra(&["--every-rule", ENCRYPTED]);
    assert!(!output.status.success());
    assert!(
        error(&output).contains("table_protected") && !error(&output).contains("queues_encrypted"),
        "{}",
        error(&output)
    );
}

#[test]
fn a_file_that_cannot_be_checked_fails_and_is_named() {
    for arguments in [["--settings", "absent.toml"], [ENCRYPTED, "absent.json"], [ENCRYPTED, "bucket-guardrails.yaml"]]
    {
        let output = check_infra(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(error(&output).contains(arguments[1].trim_start_matches("--")), "{}", error(&output));
    }
}

#[test]
fn a_parameter_that_no_template_has_is_refused() {
    let output = check_infra(&["--parameter", "BucketNaem=reports", ENCRYPTED]);
    assert!(!output.status.success());
    assert!(error(&output).contains("`BucketNaem`"), "{}", error(&output));
}

#[test]
fn settings_are_filled_with_what_the_template_tells_the_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = std::fs::read_to_string(infra().join("accepted/issuer_permissions/signing-role-of-the-settings.json"));
    let variables =
        r#""Environment": {"Variables": {"PRESIGN_SIGNING_ROLE": {"Fn::GetAtt": ["Signer", "Arn"]}}}, "Tags""#;
    let template = folder.path().join("template.json");
    std::fs::write(&template, issuer.unwrap().replacen("\"Tags\"", variables, 1)).unwrap();
    let settings =
        std::fs::read_to_string(infra().join("accepted/issuer_permissions/signing-role-of-the-settings.toml"));
    let settings =
        settings.unwrap().replace("\"arn:aws:iam::123456789012:role/reports-signer\"", "\"${PRESIGN_SIGNING_ROLE}\"");
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, settings.replace("\"eu-central-1\"", "\"${AWS_REGION}\"")).unwrap();

    let (template, file) = (template.to_str().unwrap(), file.to_str().unwrap());
    let output = check_infra(&["--settings", file, template]);
    assert!(output.status.success(), "{}{}", out(&output), error(&output));
    let output = check_infra(&["--settings", file, ENCRYPTED]);
    assert!(error(&output).contains("`AWS_REGION`, which is not set"), "{}", error(&output));
}

#[test]
fn a_written_template_is_as_it_is_deployed() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        check_infra(&["--write", folder.path().to_str().unwrap(), "accepted/dead_letter_queues/of-a-queue.json"]);
    assert!(output.status.success(), "{}", error(&output));
    let written = std::fs::read_to_string(folder.path().join("of-a-queue.json")).unwrap();
    assert!(written.contains("\"deadLetterTargetArn\": \"${DeadLetters.Arn}\""), "{written}");
}
