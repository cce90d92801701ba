//! Policies that were checked before they were deployed decide as those that are checked at start.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use authorization::{
    Action, Asking, CallerIdentity, Decision, Denied, Policies, PoliciesError, Question, Resource, UrlAsking,
    WhenChecked,
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
        fs::write(checked_file::path_of(&self.file), checked).unwrap();
    }

    fn beside(&self) -> String {
        fs::read_to_string(checked_file::path_of(&self.file)).unwrap()
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

/// Without escapes, so that policies are told no more than they speak of, and often nothing.
const SPEAKING_OF_LITTLE: &str = r#"
    permit (principal in Presign::Group::"editors", action in [Presign::Action::"writing"], resource);
    permit (principal == Presign::Caller::"bob", action == Presign::Action::"getObject", resource);
    permit (principal, action == Presign::Action::"getObject", resource) when { context.expiresIn < 901 };
    forbid (principal, action == Presign::Action::"deleteObject", resource == Presign::Object::"demo/x");
"#;

#[test]
fn what_was_checked_before_decides_as_what_is_checked_at_start() {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/settings");
    let deployed = ["policies.cedar", "tenants.cedar"].map(|file| fs::read_to_string(settings.join(file)).unwrap());
    let other = CallerIdentity { groups: ["others".to_owned()].into(), ..CallerIdentity::named("bob") };
    let (mut permitted, mut denied) = (0, 0);
    for text in deployed.iter().map(String::as_str).chain([POLICIES, SPEAKING_OF_LITTLE]) {
        let deployed = Deployed::new(text);
        let at_start = deployed.load().unwrap();
        deployed.is_checked();
        let before = deployed.load().unwrap();
        assert_eq!((at_start.when_checked(), before.when_checked()), (WhenChecked::AtStart, WhenChecked::Before));
        for caller in [&alice(), &other, &CallerIdentity::named("alice"), &CallerIdentity::named("nobody")] {
            for operation in [GET, Operation::PutObject, Operation::DeleteObject] {
                for key in ["open", "a*é!", "acme/x", "b/x", "\"kept\"", "x"] {
                    let decided_before = decided(&before, caller, operation, key);
                    let decided_at_start = decided(&at_start, caller, operation, key);
                    assert_eq!(decided_before, decided_at_start, "{text}: {caller:?} {operation:?} {key}");
                    if decided_before.is_ok() { permitted += 1 } else { denied += 1 }
                }
            }
        }
    }
    assert!(permitted > 40 && denied > 40, "{permitted} {denied}");
}

#[test]
fn a_policy_that_could_not_be_read_again_is_not_written() {
    let any = vec!["resource.key like \"a*\""; 100].join(" || ");
    let text = format!("permit (principal, action == Presign::Action::\"getObject\", resource) when {{ {any} }};");
    assert!(decided(&Policies::parse(&text).unwrap(), &alice(), GET, "a").is_ok());
    let error = Policies::check(&text).unwrap_err();
    assert!(matches!(error, PoliciesError::Unwritable(_)), "{error}");
}

#[test]
fn policies_that_were_changed_since_are_checked_at_start_again() {
    let deployed = Deployed::new("permit (principal, action, resource);");
    deployed.is_checked();
    deployed.says(r#"permit (principal == Presign::Caller::"bob", action, resource);"#);
    let policies = deployed.load().unwrap();
    assert_eq!(policies.when_checked(), WhenChecked::StaleSoAtStart);
    assert!(decided(&policies, &alice(), GET, "x").is_err());
    deployed.says("permit (principal, action, resource) when { principal.tenant == \"a\" };");
    assert!(matches!(deployed.load(), Err(PoliciesError::Invalid(_))));
}

#[test]
fn a_checked_file_that_was_changed_is_passed_over() {
    let deployed = Deployed::new(r#"permit (principal == Presign::Caller::"bob", action, resource);"#);
    deployed.is_checked();
    let checked = deployed.beside();
    let for_alice = checked.replace("bob", "alice");
    let cut_short = checked.get(..checked.len() - 1).unwrap();
    for changed in ["", "\n", "{}", for_alice.as_str(), cut_short] {
        assert_ne!(changed, checked);
        deployed.has_beside(changed);
        let policies = deployed.load().unwrap();
        assert_eq!(policies.when_checked(), WhenChecked::StaleSoAtStart, "{changed}");
        assert!(decided(&policies, &alice(), GET, "x").is_err());
    }
}

#[test]
fn a_policy_that_changes_after_the_start_permits_nothing() {
    let deployed = Deployed::new(r#"permit (principal == Presign::Caller::"alice", action, resource);"#);
    deployed.is_checked();
    let [asked, not_asked] = [deployed.load().unwrap(), deployed.load().unwrap()];
    assert!(decided(&asked, &alice(), GET, "x").is_ok());
    deployed.has_beside(&deployed.beside().replace("\"All\"", "\"all\""));
    let denied = decided(&not_asked, &alice(), GET, "x").unwrap_err();
    assert!(denied.errors.iter().any(|error| error.contains("changed since the start")), "{denied:?}");
    assert!(decided(&asked, &alice(), GET, "x").is_ok(), "what was read before is kept");
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
        let beside = checked_file::path_of(&file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&beside, checked).unwrap();
        } else {
            let found = fs::read_to_string(&beside).unwrap_or_default();
            assert!(found == checked, "{} is out of date: run this test again with UPDATE_DOCS=1", beside.display());
        }
    }
}
