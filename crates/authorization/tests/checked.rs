//! Policies that were checked before they were deployed decide as those that are checked at start.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use authorization::{
    Action, Asking, CallerIdentity, Decision, Denied, Policies, PoliciesError, Question, Resource, UrlAsking,
    WhenChecked, checked_beside,
};
use presign::operation::Operation;
use tempfile::TempDir;

/// A file of policies in a folder of its own.
struct Deployed {
    file: PathBuf,
    _folder: TempDir,
}

impl Deployed {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let deployed = Self { file: folder.path().join("policies.cedar"), _folder: folder };
        deployed.says(text);
        deployed
    }

    fn says(&self, text: &str) {
        fs::write(&self.file, text).unwrap();
    }

    fn is_checked(&self) {
        let checked = Policies::check(&fs::read_to_string(&self.file).unwrap()).unwrap();
        self.has_beside(&checked);
    }

    fn has_beside(&self, checked: &str) {
        fs::write(checked_beside(&self.file), checked).unwrap();
    }

    fn beside(&self) -> String {
        fs::read_to_string(checked_beside(&self.file)).unwrap()
    }

    fn load(&self) -> Result<Policies, PoliciesError> {
        Policies::load(&self.file)
    }
}

fn decided(policies: &Policies, caller: &CallerIdentity, operation: Operation, key: &str) -> Result<Decision, Denied> {
    let bucket = "demo".parse().unwrap();
    let url = UrlAsking {
        expires_in: 900,
        content_type: Some("image/png"),
        content_length: Some(7),
        server_side_encryption: None,
    };
    policies.decide(&Question {
        caller,
        action: Action::Url(operation),
        resource: Resource::Object { bucket: &bucket, key },
        asking: Asking { time: UNIX_EPOCH, source_ip: Some([203, 0, 113, 7].into()), url: Some(url) },
    })
}

fn alice() -> CallerIdentity {
    CallerIdentity {
        tenant: Some("acme".to_owned()),
        groups: ["editors".to_owned()].into(),
        claims: [("department".to_owned(), "research".to_owned())].into(),
        ..CallerIdentity::named("alice")
    }
}

const GET: Operation = Operation::GetObject;

/// Some of everything that Cedar can say, about all and about some.
const POLICIES: &str = r#"
    @id("one") permit (principal == Presign::Caller::"alice", action == Presign::Action::"getObject", resource)
    when { context has sourceIp && context.sourceIp.isInRange(ip("203.0.113.0/24")) && context.expiresIn <= 900 };
    @id("two") permit (principal in Presign::Group::"editors", action in [Presign::Action::"writing"], resource in Presign::Bucket::"demo")
    when { if resource.key like "a\*\u{e9}*" then true else resource.folders.containsAny(["b", "acme"]) }
    unless { context.time > datetime("2030-01-01") };
    permit (principal, action in [Presign::Action::"reading", Presign::Action::"writing"], resource is Presign::Object in Presign::Bucket::"demo")
    when { principal.hasTag("department") && principal.getTag("department") == "research" && resource.key == "open" };
    @id("three") forbid (principal is Presign::Caller, action == Presign::Action::"deleteObject", resource == Presign::Object::"demo/\"kept\"");
    @id("fails") forbid (principal in Presign::Group::"others", action == Presign::Action::"getObject", resource)
    when { context.expiresIn + 9223372036854775807 > 0 };
"#;

#[test]
fn what_was_checked_before_decides_as_what_is_checked_at_start() {
    let deployed = Deployed::new(POLICIES);
    let at_start = deployed.load().unwrap();
    deployed.is_checked();
    let before = deployed.load().unwrap();
    assert_eq!((at_start.when_checked(), before.when_checked()), (WhenChecked::AtStart, WhenChecked::Before));
    let other = CallerIdentity { groups: ["others".to_owned()].into(), ..CallerIdentity::named("bob") };
    let (mut permitted, mut denied) = (0, 0);
    for caller in [alice(), other, CallerIdentity::named("alice"), CallerIdentity::named("nobody")] {
        for operation in [GET, Operation::PutObject, Operation::DeleteObject] {
            for key in ["open", "a*é!", "acme/x", "b/x", "\"kept\"", "x"] {
                let decided_before = decided(&before, &caller, operation, key);
                assert_eq!(
                    decided_before,
                    decided(&at_start, &caller, operation, key),
                    "{caller:?} {operation:?} {key}"
                );
                if decided_before.is_ok() { permitted += 1 } else { denied += 1 }
            }
        }
    }
    assert!(permitted > 10 && denied > 10, "{permitted} {denied}");
}

#[test]
fn policies_that_were_changed_since_are_checked_at_start_again() {
    let deployed = Deployed::new("permit (principal, action, resource);");
    deployed.is_checked();
    deployed.says(r#"permit (principal == Presign::Caller::"bob", action, resource);"#);
    let policies = deployed.load().unwrap();
    assert_eq!(policies.when_checked(), WhenChecked::AtStartAgain);
    assert!(decided(&policies, &alice(), GET, "x").is_err());
    deployed.says("permit (principal, action, resource) when { principal.tenant == \"a\" };");
    assert!(matches!(deployed.load(), Err(PoliciesError::Invalid(_))));
}

#[test]
fn what_is_no_checked_file_stops_the_start() {
    let deployed = Deployed::new("permit (principal, action, resource);");
    let more = r#"{"of":"","speaksOf":[],"policies":[],"more":1}"#;
    let missing = r#"{"of":"","speaksOf":[],"policies":[{"id":"policy0"}]}"#;
    for wrong in ["", "{}", "[]", more, missing] {
        deployed.has_beside(wrong);
        let error = deployed.load().unwrap_err().to_string();
        assert!(error.contains("policies.checked.jsonl") && error.contains("presign check-policies"), "{error}");
    }
}

#[test]
fn a_checked_policy_that_is_none_denies_or_stops_the_start() {
    let text =
        r#"permit (principal, action, resource); permit (principal == Presign::Caller::"alice", action, resource);"#;
    let deployed = Deployed::new(text);
    deployed.is_checked();
    let checked = deployed.beside();
    let of_all = checked.replacen(r#""principal":{"op":"All"}"#, r#""principal":{"op":"Some"}"#, 1);
    assert_ne!(of_all, checked);
    deployed.has_beside(&of_all);
    let error = deployed.load().unwrap_err().to_string();
    assert!(error.contains("policy0"), "{error}");
    let of_alice = checked.replacen(r#""principal":{"op":"=="#, r#""principal":{"op":"Some"#, 1);
    assert_ne!(of_alice, checked);
    deployed.has_beside(&of_alice);
    let policies = deployed.load().unwrap();
    assert!(decided(&policies, &CallerIdentity::named("bob"), GET, "x").is_ok());
    let denied = decided(&policies, &alice(), GET, "x").unwrap_err();
    assert!(denied.errors.len() == 1 && denied.errors[0].contains("policy1"), "{denied:?}");
}

/// `UPDATE_DOCS=1` writes them instead of comparing them.
#[test]
fn what_is_deployed_was_checked() {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/settings");
    let files = fs::read_dir(settings).unwrap().map(|file| file.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|kind| kind == "cedar")).collect();
    assert!(files.len() >= 2);
    for file in files {
        let checked = Policies::check(&fs::read_to_string(&file).unwrap()).unwrap();
        let beside = checked_beside(&file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&beside, checked).unwrap();
        } else {
            let found = fs::read_to_string(&beside).unwrap_or_default();
            assert!(found == checked, "{} is out of date: run this test again with UPDATE_DOCS=1", beside.display());
        }
    }
}
