//! What a look shows of a signer who is a user, or is not named; and what a grant or a boundary leaves open.

use diagnosis::facts::{
    Decision, Facts, Grant, Grants, KmsKey, Looked, Permission, Principal, Revocation, Revocations,
};
use diagnosis::policy::Policy;
use diagnosis::{Case, Input, Report};

use crate::signer::{Signer, after};

const ROLE: &str = "arn:aws:iam::123456789012:role/signer";
const USER: &str = "arn:aws:iam::123456789012:user/uploader";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn report(url: &str, facts: Facts) -> Report {
    Report::of(&Case::read(Input { url, error: None, request: None, now: after(60) }).unwrap().with_facts(facts))
}

fn certainty(report: &Report, check: &str) -> Option<&'static str> {
    report.findings.iter().find(|finding| finding.check == check).map(|finding| finding.certainty.as_str())
}

fn policy(statement: &str) -> Looked<Policy> {
    Looked::Found(Policy::read(&format!(r#"{{"Statement":[{statement}]}}"#)).unwrap())
}

fn denied(action: &str, decision: Decision, boundary_allows: Option<bool>) -> Looked<Permission> {
    Looked::Found(Permission {
        action: action.to_owned(),
        resource: "*".to_owned(),
        decision,
        organization_allows: None,
        boundary_allows,
        missing_context: Vec::new(),
        policies: Vec::new(),
    })
}

fn revoked(unread: Option<&str>) -> Looked<Revocations> {
    let revocation = Revocation { policy: "AWSRevokeOlderSessions".to_owned(), before: after(1), of_all: true };
    Looked::Found(Revocations { read: vec![revocation], unread: unread.map(str::to_owned) })
}

#[test]
fn no_revocation_ends_what_a_users_key_has_signed() {
    let facts = || Facts { revocations: revoked(None), signer: Looked::Found(Principal::of(ROLE)), ..Facts::default() };
    let of_user = report(&Signer::user().doing("GetObject").url(), facts());
    assert_eq!(certainty(&of_user, "session-revoked"), None);
    assert!(!of_user.passed.contains(&"session-revoked"), "{of_user:?}");
    assert_eq!(
        certainty(&report(&Signer::session().doing("GetObject").url(), facts()), "session-revoked"),
        Some("certain")
    );
}

#[test]
fn what_rests_on_who_usually_signs_is_likely_at_most() {
    let statement =
        |principal: &str| format!(r#"{{"Effect":"Deny","Principal":{principal},"Action":"*","Resource":"*"}}"#);
    let role = format!(r#"{{"AWS":"{ROLE}"}}"#);
    let found = |facts: Facts, check: &str| {
        let facts = Facts { signer_is_guessed: true, ..facts };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        let finding = report.findings.iter().find(|finding| finding.check == check).unwrap();
        (finding.certainty.as_str(), finding.evidence.iter().any(|evidence| evidence.text.contains("usually signs")))
    };
    let signer = || Facts { signer: Looked::Found(Principal::of(ROLE)), ..Facts::default() };
    let may_request = denied("s3:GetObject", Decision::ExplicitDeny, None);
    for (facts, check) in [
        (Facts { revocations: revoked(None), ..signer() }, "session-revoked"),
        (Facts { may_request, ..signer() }, "signer-permission"),
        (Facts { signer: Looked::Nothing, ..Facts::default() }, "signer-gone"),
        (Facts { bucket_policy: policy(&statement(&role)), ..signer() }, "bucket-policy-denies"),
        (
            Facts {
                kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
                key_policy: policy(&statement(&role)),
                ..signer()
            },
            "kms-key-policy",
        ),
    ] {
        assert_eq!(found(facts, check), ("likely", true), "{check}");
    }
    let everyone = Facts { bucket_policy: policy(&statement("\"*\"")), ..signer() };
    assert_eq!(found(everyone, "bucket-policy-denies"), ("certain", false));
}

#[test]
fn a_revocation_that_was_read_counts_though_another_was_not() {
    let unread = "iam:GetRolePolicy: Throttling";
    let facts = |revocations| Facts { revocations, signer: Looked::Found(Principal::of(ROLE)), ..Facts::default() };
    let hit = report(&Signer::session().doing("GetObject").url(), facts(revoked(Some(unread))));
    assert_eq!(certainty(&hit, "session-revoked"), Some("certain"));
    assert!(hit.findings[0].evidence.iter().any(|evidence| evidence.text.contains(unread)), "{hit:?}");
    let none = Revocations { read: Vec::new(), unread: Some(unread.to_owned()) };
    let unknown = report(&Signer::session().doing("GetObject").url(), facts(Looked::Found(none)));
    assert!(!unknown.passed.contains(&"session-revoked"), "{unknown:?}");
    assert!(
        unknown.could_not_look.iter().any(|it| it.check == "session-revoked" && it.reason == unread),
        "{unknown:?}"
    );
}

#[test]
fn a_grant_with_constraints_may_not_be_of_this_object() {
    for (constrained, of_signer, of_key) in [(false, None, None), (true, Some("possible"), Some("possible"))] {
        let grant = Grant { grantee: ROLE.to_owned(), operations: vec!["Decrypt".to_owned()], constrained };
        let facts = Facts {
            signer: Looked::Found(Principal::of(ROLE)),
            may_decrypt: denied("kms:Decrypt", Decision::ImplicitDeny, None),
            kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
            key_policy: Looked::Found(Policy { statements: Vec::new() }),
            grants: Looked::Found(Grants { read: vec![grant], unread: None }),
            ..Facts::default()
        };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        assert_eq!(certainty(&report, "signer-may-decrypt"), of_signer, "{report:?}");
        assert_eq!(certainty(&report, "kms-key-policy"), of_key, "{report:?}");
    }
}

/// What a boundary leaves out, a bucket policy may allow to a user whom it names, and to no role.
#[test]
fn a_boundary_does_not_bound_what_the_bucket_policy_allows_a_user() {
    for (signer, decision, expected) in [
        (USER, Decision::ImplicitDeny, None),
        (USER, Decision::ExplicitDeny, Some("certain")),
        (ROLE, Decision::ImplicitDeny, Some("certain")),
    ] {
        let allow = format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{signer}"}},"Action":"s3:*","Resource":"*"}}"#);
        let facts = Facts {
            may_request: denied("s3:GetObject", decision, Some(false)),
            bucket_policy: policy(&allow),
            caller: Looked::Found("arn:aws:iam::123456789012:user/on-call".to_owned()),
            signer: Looked::Found(Principal::of(signer)),
            ..Facts::default()
        };
        let report = report(&Signer::user().doing("GetObject").url(), facts);
        assert_eq!(certainty(&report, "signer-permission"), expected, "{signer}: {report:?}");
    }
}

/// Whom the key's policy does not admit, a grant that was not seen may.
#[test]
fn grants_that_could_not_be_read_may_admit_the_signer() {
    let reason = "kms:ListGrants: AccessDenied";
    let some = || Looked::Found(Grants { read: Vec::new(), unread: Some(reason.to_owned()) });
    for (grants, of_signer, of_key) in [
        (Looked::Found(Grants::default()), "certain", "likely"),
        (Looked::CouldNot(reason.to_owned()), "possible", "possible"),
        (some(), "possible", "possible"),
    ] {
        let unread = grants != Looked::Found(Grants::default());
        let facts = Facts {
            signer: Looked::Found(Principal::of(ROLE)),
            may_decrypt: denied("kms:Decrypt", Decision::ImplicitDeny, None),
            kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
            key_policy: Looked::Found(Policy { statements: Vec::new() }),
            grants,
            ..Facts::default()
        };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        assert_eq!(certainty(&report, "signer-may-decrypt"), Some(of_signer), "{report:?}");
        assert_eq!(certainty(&report, "kms-key-policy"), Some(of_key), "{report:?}");
        let told = report.could_not_look.iter().any(|it| it.check == "kms-grants" && it.reason == reason);
        assert_eq!((told, report.passed.contains(&"kms-grants")), (unread, !unread), "{report:?}");
    }
}

/// What a boundary only leaves out, a bucket's policy may allow to a session by its own name, and not by its role's.
#[test]
fn what_is_allowed_to_the_session_itself_no_boundary_leaves_out() {
    let session = "arn:aws:sts::123456789012:assumed-role/signer/s1";
    let allow = |principal: &str| {
        policy(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"*"}}"#))
    };
    let of = |arn: &str| format!(r#"{{"AWS":"{arn}"}}"#);
    for (principal, decision, expected) in [
        (of(session), Decision::ImplicitDeny, None),
        (of(ROLE), Decision::ImplicitDeny, Some("certain")),
        (of("arn:aws:sts::123456789012:assumed-role/signer/s2"), Decision::ImplicitDeny, Some("certain")),
        (of(session), Decision::ExplicitDeny, Some("certain")),
    ] {
        let facts = Facts {
            signer: Looked::Found(Principal::of(session)),
            caller: Looked::Found("arn:aws:iam::123456789012:user/on-call".to_owned()),
            may_request: denied("s3:GetObject", decision, Some(false)),
            bucket_policy: allow(&principal),
            ..Facts::default()
        };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        assert_eq!(certainty(&report, "signer-permission"), expected, "{principal}: {report:?}");
    }
}

/// Signature Version 2 tells no date, by which a session might be seen to be older than its revocation.
#[test]
fn a_session_whose_date_is_not_told_may_be_revoked() {
    let v2 = "https://b.s3.amazonaws.com/k?AWSAccessKeyId=ASIAIOSFODNN7EXAMPLE&x-amz-security-token=t&Expires=1777633200&Signature=vjby";
    for (revocations, unseen) in [(revoked(None), true), (Looked::Found(Revocations::default()), false)] {
        let report = report(v2, Facts { revocations, ..Facts::default() });
        let of_check = report.could_not_look.iter().any(|it| it.check == "session-revoked");
        assert_eq!((of_check, report.passed.contains(&"session-revoked")), (unseen, !unseen), "{report:?}");
    }
}

/// What is less than certain rules nothing out.
#[test]
fn of_a_guessed_signer_nothing_is_ruled_out() {
    let statement = format!(r#"{{"Effect":"Deny","Principal":{{"AWS":"{ROLE}"}},"Action":"*","Resource":"*"}}"#);
    let of = |bucket_policy, signer| Facts { bucket_policy, signer, signer_is_guessed: true, ..Facts::default() };
    for (facts, check) in [
        (of(policy(&statement), Looked::Found(Principal::of(ROLE))), "bucket-policy-denies"),
        (of(Looked::NotAsked, Looked::Nothing), "signer-gone"),
    ] {
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        let finding = report.findings.iter().find(|finding| finding.check == check).unwrap();
        assert_eq!((finding.certainty.as_str(), finding.rules_out.as_slice()), ("likely", &[][..]), "{report:?}");
    }
}

/// Which session it was may not be known: a policy may allow it to the one that signed.
#[test]
fn what_is_allowed_to_some_session_a_boundary_may_not_leave_out() {
    let of = |arn: &str| format!(r#"{{"AWS":"{arn}"}}"#);
    for (principal, expected) in [
        (of("arn:aws:sts::123456789012:assumed-role/signer/s1"), Some("possible")),
        (of(ROLE), Some("certain")),
        (of("arn:aws:sts::123456789012:assumed-role/other/s1"), Some("certain")),
        (of("arn:aws:sts::210987654321:assumed-role/signer/s1"), Some("certain")),
        ("\"*\"".to_owned(), None),
    ] {
        let allow =
            policy(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"*"}}"#));
        let facts = Facts {
            signer: Looked::Found(Principal::of(ROLE)),
            caller: Looked::Found("arn:aws:iam::123456789012:user/on-call".to_owned()),
            may_request: denied("s3:GetObject", Decision::ImplicitDeny, Some(false)),
            bucket_policy: allow,
            ..Facts::default()
        };
        let report = report(&Signer::session().doing("GetObject").url(), facts);
        assert_eq!(certainty(&report, "signer-permission"), expected, "{principal}: {report:?}");
    }
}
