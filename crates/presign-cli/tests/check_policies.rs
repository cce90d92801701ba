//! `presign check-policies` as a script sees it.
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use authorization::{Policies, WhenChecked};

fn check(files: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_presign")).arg("check-policies").args(files).output().unwrap()
}

#[test]
fn what_is_checked_lies_beside_each_file_until_the_next_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.cedar"), folder.path().join("other.cedar"));
    fs::write(&one, "permit (principal, action, resource);").unwrap();
    fs::write(&other, r#"permit (principal == Presign::Caller::"me", action, resource);"#).unwrap();
    let done = check(&[&one, &other]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let beside = folder.path().join("one.checked.jsonl");
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(said.lines().next(), beside.to_str());
    for file in [&one, &other] {
        assert_eq!(Policies::load(file).unwrap().when_checked(), WhenChecked::Before);
    }
    let before = fs::read(&beside).unwrap();
    fs::write(&one, "permit (principal, action == Presign::Action::\"fly\", resource);").unwrap();
    let refused = check(&[&one]);
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains("one.cedar") && complaint.contains("fly"), "{complaint}");
    assert_eq!(fs::read(&beside).unwrap(), before);
}
