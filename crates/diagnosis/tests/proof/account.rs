//! What a look into the account shows, made of facts as AWS gives them, each with the check that must come first.

use diagnosis::facts::{
    Circumstances, CorsRule, Decision, Encryption, Facts, KeyStatus, KmsKey, Looked, ObjectFacts, Permission,
    Principal, Revocation, Revocations,
};
use diagnosis::policy::Policy;
use diagnosis::{Case, Input, Report};
use jiff::Timestamp;

use crate::signer::{Signer, after};

const SIGNER: &str = "arn:aws:iam::123456789012:role/signer";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn report_at(url: &str, facts: Facts, now: Timestamp) -> Report {
    Report::of(&Case::read(Input { url, error: None, request: None, now }).unwrap().with_facts(facts))
}

fn report(url: &str, facts: Facts) -> Report {
    report_at(url, facts, after(60))
}

fn policy(statement: &str) -> Looked<Policy> {
    Looked::Found(Policy::read(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)).unwrap())
}

fn deny(condition: &str) -> Facts {
    let statement = format!(
        r#"{{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{condition}}}"#
    );
    Facts { bucket_policy: policy(&statement), signer: Looked::Found(Principal::of(SIGNER)), ..Facts::default() }
}

fn allowed(action: &str) -> Permission {
    Permission {
        action: action.to_owned(),
        resource: "*".to_owned(),
        decision: Decision::Allowed,
        organization_allows: None,
        boundary_allows: None,
        missing_context: Vec::new(),
        policies: Vec::new(),
    }
}

fn denied(action: &str) -> Looked<Permission> {
    Looked::Found(Permission { decision: Decision::ImplicitDeny, ..allowed(action) })
}

fn revoked(policy: &str, seconds: i64, of_all: bool) -> Looked<Revocations> {
    let read = vec![Revocation { policy: policy.to_owned(), before: after(seconds), of_all }];
    Looked::Found(Revocations { read, unread: None })
}

/// A tenant's revocation, and one from before the URL was signed, may have hit the session, or not.
#[test]
fn a_revocation_that_may_be_of_others_is_never_passed_over() {
    const TENANT: &str = "AWSRevokeOlderSessions-tenant-2a97516c354b68848cdbd8f5-1777629601";
    let denied = "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s is not authorized to perform: \
                  s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in an identity-based policy</Message></Error>";
    let allowed_by_none = denied.replace(
        "with an explicit deny in an identity-based policy",
        "because no identity-based policy allows the s3:GetObject action",
    );
    let untold = denied.replace(" with an explicit deny in an identity-based policy", "");
    let untold_by_kms = untold.replace("s3:GetObject", "kms:Decrypt");
    let half_a_day = 12 * 3600;
    for (revocations, error, certainty) in [
        (revoked(TENANT, 1, false), None, Some("possible")),
        (revoked(TENANT, 1, false), Some(denied), Some("likely")),
        (revoked("AWSRevokeOlderSessions", 1, true), Some(denied), Some("certain")),
        (revoked("AWSRevokeOlderSessions", 1, true), Some(untold.as_str()), Some("certain")),
        (revoked("AWSRevokeOlderSessions", 1, true), Some(untold_by_kms.as_str()), Some("possible")),
        // As S3 answered, no Deny statement was there.
        (revoked("AWSRevokeOlderSessions", 1, true), Some(allowed_by_none.as_str()), Some("possible")),
        (revoked("AWSRevokeOlderSessions", -540, true), None, Some("possible")),
        (revoked("AWSRevokeOlderSessions", -540, true), Some(denied), Some("possible")),
        (revoked("AWSRevokeOlderSessions", -half_a_day, true), None, None),
    ] {
        let facts = Facts { revocations, signer: Looked::Found(Principal::of(SIGNER)), ..Facts::default() };
        let case = Case::read(Input {
            url: &Signer::session().doing("GetObject").url(),
            error,
            request: None,
            now: after(60),
        })
        .unwrap();
        let report = Report::of(&case.with_facts(facts));
        let found = report.findings.iter().find(|finding| finding.check == "session-revoked");
        assert_eq!(found.map(|finding| finding.certainty.as_str()), certainty, "{report:?}");
        assert_eq!(report.passed.contains(&"session-revoked"), certainty.is_none());
        if let Some(finding) = found {
            let evidence = &finding.evidence[0].text;
            assert!(evidence.contains("`AWSRevokeOlderSessions") && evidence.contains("2026-05-01T"), "{finding:?}");
        }
    }
}

#[test]
fn each_fact_that_ends_a_url_is_found_first() {
    let url = Signer::session().doing("GetObject").url();
    let plain = url.replace("https:", "http:");
    let user = Signer::user().doing("GetObject").url();
    let upload = Signer { headers: Vec::new(), ..Signer::upload() }.doing("PutObject").url();
    let at_home = Circumstances { source_ip: Some("198.51.100.7".to_owned()), ..Circumstances::default() };
    let facts = |change: fn(&mut Facts)| {
        let mut facts = Facts { signer: Looked::Found(Principal::of(SIGNER)), ..Facts::default() };
        change(&mut facts);
        facts
    };
    let cases: Vec<(&str, &str, Facts)> = vec![
        ("access-key-status", &user, facts(|f| f.key_status = Looked::Found(KeyStatus::Inactive))),
        ("access-key-status", &user, facts(|f| f.key_status = Looked::Found(KeyStatus::Gone))),
        ("signer-gone", &url, facts(|f| f.signer = Looked::Nothing)),
        ("session-revoked", &url, facts(|f| f.revocations = revoked("AWSRevokeOlderSessions", 1, true))),
        ("session-revoked", &url, facts(|f| f.revocations = revoked("AWSRevokeOlderSessions-all-1", 1, true))),
        ("bucket-region", &url, facts(|f| f.bucket_region = Looked::Found("us-west-2".to_owned()))),
        ("bucket-region", &url, facts(|f| f.bucket_region = Looked::Nothing)),
        ("object-exists", &url, facts(|f| f.object = Looked::Nothing)),
        (
            "archived-object",
            &url,
            facts(|f| {
                f.object =
                    Looked::Found(ObjectFacts { storage_class: Some("GLACIER".to_owned()), ..ObjectFacts::default() });
            }),
        ),
        ("signer-permission", &url, facts(|f| f.may_request = denied("s3:GetObject"))),
        ("signer-may-decrypt", &url, facts(|f| f.may_decrypt = denied("kms:Decrypt"))),
        ("signer-may-generate-data-key", &upload, facts(|f| f.may_generate_data_key = denied("kms:GenerateDataKey"))),
        ("bucket-policy-denies", &plain, deny(r#"{"Bool":{"aws:SecureTransport":"false"}}"#)),
        (
            "bucket-policy-denies",
            &url,
            Facts {
                circumstances: at_home.clone(),
                ..deny(r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#)
            },
        ),
        (
            "bucket-policy-denies",
            &url,
            Facts { circumstances: at_home.clone(), ..deny(r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#) },
        ),
        ("bucket-policy-denies", &upload, deny(r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}"#)),
        (
            "bucket-policy-denies",
            &url,
            deny(r#"{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/other"}}"#),
        ),
        ("second-factor", &user, deny(r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#)),
        ("signature-age", &url, deny(r#"{"NumericGreaterThan":{"s3:signatureAge":"30000"}}"#)),
        (
            "kms-key-state",
            &url,
            facts(|f| {
                f.kms_key = Looked::Found(KmsKey { arn: KEY.to_owned(), state: "PendingDeletion".to_owned() });
            }),
        ),
        (
            "kms-key-region",
            &url,
            facts(|f| {
                f.kms_key = Looked::Found(KmsKey {
                    arn: KEY.replace("eu-central-1", "eu-west-1"),
                    state: "Enabled".to_owned(),
                });
            }),
        ),
        (
            "kms-key-policy",
            &url,
            facts(|f| {
                f.kms_key = Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() });
                f.key_policy = policy(
                    r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#,
                );
            }),
        ),
        (
            "cors",
            &url,
            facts(|f| {
                f.circumstances.origin = Some("https://app.example.com".to_owned());
                f.cors = Looked::Found(vec![CorsRule {
                    origins: vec!["https://*.example.org".to_owned()],
                    methods: vec!["GET".to_owned()],
                    headers: Vec::new(),
                    exposes: Vec::new(),
                }]);
            }),
        ),
    ];
    for (first, url, facts) in cases {
        let report = report(url, facts);
        let found: Vec<_> = report.findings.iter().map(|finding| (finding.check, finding.certainty.as_str())).collect();
        let right =
            report.findings.first().is_some_and(|finding| finding.check == first && finding.certainty.is_cause());
        assert!(right, "expected {first}, found {found:?}");
    }
}

/// Within one account a bucket's or key's policy, or a grant, allows what the signer's own policies leave out.
#[test]
fn what_the_resources_policy_allows_the_signers_own_need_not() {
    let to = |principal: &str, action: &str, more: &str| {
        policy(&format!(
            r#"{{"Sid":"Read","Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*"{more}}}"#
        ))
    };
    let role = format!(r#"{{"AWS":"{SIGNER}"}}"#);
    let root = r#"{"AWS":"arn:aws:iam::123456789012:root"}"#;
    let aws_s3 = r#","Condition":{"StringEquals":{"kms:CallerAccount":"123456789012","kms:ViaService":"s3.eu-central-1.amazonaws.com"}}"#;
    let endpoint = r#","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#;
    let unread = || Looked::CouldNot("AccessDenied".to_owned());
    let of_s3 = |bucket_policy, caller: &str| Facts {
        bucket_policy,
        caller: Looked::Found(caller.to_owned()),
        may_request: denied("s3:GetObject"),
        ..Facts::default()
    };
    let of_kms = |key_policy| Facts { key_policy, may_decrypt: denied("kms:Decrypt"), ..Facts::default() };
    let own = "arn:aws:iam::123456789012:user/on-call";
    let other = "arn:aws:iam::210987654321:user/on-call";
    for (how, check, facts, certainty) in [
        ("the role", "signer-permission", of_s3(to(&role, "s3:GetObject", ""), own), None),
        ("the account", "signer-permission", of_s3(to(root, "s3:GetObject", ""), own), Some("certain")),
        ("another action", "signer-permission", of_s3(to(&role, "s3:PutObject", ""), own), Some("certain")),
        ("an endpoint", "signer-permission", of_s3(to(&role, "s3:GetObject", endpoint), own), Some("possible")),
        ("unread", "signer-permission", of_s3(unread(), own), Some("possible")),
        ("another account", "signer-permission", of_s3(to(&role, "s3:GetObject", ""), other), Some("certain")),
        ("the role", "signer-may-decrypt", of_kms(to(&role, "kms:*", "")), None),
        ("aws/s3", "signer-may-decrypt", of_kms(to(r#""*""#, "kms:Decrypt", aws_s3)), None),
        ("the account", "signer-may-decrypt", of_kms(to(root, "kms:*", "")), Some("certain")),
        ("unread", "signer-may-decrypt", of_kms(unread()), Some("possible")),
    ] {
        let key = KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() };
        let facts = Facts { signer: Looked::Found(Principal::of(SIGNER)), kms_key: Looked::Found(key), ..facts };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        let found = report.findings.iter().find(|finding| finding.check == check);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), certainty, "{how}: {report:?}");
    }
}

/// An Allow statement cannot outdo a Deny, nor widen what bounds the signer.
#[test]
fn a_statement_that_denies_is_named_and_none_that_allows_is_offered() {
    let denied = |decision, organization_allows, boundary_allows| {
        let Looked::Found(permission) = denied("s3:GetObject") else { unreachable!() };
        let policies = vec!["freeze".to_owned()];
        Looked::Found(Permission { decision, policies, organization_allows, boundary_allows, ..permission })
    };
    for may_request in [
        denied(Decision::ExplicitDeny, None, None),
        denied(Decision::ImplicitDeny, Some(false), None),
        denied(Decision::ImplicitDeny, None, Some(false)),
    ] {
        let allow = format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{SIGNER}"}},"Action":"s3:*","Resource":"*"}}"#);
        let facts = Facts {
            may_request,
            bucket_policy: policy(&allow),
            signer: Looked::Found(Principal::of(SIGNER)),
            ..Facts::default()
        };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        let finding = &report.findings[0];
        assert_eq!((finding.check, finding.certainty.as_str()), ("signer-permission", "certain"), "{report:?}");
        assert!(finding.evidence.iter().any(|evidence| evidence.text.contains("`freeze`")), "{finding:?}");
        assert!(!finding.fix.paste.as_deref().unwrap_or_default().contains("Allow"), "{finding:?}");
    }
}

/// The storage class alone does not tell whether an object can be read.
#[test]
fn an_archived_object_is_judged_by_what_was_restored() {
    let archived = |class: &str, restore: Option<&str>, status: Option<&str>, only_listed| ObjectFacts {
        storage_class: Some(class.to_owned()),
        restore: restore.map(str::to_owned),
        archive_status: status.map(str::to_owned),
        encryption: if only_listed { Looked::CouldNot("no".to_owned()) } else { Looked::Nothing },
        only_listed,
    };
    let restored = r#"ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT""#;
    for (object, certainty) in [
        (archived("GLACIER", None, None, false), Some("certain")),
        (archived("GLACIER", Some(restored), None, false), None),
        (archived("DEEP_ARCHIVE", Some(r#"ongoing-request="true""#), None, false), Some("certain")),
        (archived("INTELLIGENT_TIERING", None, Some("ARCHIVE_ACCESS"), false), Some("certain")),
        (archived("INTELLIGENT_TIERING", None, None, false), None),
        (archived("GLACIER", None, None, true), Some("possible")),
        (archived("INTELLIGENT_TIERING", None, None, true), None),
    ] {
        let unknown = object.only_listed && certainty.is_none();
        let facts = Facts { object: Looked::Found(object.clone()), ..Facts::default() };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        let found = report.findings.iter().find(|finding| finding.check == "archived-object");
        assert_eq!(found.map(|finding| finding.certainty.as_str()), certainty, "{object:?}");
        assert_eq!(report.could_not_look.iter().any(|unseen| unseen.check == "archived-object"), unknown);
    }
}

#[test]
fn what_a_policy_depends_on_is_possible_and_not_certain() {
    let report = report(
        &Signer::session().doing("GetObject").url(),
        deny(r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#),
    );
    let finding = report.findings.iter().find(|finding| finding.check == "bucket-policy-denies").unwrap();
    assert_eq!(finding.certainty.as_str(), "possible");
    assert!(finding.evidence[0].text.contains("not known is `aws:SourceVpce`"), "{finding:?}");
}

#[test]
fn what_could_not_be_looked_at_is_never_reported_as_fine() {
    fn unseen<T>() -> Looked<T> {
        Looked::CouldNot("not authorized to perform: x".to_owned())
    }
    let facts = Facts {
        caller: unseen(),
        key_account: unseen(),
        key_user: unseen(),
        key_status: unseen(),
        signer: unseen(),
        signer_is_guessed: false,
        revocations: unseen(),
        bucket_region: unseen(),
        object: unseen(),
        may_request: unseen(),
        may_further: Vec::new(),
        may_decrypt: unseen(),
        may_generate_data_key: unseen(),
        bucket_policy: unseen(),
        public_access_block: unseen(),
        bucket_encryption: unseen(),
        kms_key: unseen(),
        key_policy: unseen(),
        grants: unseen(),
        cors: unseen(),
        clock_skew: unseen(),
        circumstances: Circumstances::default(),
    };
    let report = report(&Signer::session().doing("GetObject").url(), facts);
    let account = diagnosis::checks::all().filter(|check| check.needs == diagnosis::Needs::Account);
    for check in account {
        let unseen = report.could_not_look.iter().any(|unseen| unseen.check == check.name);
        assert!(unseen && !report.passed.contains(&check.name), "{}", check.name);
    }
}

#[test]
fn an_account_in_order_has_no_cause() {
    let allow =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#;
    let facts = Facts {
        signer: Looked::Found(Principal::of(SIGNER)),
        key_account: Looked::Found("123456789012".to_owned()),
        bucket_region: Looked::Found("eu-central-1".to_owned()),
        object: Looked::Found(ObjectFacts::default()),
        may_request: Looked::Found(allowed("s3:GetObject")),
        may_decrypt: Looked::Found(allowed("kms:Decrypt")),
        bucket_encryption: Looked::Found(Encryption { algorithm: "aws:kms".to_owned(), kms_key: Some(KEY.to_owned()) }),
        kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
        key_policy: policy(allow),
        clock_skew: Looked::Found(2),
        ..deny(r#"{"Bool":{"aws:SecureTransport":"false"}}"#)
    };
    let report = report(&Signer::session().doing("GetObject").url(), facts);
    assert!(!report.has_cause(), "{:?}", report.findings);
    assert!(report.passed.contains(&"bucket-policy-denies") && report.passed.contains(&"kms-key-policy"));
}

#[test]
fn the_age_of_a_signature_counts_from_its_date() {
    let condition = r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"}}"#;
    let url = Signer::session().doing("GetObject").url();
    for (seconds, denied) in [(600, false), (601, true)] {
        let report = report_at(&url, deny(condition), after(seconds));
        assert_eq!(report.findings.iter().any(|finding| finding.check == "signature-age"), denied, "after {seconds} s");
    }
}

#[test]
fn encryption_that_stands_in_the_query_is_signed() {
    for (query, hinted) in [(Vec::new(), true), (vec![("x-amz-server-side-encryption", "aws:kms")], false)] {
        let url = Signer { headers: Vec::new(), query, ..Signer::upload() }.doing("PutObject").url();
        let encryption = Encryption { algorithm: "AES256".to_owned(), kms_key: None };
        let report = report(&url, Facts { bucket_encryption: Looked::Found(encryption), ..Facts::default() });
        let found = report.findings.iter().any(|finding| finding.check == "sse-not-signed");
        assert_eq!(found, hinted, "{url}: {report:?}");
    }
}

const COPY: [(&str, &str); 1] = [("x-amz-copy-source", "/amzn-s3-demo-bucket/drafts/k")];

/// Whatever is right with the destination's key, a copy decrypts its source with that one's.
#[test]
fn what_is_fine_with_a_copys_own_key_may_not_be_with_its_sources() {
    let root =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#;
    let checks = ["kms-key-state", "kms-key-policy", "kms-grants", "kms-key-region"];
    for (query, copies) in [(vec![], false), (COPY.to_vec(), true)] {
        let of = |state: &str| {
            let url = Signer { method: "PUT", query: query.clone(), ..Signer::session() }.doing("PutObject").url();
            let facts = Facts {
                signer: Looked::Found(Principal::of(SIGNER)),
                bucket_region: Looked::Found("eu-central-1".to_owned()),
                kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: state.to_owned() }),
                key_policy: policy(root),
                grants: Looked::Found(diagnosis::facts::Grants::default()),
                ..Facts::default()
            };
            report(&url, facts)
        };
        let enabled = of("Enabled");
        for check in checks {
            assert_eq!(enabled.passed.contains(&check), !copies, "{check}: {enabled:?}");
            assert_eq!(enabled.could_not_look.iter().any(|it| it.check == check), copies, "{check}: {enabled:?}");
        }
        assert_eq!(of("Disabled").findings[0].check, "kms-key-state");
    }
}

/// The table tells what an operation mostly needs, and S3 what it missed.
#[test]
fn the_key_policy_is_asked_for_what_s3_says_that_kms_denied() {
    for (query, action) in
        [(vec![("uploads", "")], "kms:Decrypt"), (vec![("uploadId", "1"), ("partNumber", "1")], "kms:GenerateDataKey")]
    {
        let method = if query.len() == 1 { "POST" } else { "PUT" };
        let url = Signer { method, query, ..Signer::session() }.url();
        let error = format!(
            "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s is not authorized to perform: \
             {action} on resource: {KEY} with an explicit deny in a resource-based policy</Message></Error>"
        );
        let statement = format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":"*"}},{{"Effect":"Allow","Principal":{{"AWS":"123456789012"}},"Action":"kms:*","Resource":"*"}}"#
        );
        let facts = Facts {
            signer: Looked::Found(Principal::of(SIGNER)),
            kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
            key_policy: policy(&statement),
            ..Facts::default()
        };
        let case = Case::read(Input { url: &url, error: Some(&error), request: None, now: after(60) }).unwrap();
        let report = Report::of(&case.with_facts(facts));
        let found = report.findings.iter().find(|finding| finding.check == "kms-key-policy");
        assert_eq!(found.map(|it| it.certainty.as_str()), Some("certain"), "{report:?}");
    }
}

/// Of a key that is not there no policy, grant or region was seen.
#[test]
fn nothing_of_a_key_that_is_not_there_is_fine() {
    let url = Signer::session().doing("GetObject").url();
    let report = report(&url, Facts { kms_key: Looked::Nothing, ..Facts::default() });
    assert_eq!(report.findings[0].check, "kms-key-state", "{report:?}");
    assert!(!report.passed.iter().any(|check| check.starts_with("kms-")), "{report:?}");
}
