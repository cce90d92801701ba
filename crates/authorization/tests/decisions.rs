//! What policies decide: the file that is deployed by default, and examples of what others may say.
#![cfg(test)]

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use authorization::{Action, Asking, CallerIdentity, Denied, Policies, Question, Resource, UrlAsking};
use presign::operation::Operation;

const GET: Action = Action::Url(Operation::GetObject);
const PUT: Action = Action::Url(Operation::PutObject);

/// A question for a URL, to be changed for each case.
struct Asked {
    caller: CallerIdentity,
    action: Action,
    key: &'static str,
    source_ip: Option<&'static str>,
    seconds_since_1970: u64,
    url: UrlAsking<'static>,
}

fn asked(action: Action, key: &'static str) -> Asked {
    Asked {
        caller: CallerIdentity { tenant: Some("tenant-a".to_owned()), ..CallerIdentity::named("alice") },
        action,
        key,
        source_ip: None,
        seconds_since_1970: 1_800_000_000,
        url: UrlAsking { expires_in: 900, content_type: None, content_length: None, server_side_encryption: None },
    }
}

impl Asked {
    fn of(&self, policies: &Policies) -> Result<Vec<String>, Denied> {
        let bucket = "demo".parse().unwrap();
        let question = Question {
            caller: &self.caller,
            action: self.action,
            resource: Resource::Object { bucket: &bucket, key: self.key },
            asking: Asking {
                time: UNIX_EPOCH + Duration::from_secs(self.seconds_since_1970),
                source_ip: self.source_ip.map(|ip| ip.parse::<IpAddr>().unwrap()),
                url: Some(self.url),
            },
        };
        policies.decide(&question).map(|decision| decision.policies)
    }
}

fn deployed(file: &str) -> Policies {
    Policies::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/settings").join(file)).unwrap()
}

fn tenants() -> Policies {
    deployed("tenants.cedar")
}

fn policies(text: &str) -> Policies {
    Policies::parse(text).unwrap()
}

#[test]
fn by_default_every_caller_may_have_urls_and_no_one_is_an_operator() {
    let policies = deployed("policies.cedar");
    assert_eq!(asked(GET, "any/thing").of(&policies).unwrap(), ["every-caller"]);
    let (caller, bucket) = (asked(GET, "x").caller, "demo".parse().unwrap());
    for action in [Action::Revoke, Action::ListIssued, Action::Diagnose] {
        let asking = Asking { time: UNIX_EPOCH, source_ip: None, url: None };
        let question = Question { caller: &caller, action, resource: Resource::Bucket(&bucket), asking };
        assert!(policies.decide(&question).is_err(), "{action:?}");
    }
}

#[test]
fn a_tenant_reads_and_writes_under_its_folder_only() {
    let policies = tenants();
    for (key, allowed) in [
        ("tenant-a/x", true),
        ("tenant-a/deep/er/x", true),
        // S3 does not follow `..`: this key lies in the tenant's folder, under a folder named `..`.
        ("tenant-a/../b", true),
        ("tenant-b/x", false),
        ("tenant-a", false),
        ("tenant-ab/x", false),
        ("Tenant-A/x", false),
        ("x/tenant-a/y", false),
        ("/tenant-a/x", false),
        ("tenant\u{2010}a/x", false),
        ("te\u{0301}nant-a/x", false),
        ("tenant-a%2Fx", false),
    ] {
        assert_eq!(asked(GET, key).of(&policies).is_ok(), allowed, "{key}");
        assert_eq!(asked(PUT, key).of(&policies).is_ok(), allowed, "{key}");
    }
}

/// Its folder would lie within another tenant's.
#[test]
fn a_tenant_whose_name_is_a_path_has_nothing() {
    let mut asked = asked(GET, "tenant-a/hr/x");
    asked.caller.tenant = Some("tenant-a/hr".to_owned());
    assert!(asked.of(&tenants()).is_err());
}

#[test]
fn the_decision_names_the_policy_for_the_audit() {
    let policies = tenants();
    assert_eq!(asked(GET, "tenant-a/x").of(&policies).unwrap(), ["tenant-folder"]);
    let long = UrlAsking { expires_in: 86_401, ..asked(GET, "").url };
    let denied = Asked { url: long, ..asked(GET, "tenant-a/x") }.of(&policies).unwrap_err();
    assert_eq!(denied.policies, ["a-day-at-most"]);
}

#[test]
fn the_refusal_names_action_and_resource_but_no_policy() {
    let denied = asked(PUT, "tenant-b/x").of(&tenants()).unwrap_err();
    assert_eq!(denied.to_string(), "`putObject` on `demo/tenant-b/x` is not allowed for this caller");
}

#[test]
fn a_caller_without_a_tenant_is_in_no_folder() {
    let policies = tenants();
    for tenant in [None, Some(String::new())] {
        for key in ["tenant-a/x", "/x", "x"] {
            let caller = CallerIdentity { tenant: tenant.clone(), ..CallerIdentity::named("tenant-a") };
            assert!(Asked { caller, ..asked(GET, key) }.of(&policies).is_err(), "{tenant:?} {key}");
        }
    }
}

fn may_revoke(policies: &Policies, group: &str) -> bool {
    may_this_caller_revoke(
        policies,
        &CallerIdentity { groups: [group.to_owned()].into(), ..CallerIdentity::named("alice") },
    )
}

fn may_this_caller_revoke(policies: &Policies, caller: &CallerIdentity) -> bool {
    let role = "arn:aws:iam::123456789012:role/signer".parse().unwrap();
    let asking = Asking { time: UNIX_EPOCH, source_ip: None, url: None };
    let (action, resource) = (Action::Revoke, Resource::SigningRole(&role));
    policies.decide(&Question { caller, action, resource, asking }).is_ok()
}

#[test]
fn only_operators_revoke() {
    for file in ["policies.cedar", "tenants.cedar"] {
        let policies = deployed(file);
        assert!(may_revoke(&policies, "operators"), "{file}");
        assert!(!may_revoke(&policies, "operator") && !may_revoke(&policies, "Operators"), "{file}");
    }
}

#[test]
fn the_rule_that_stands_ready_for_callers_of_iam_names_the_sessions_of_a_role() {
    let file = include_str!("../../../infra/settings/policies.cedar");
    let (_, rule) = file.split_once("// @id(\"operators-by-role\")\n").unwrap();
    let rule: Vec<&str> = rule.lines().filter_map(|line| line.strip_prefix("// ")).collect();
    let policies = policies(&rule.join("\n"));
    for (name, may) in [
        ("arn:aws:sts::123456789012:assumed-role/presign-operator/olga", true),
        ("arn:aws:sts::123456789012:assumed-role/presign-operators/olga", false),
        ("arn:aws:sts::210987654321:assumed-role/presign-operator/olga", false),
        ("arn:aws:iam::123456789012:user/presign-operator", false),
    ] {
        assert_eq!(may_this_caller_revoke(&policies, &CallerIdentity::named(name)), may, "{name}");
    }
}

/// The file of policies that docs/who-may-ask.md shows.
fn of_the_document() -> Policies {
    let document = include_str!("../../../docs/who-may-ask.md");
    let (_, block) = document.split_once("```cedar\n").unwrap();
    policies(block.split_once("```").unwrap().0)
}

/// Whether it is permitted, and the policies that decided: none where it is only that none permits it.
fn decided(decision: Result<Vec<String>, Denied>) -> (bool, Vec<String>) {
    match decision {
        Ok(by) => (true, by),
        Err(denied) => (false, denied.policies),
    }
}

#[test]
fn the_documents_policies_keep_tenants_in_their_folders() {
    let policies = of_the_document();
    for (key, permitted) in [("tenant-a/x", true), ("tenant-b/x", false), ("tenant-a/../tenant-b/x", true)] {
        let by = if permitted { vec!["tenant-folder".to_owned()] } else { vec![] };
        assert_eq!(decided(asked(GET, key).of(&policies)), (permitted, by), "{key}");
    }
}

#[test]
fn the_documents_policies_permit_uploads_of_images_of_ten_megabytes_on_every_way() {
    let policies = of_the_document();
    let put = |action, content_type, content_length| {
        let url = UrlAsking { content_type, content_length, ..asked(action, "").url };
        decided(Asked { url, ..asked(action, "tenant-a/x") }.of(&policies)).0
    };
    let (form, forms) = (Action::Url(Operation::PostObject), Action::PostObjects);
    assert!(put(PUT, Some("image/png"), Some(10_485_760)) && put(form, Some("image/"), Some(10_485_760)));
    for (content_type, content_length) in [
        (Some("image/png"), Some(10_485_761)),
        (Some("text/html"), Some(1)),
        (Some("x-image/png"), Some(1)),
        (Some("image/png"), None),
        (None, Some(1)),
    ] {
        for action in [PUT, form, forms, Action::Url(Operation::CopyObject), Action::Url(Operation::MultipartUpload)] {
            assert!(!put(action, content_type, content_length), "{action:?} {content_type:?} {content_length:?}");
        }
    }
    assert!(put(Action::Url(Operation::DeleteObject), None, None), "what uploads nothing may still be had");
}

#[test]
fn the_documents_policies_give_more_than_fifteen_minutes_in_the_office_only() {
    let policies = of_the_document();
    for (source_ip, expires_in, allowed) in [
        (Some("203.0.113.9"), 3600, true),
        (Some("198.51.100.1"), 3600, false),
        (Some("198.51.100.1"), 901, false),
        (Some("198.51.100.1"), 900, true),
        (Some("2001:db8::1"), 3600, false),
        (None, 3600, false),
    ] {
        let url = UrlAsking { expires_in, ..asked(GET, "").url };
        let by = if allowed { "tenant-folder" } else { "longer-only-in-the-office" };
        let decision = decided(Asked { source_ip, url, ..asked(GET, "tenant-a/x") }.of(&policies));
        assert_eq!(decision, (allowed, vec![by.to_owned()]), "{source_ip:?} {expires_in}");
    }
}

#[test]
fn the_documents_policies_let_only_operators_revoke() {
    let policies = of_the_document();
    assert!(may_revoke(&policies, "operators"));
    assert!(!may_revoke(&policies, "operator") && !may_revoke(&policies, "Operators"));
}

#[test]
fn policies_may_speak_of_claims_and_of_the_time() {
    let policies = policies(
        r#"permit (principal, action, resource)
           when { principal.hasTag("department") && principal.getTag("department") == "research"
               && context.time < datetime("2027-01-15T08:00:00Z") };"#,
    );
    let may = |department: &str, seconds_since_1970| {
        let claims = [("department".to_owned(), department.to_owned())].into();
        let caller = CallerIdentity { claims, ..CallerIdentity::named("alice") };
        Asked { caller, seconds_since_1970, ..asked(GET, "x") }.of(&policies).is_ok()
    };
    assert!(may("research", 1_799_999_999));
    assert!(!may("research", 1_800_000_001));
    assert!(!may("sales", 1_799_999_999));
}

#[test]
fn policies_may_speak_of_all_that_is_known_of_a_request() {
    let policies = policies(
        r#"permit (principal, action == Presign::Action::"putObject", resource)
           when { context.expiresIn == 900 && context has contentType && context.contentType == "a/b"
               && context has contentLength && context.contentLength == 5
               && context has serverSideEncryption && context.serverSideEncryption == "aws:kms"
               && context has sourceIp && context.sourceIp == ip("203.0.113.9")
               && context.time == datetime("2027-01-15T08:00:00Z") };"#,
    );
    let url = UrlAsking {
        expires_in: 900,
        content_type: Some("a/b"),
        content_length: Some(5),
        server_side_encryption: Some("aws:kms"),
    };
    let all = || Asked { source_ip: Some("203.0.113.9"), url, ..asked(PUT, "x") };
    assert!(all().of(&policies).is_ok());
    assert!(Asked { action: Action::Url(Operation::DeleteObject), ..all() }.of(&policies).is_err());
    assert!(Asked { source_ip: None, ..all() }.of(&policies).is_err());
    assert!(Asked { seconds_since_1970: 1_800_000_001, ..all() }.of(&policies).is_err());
    for other in [
        UrlAsking { expires_in: 901, ..url },
        UrlAsking { content_type: None, ..url },
        UrlAsking { content_length: Some(6), ..url },
        UrlAsking { server_side_encryption: Some("AES256"), ..url },
    ] {
        assert!(Asked { url: other, ..all() }.of(&policies).is_err(), "{other:?}");
    }
}

#[test]
fn a_policy_that_cannot_be_evaluated_denies_what_another_permits() {
    let policies = policies(
        r#"permit (principal, action == Presign::Action::"getObject", resource);
           forbid (principal, action == Presign::Action::"getObject", resource)
           when { context.expiresIn * 9000000000000000 > 0 };"#,
    );
    let url = UrlAsking { expires_in: 604_800, ..asked(GET, "x").url };
    let denied = Asked { url, ..asked(GET, "x") }.of(&policies).unwrap_err();
    assert!(denied.policies.is_empty() && denied.errors.len() == 1, "{denied:?}");
}

#[test]
fn a_mistake_in_the_policies_is_found_at_start() {
    for (text, part) in [
        ("permit (principal, action, resource);\npermit (principal action);", "line 2"),
        (r#"permit (principal, action == Presign::Action::"getobject", resource);"#, "getobject"),
        (
            r#"permit (principal, action == Presign::Action::"revoke", resource) when { context.expiresIn > 1 };"#,
            "expiresIn",
        ),
        ("permit (principal, action, resource) when { principal.tenant == \"a\" };", "tenant"),
        ("forbid (principal, action, resource);", "permit nothing"),
        ("", "permit nothing"),
    ] {
        let error = Policies::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
