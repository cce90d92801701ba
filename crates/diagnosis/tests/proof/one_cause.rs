//! What S3 says and what the account shows are one cause where they are about the same statement.

use diagnosis::facts::{Decision, Facts, Looked, Permission, Principal, Revocation, Revocations};
use diagnosis::policy::Policy;
use diagnosis::{Case, Certainty, Input, Report, Source};

use crate::signer::{Signer, after};

const SIGNER: &str = "arn:aws:iam::123456789012:role/signer";

fn report(reason: &str, facts: Facts) -> Report {
    let error = format!(
        "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s is not authorized to perform: \
         s3:GetObject on resource: \"arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf\" {reason}</Message></Error>"
    );
    let url = Signer::session().doing("GetObject").url();
    let facts = Facts { signer: Looked::Found(Principal::of(SIGNER)), ..facts };
    Report::of(
        &Case::read(Input { url: &url, error: Some(&error), request: None, now: after(60) }).unwrap().with_facts(facts),
    )
}

fn simulated(decision: Decision, policies: &[&str]) -> Facts {
    let permission = Permission {
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf".to_owned(),
        decision,
        organization_allows: None,
        boundary_allows: None,
        missing_context: Vec::new(),
        policies: policies.iter().map(|&policy| policy.to_owned()).collect(),
    };
    Facts { may_request: Looked::Found(permission), ..Facts::default() }
}

fn denying(action: &str) -> Facts {
    let statement = format!(r#"{{"Sid":"No","Effect":"Deny","Principal":"*","Action":"{action}","Resource":"*"}}"#);
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    Facts { bucket_policy: Looked::Found(Policy::read(&policy).unwrap()), ..Facts::default() }
}

fn revoked() -> Facts {
    let read = vec![Revocation { policy: "AWSRevokeOlderSessions".to_owned(), before: after(1), of_all: true }];
    Facts { revocations: Looked::Found(Revocations { read, unread: None }), ..Facts::default() }
}

const DENIED: &str = "with an explicit deny in an identity-based policy";
const NOT_ALLOWED: &str = "because no identity-based policy allows the s3:GetObject action";
const DENIED_BY_BUCKET: &str = "with an explicit deny in a resource-based policy";

#[test]
fn what_s3_says_is_evidence_of_what_the_account_shows() {
    for (reason, facts, check) in [
        (DENIED, simulated(Decision::ExplicitDeny, &[]), "signer-permission"),
        (NOT_ALLOWED, simulated(Decision::ImplicitDeny, &[]), "signer-permission"),
        (DENIED_BY_BUCKET, denying("s3:*"), "bucket-policy-denies"),
        (DENIED, revoked(), "session-revoked"),
    ] {
        let report = report(reason, facts);
        let causes = report.findings.iter().filter(|finding| finding.certainty != Certainty::Hint);
        let checks: Vec<_> = causes.map(|finding| finding.check).collect();
        assert_eq!(checks, [check], "{report:?}");
        let from = |source| report.findings[0].evidence.iter().any(|evidence| evidence.from == source);
        assert!(from(Source::Account) && from(Source::Error), "{report:?}");
    }
}

#[test]
fn what_s3_says_stands_by_itself_where_the_account_shows_something_else() {
    for (reason, facts, said) in [
        (DENIED, simulated(Decision::ImplicitDeny, &[]), "denied-by-identity-policy"),
        (DENIED, denying("s3:*"), "denied-by-identity-policy"),
        (NOT_ALLOWED, simulated(Decision::ExplicitDeny, &[]), "denied-by-identity-policy"),
        (DENIED_BY_BUCKET, simulated(Decision::ExplicitDeny, &[]), "denied-by-resource-policy"),
        (DENIED, Facts::default(), "denied-by-identity-policy"),
    ] {
        let report = report(reason, facts);
        assert!(report.findings.iter().any(|finding| finding.check == said), "{report:?}");
    }
}

/// Whether the session was revoked is asked of S3's words alone where nothing else explains them.
#[test]
fn what_s3s_words_may_mean_is_not_guessed_where_the_statement_was_found() {
    let guessed = |facts| report(DENIED, facts).findings.iter().any(|finding| finding.check == "session-revoked");
    assert!(guessed(Facts::default()));
    assert!(!guessed(simulated(Decision::ExplicitDeny, &[])));
}

#[test]
fn the_policy_that_denies_is_named_and_can_be_read() {
    let read = "aws iam get-role-policy --role-name signer --policy-name freeze";
    let listed =
        "aws iam list-role-policies --role-name signer && aws iam list-attached-role-policies --role-name signer";
    for (policies, named, paste) in [
        (&["role_signer_freeze"][..], "a statement in `freeze`", read),
        (&["Freeze"], "a statement in `Freeze`", listed),
        (&["role_other_freeze"], "a statement in `role_other_freeze`", listed),
        (&["role_signer_a", "role_signer_b"], "a statement in `a` and `b`", listed),
        (
            &["role_signer_$(id)"],
            "a statement in `$(id)`",
            "aws iam get-role-policy --role-name signer --policy-name POLICY",
        ),
    ] {
        let report = report(DENIED, simulated(Decision::ExplicitDeny, policies));
        let finding = &report.findings[0];
        assert!(finding.evidence.iter().any(|evidence| evidence.text.contains(named)), "{report:?}");
        assert_eq!(finding.fix.paste.as_deref(), Some(paste));
    }
}

/// S3's word is of another action than the statement's.
#[test]
fn a_statement_about_one_action_is_no_reason_of_what_s3_says_of_another() {
    let error = "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s is not authorized to perform: \
                 s3:GetObjectTagging on resource: \"arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf\" with an explicit deny in a resource-based policy</Message></Error>";
    let url = Signer::session().doing("GetObject").url();
    let facts = Facts { signer: Looked::Found(Principal::of(SIGNER)), ..denying("s3:GetObject") };
    let input = Input { url: &url, error: Some(error), request: None, now: after(60) };
    let report = Report::of(&Case::read(input).unwrap().with_facts(facts));
    let checks: Vec<_> = report.findings.iter().map(|finding| finding.check).collect();
    assert!(checks.contains(&"bucket-policy-denies") && checks.contains(&"denied-by-resource-policy"), "{report:?}");
}
