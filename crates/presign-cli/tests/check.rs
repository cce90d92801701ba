//! `presign check-policies` and `presign check-settings` as a script sees them.
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use authorization::{Policies, WhenChecked};
use settings::Settings;

fn check(command: &str, files: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_presign")).arg(command).args(files).output().unwrap()
}

#[test]
fn what_is_checked_lies_beside_each_file_until_the_next_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.cedar"), folder.path().join("other.cedar"));
    fs::write(&one, "permit (principal, action, resource);").unwrap();
    fs::write(&other, r#"permit (principal == Presign::Caller::"me", action, resource);"#).unwrap();
    let done = check("check-policies", &[&one, &other]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let beside = folder.path().join("one.cedar.checked");
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(said.lines().next(), beside.to_str());
    for file in [&one, &other] {
        assert_eq!(Policies::load(file).unwrap().when_checked(), WhenChecked::Before);
    }
    let before = fs::read(&beside).unwrap();
    fs::write(&one, "permit (principal, action == Presign::Action::\"fly\", resource);").unwrap();
    let refused = check("check-policies", &[&one]);
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains("one.cedar") && complaint.contains("fly"), "{complaint}");
    assert_eq!(fs::read(&beside).unwrap(), before);
}

const SETTINGS: &str = r#"
[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject"]
prefixes = [""]
"#;

#[test]
fn checked_settings_are_read_instead_of_the_file_until_that_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    fs::write(&file, SETTINGS).unwrap();
    let unread = || format!("{:?}", Settings::load(&file).unwrap().profiles).contains("CheckedTables");
    assert!(!unread());
    let done = check("check-settings", &[&file]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let beside = folder.path().join("settings.toml.checked");
    assert_eq!(String::from_utf8(done.stdout).unwrap().trim_end(), beside.to_str().unwrap());
    assert!(unread());
    let before = fs::read(&beside).unwrap();
    fs::write(&file, SETTINGS.replace("eu-central-1", "eu-west-1")).unwrap();
    assert!(!unread());
    let profiles = Settings::load(&file).unwrap().profiles;
    assert_eq!(profiles.iter().next().unwrap().region().as_str(), "eu-west-1");
    fs::write(&file, SETTINGS.replace("eu-central-1", "EU")).unwrap();
    let refused = check("check-settings", &[&file]);
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains("settings.toml") && complaint.contains("line 4"), "{complaint}");
    assert_eq!(fs::read(&beside).unwrap(), before);
}
