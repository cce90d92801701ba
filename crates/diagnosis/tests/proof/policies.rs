//! What bucket and key policies say, beside what S3 says and what is not known.

use diagnosis::facts::{Circumstances, Decision, Facts, Grant, Grants, KmsKey, Looked, Permission, Principal};
use diagnosis::policy::Policy;
use diagnosis::{Case, Input, Report};

use crate::signer::{Signer, after};

const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/signer/s1";
const ROLE: &str = "arn:aws:iam::123456789012:role/signer";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn report(error: Option<&str>, seconds: i64, facts: Facts) -> Report {
    let url = Signer { expires_in: 7200, ..Signer::session() }.doing("GetObject").url();
    let case = Case::read(Input { url: &url, error, request: None, now: after(seconds) }).unwrap();
    Report::of(&case.with_facts(facts))
}

fn certainty(report: &Report, check: &str) -> Option<&'static str> {
    report.findings.iter().find(|finding| finding.check == check).map(|finding| finding.certainty.as_str())
}

fn policy(statement: &str) -> Looked<Policy> {
    Looked::Found(Policy::read(&format!(r#"{{"Statement":[{statement}]}}"#)).unwrap())
}

fn bucket_denies(more: &str) -> Facts {
    let statement = format!(r#"{{"Sid":"No","Effect":"Deny","Action":"s3:*",{more}}}"#);
    Facts { bucket_policy: policy(&statement), signer: Looked::Found(Principal::of(SESSION)), ..Facts::default() }
}

fn to_everyone(condition: &str) -> Facts {
    bucket_denies(&format!(r#""Principal":"*","Resource":"*","Condition":{condition}"#))
}

fn message(action: &str, reason: &str) -> String {
    format!(
        "<Error><Code>AccessDenied</Code><Message>User: {SESSION} is not authorized to perform: {action} on resource: \
         \"arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf\" {reason}</Message></Error>"
    )
}

#[test]
fn a_deny_that_s3_does_not_speak_of_is_possible_at_most() {
    let facts = || bucket_denies(r#""Principal":"*","Resource":"*""#);
    for (error, expected) in [
        (message("s3:GetObject", "because no identity-based policy allows the s3:GetObject action"), "possible"),
        (message("s3:GetObject", "with an explicit deny in an identity-based policy"), "possible"),
        (message("kms:Decrypt", "with an explicit deny in a resource-based policy"), "possible"),
        (message("s3:GetObject", "with an explicit deny in a resource-based policy"), "certain"),
        // S3 says neither, as most of its older messages.
        (message("s3:GetObject", ""), "certain"),
        (message("kms:Decrypt", ""), "possible"),
        (
            message(
                "s3:PutObject",
                "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
            ),
            "possible",
        ),
        ("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>".to_owned(), "certain"),
    ] {
        let report = report(Some(&error), 60, facts());
        let found = report.findings.iter().find(|finding| finding.check == "bucket-policy-denies").unwrap();
        assert_eq!(found.certainty.as_str(), expected, "{error}: {report:?}");
        assert_eq!(found.rules_out.is_empty(), expected == "possible", "{found:?}");
    }
}

/// An answer that tells no time may be as old as the URL.
#[test]
fn a_statement_about_time_is_judged_by_the_time_of_the_answer() {
    let told = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let timed = told.replace("</Message>", "</Message><ServerTime>2026-05-01T10:01:00Z</ServerTime>");
    let age = r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"}}"#;
    let late = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-05-01T10:30:00Z"}}"#;
    for (condition, check, error, seconds, expected) in [
        (age, "signature-age", None, 3600, Some("certain")),
        (age, "signature-age", Some(told), 3600, Some("possible")),
        (age, "signature-age", Some(timed.as_str()), 3600, None),
        // However old the answer is, the signature was no older than now.
        (age, "signature-age", Some(told), 60, None),
        (late, "bucket-policy-denies", None, 3600, Some("certain")),
        (late, "bucket-policy-denies", Some(told), 3600, Some("possible")),
    ] {
        let report = report(error, seconds, to_everyone(condition));
        assert_eq!(certainty(&report, check), expected, "{condition} {error:?} {seconds}: {report:?}");
    }
    let both = r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"},"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#;
    let report = report(Some(told), 3600, to_everyone(both));
    let evidence = &report.findings.iter().find(|it| it.check == "signature-age").unwrap().evidence[0].text;
    assert!(evidence.ends_with("not known is `s3:signatureAge` and `aws:SourceVpce`"), "{evidence}");
}

/// Signature Version 2 does not tell when a URL was signed.
#[test]
fn of_a_url_that_tells_no_age_an_answer_may_be_of_any_time() {
    let url = "https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports/q1.pdf?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1777636800&Signature=a";
    let late = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-05-01T10:30:00Z"}}"#;
    let told = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    for (error, expected) in [(None, "certain"), (Some(told), "possible")] {
        let case = Case::read(Input { url, error, request: Some("GET /reports/q1.pdf HTTP/1.1\n"), now: after(3600) });
        let report = Report::of(&case.unwrap().with_facts(to_everyone(late)));
        assert_eq!(certainty(&report, "bucket-policy-denies"), Some(expected), "{report:?}");
    }
}

#[test]
fn what_a_policy_variable_stands_for_is_not_known() {
    for resource in [r#""NotResource""#, r#""Resource""#] {
        let arn = if resource.contains("Not") { "other" } else { "reports" };
        let variable =
            format!(r#""Principal":"*",{resource}:"arn:aws:s3:::amzn-s3-demo-bucket/${{aws:PrincipalTag/tenant}}/*""#);
        let report_of_variable = report(None, 60, bucket_denies(&variable));
        let found = report_of_variable.findings.iter().find(|it| it.check == "bucket-policy-denies").unwrap();
        assert_eq!(found.certainty.as_str(), "possible", "{resource}");
        assert!(found.evidence[0].text.contains("`aws:PrincipalTag/tenant`"), "{found:?}");
        let plain = format!(r#""Principal":"*",{resource}:"arn:aws:s3:::amzn-s3-demo-bucket/{arn}/*""#);
        assert_eq!(certainty(&report(None, 60, bucket_denies(&plain)), "bucket-policy-denies"), Some("certain"));
    }
}

#[test]
fn of_the_same_roles_name_under_a_path_nothing_is_certain() {
    let role = "arn:aws:iam::123456789012:role/team/signer";
    let but_role =
        format!(r#""Principal":"*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:PrincipalArn":"{role}"}}}}"#);
    let to_role = format!(r#""Principal":{{"AWS":"{role}"}},"Resource":"*""#);
    let other_session = r#""Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/signer/s2"},"Resource":"*""#;
    for (statement, signer, expected) in [
        (but_role.as_str(), SESSION, Some("possible")),
        (&but_role, ROLE, Some("certain")),
        (&to_role, SESSION, Some("possible")),
        (&to_role, role, Some("certain")),
        (other_session, SESSION, None),
        (other_session, ROLE, Some("possible")),
    ] {
        let facts = Facts { signer: Looked::Found(Principal::of(signer)), ..bucket_denies(statement) };
        let report = report(None, 60, facts);
        assert_eq!(certainty(&report, "bucket-policy-denies"), expected, "{statement} {signer}: {report:?}");
    }
}

#[test]
fn behind_a_vpc_endpoint_there_is_no_source_address() {
    let home = r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#;
    let vpc = r#"{"NotIpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#;
    let circumstances = |vpc_endpoint: Option<&str>| Circumstances {
        source_ip: Some("10.0.0.5".to_owned()),
        vpc_endpoint: vpc_endpoint.map(str::to_owned),
        origin: None,
    };
    for (condition, vpc_endpoint, expected) in
        [(home, Some("vpce-1"), Some("certain")), (home, None, None), (vpc, Some("vpce-1"), None)]
    {
        let facts = Facts { circumstances: circumstances(vpc_endpoint), ..to_everyone(condition) };
        assert_eq!(certainty(&report(None, 60, facts), "bucket-policy-denies"), expected, "{condition}");
    }
    // The host tells it as well.
    let host = "amzn-s3-demo-bucket.bucket.vpce-1a2b-3c.s3.eu-central-1.vpce.amazonaws.com".to_owned();
    let url = Signer { host, ..Signer::session() }.doing("GetObject").url();
    let case = Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap();
    let facts = Facts { circumstances: circumstances(None), ..to_everyone(home) };
    assert_eq!(certainty(&Report::of(&case.with_facts(facts)), "bucket-policy-denies"), Some("certain"));
}

fn of_key(signer: Looked<Principal>, statement: &str) -> Facts {
    Facts {
        signer,
        kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
        key_policy: policy(statement),
        ..Facts::default()
    }
}

#[test]
fn a_key_policy_is_not_fine_where_nobody_knows_who_signed() {
    let reason = "name the signer";
    let statement = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    let grant = Grant { grantee: ROLE.to_owned(), operations: Vec::new(), constrained: false };
    let grants = Looked::Found(Grants { read: vec![grant], unread: None });
    let report = report(None, 60, Facts { grants, ..of_key(Looked::CouldNot(reason.to_owned()), statement) });
    for check in ["kms-key-policy", "kms-grants"] {
        assert!(!report.passed.contains(&check), "{report:?}");
        assert!(report.could_not_look.iter().any(|it| it.check == check && it.reason == reason), "{report:?}");
    }
}

#[test]
fn what_a_key_policy_depends_on_makes_it_possible() {
    let statement = |effect: &str, condition: &str| {
        format!(
            r#"{{"Effect":"{effect}","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"StringEquals":{{"{condition}":"x"}}}}}}"#
        )
    };
    let root =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#;
    for (statement, expected) in [
        (statement("Allow", "aws:PrincipalOrgID"), Some("possible")),
        (statement("Allow", "kms:EncryptionContext:aws:s3:arn"), Some("possible")),
        (statement("Allow", "kms:ViaService"), Some("likely")),
        (format!("{root},{}", statement("Deny", "aws:PrincipalOrgID")), Some("possible")),
        (format!("{root},{}", statement("Deny", "kms:ViaService")), None),
    ] {
        let report = report(None, 60, of_key(Looked::Found(Principal::of(SESSION)), &statement));
        assert_eq!(certainty(&report, "kms-key-policy"), expected, "{statement}: {report:?}");
    }
}

/// Of a role whose session is not known, a grant to one of its sessions may be the one that counts.
#[test]
fn a_grant_may_be_for_one_session() {
    let statement = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    for (signer, expected) in [
        (SESSION, None),
        (ROLE, Some("possible")),
        ("arn:aws:sts::123456789012:assumed-role/signer/s2", Some("likely")),
    ] {
        let operations = vec!["Decrypt".to_owned()];
        let grant = Grant { grantee: SESSION.to_owned(), operations, constrained: false };
        let facts = of_key(Looked::Found(Principal::of(signer)), statement);
        let report =
            report(None, 60, Facts { grants: Looked::Found(Grants { read: vec![grant], unread: None }), ..facts });
        assert_eq!(certainty(&report, "kms-key-policy"), expected, "{signer}: {report:?}");
    }
}

/// IAM's own rule: a boundary's user is left out of no Deny that leaves out others.
#[test]
fn not_principal_denies_whoever_has_a_boundary() {
    let statement = r#""NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/bob","arn:aws:iam::123456789012:root"]},"Resource":"*""#;
    for (user, boundary_allows, expected) in
        [("bob", None, None), ("bob", Some(true), Some("certain")), ("alice", None, Some("certain"))]
    {
        let may_request = Looked::Found(Permission {
            action: "s3:GetObject".to_owned(),
            resource: "*".to_owned(),
            decision: Decision::Allowed,
            organization_allows: None,
            boundary_allows,
            missing_context: Vec::new(),
            policies: Vec::new(),
        });
        let signer = Looked::Found(Principal::of(format!("arn:aws:iam::123456789012:user/{user}")));
        let report = report(None, 60, Facts { may_request, signer, ..bucket_denies(statement) });
        assert_eq!(certainty(&report, "bucket-policy-denies"), expected, "{user}: {report:?}");
    }
}

/// Between the two ends of when it may have failed, a statement of two times may have matched.
#[test]
fn a_statement_about_a_span_of_time_may_have_matched_within_it() {
    let told = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let span = |more: &str| {
        format!(
            r#"{{"DateGreaterThan":{{"aws:CurrentTime":"2026-05-01T10:20:00Z"}},"DateLessThan":{{"aws:CurrentTime":"2026-05-01T10:40:00Z"}}{more}}}"#
        )
    };
    let of_http = r#","Bool":{"aws:SecureTransport":"false"}"#;
    let two_beginnings = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-05-01T10:20:00Z"},"NumericGreaterThan":{"s3:signatureAge":"9999999"}}"#;
    for (condition, error, expected) in [
        (span(""), Some(told), Some("possible")),
        (span(""), None, None),
        (span(of_http), Some(told), None),
        (two_beginnings.to_owned(), Some(told), None),
    ] {
        let report = report(error, 3600, to_everyone(&condition));
        assert_eq!(certainty(&report, "bucket-policy-denies"), expected, "{condition} {error:?}: {report:?}");
        assert_eq!(certainty(&report, "signature-age"), None, "{condition} {error:?}: {report:?}");
    }
}

/// S3 heeds it whether it is signed or not.
#[test]
fn an_unsigned_condition_on_the_object_may_have_been_sent() {
    let facts = || to_everyone(r#"{"Null":{"s3:if-none-match":"true"}}"#);
    let url = Signer { method: "PUT", ..Signer::session() }.doing("PutObject").url();
    let (host, target) = crate::signer::split(&url);
    let sent = |headers: &[(&str, &str)]| crate::seen_by_s3::curl("PUT", host, target, headers);
    for (request, expected) in
        [(None, Some("possible")), (Some(sent(&[])), Some("certain")), (Some(sent(&[("if-none-match", "*")])), None)]
    {
        let case = Case::read(Input { url: &url, error: None, request: request.as_deref(), now: after(60) }).unwrap();
        let report = Report::of(&case.with_facts(facts()));
        assert_eq!(certainty(&report, "bucket-policy-denies"), expected, "{request:?}: {report:?}");
    }
}

#[test]
fn a_hash_of_the_body_that_the_url_states_is_what_a_policy_sees() {
    let unsigned = r#"{"StringEquals":{"s3:x-amz-content-sha256":"UNSIGNED-PAYLOAD"}}"#;
    let with = |query: Vec<(&'static str, &'static str)>, headers: Vec<(&'static str, &'static str)>| {
        Signer { query, headers, ..Signer::session() }.doing("GetObject").url()
    };
    for (url, expected) in [
        (with(Vec::new(), Vec::new()), Some("certain")),
        (with(vec![("X-Amz-Content-Sha256", "e3b0c442")], Vec::new()), None),
        (with(Vec::new(), vec![("x-amz-content-sha256", "e3b0c442")]), Some("possible")),
    ] {
        let case = Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap();
        let report = Report::of(&case.with_facts(to_everyone(unsigned)));
        assert_eq!(certainty(&report, "bucket-policy-denies"), expected, "{url}: {report:?}");
    }
}

/// ARNs of other partitions begin otherwise.
#[test]
fn a_bucket_is_of_its_signers_partition() {
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-central-1", "aws"),
    ] {
        let url = Signer { region, ..Signer::session() }.doing("GetObject").url();
        let statement = format!(r#""Principal":"*","Resource":"arn:{partition}:s3:::amzn-s3-demo-bucket/*""#);
        let case = || Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap();
        let signer = format!("arn:{partition}:iam::123456789012:role/signer");
        for signer in [Looked::Found(Principal::of(signer)), Looked::NotAsked] {
            let facts = Facts { signer, ..bucket_denies(&statement) };
            let report = Report::of(&case().with_facts(facts));
            assert_eq!(certainty(&report, "bucket-policy-denies"), Some("certain"), "{region}: {report:?}");
        }
    }
}

/// Which of them may use the key is left to the account's own policies.
#[test]
fn a_grant_to_the_account_may_admit_the_signer() {
    let statement = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    for (grantee, expected) in [
        ("arn:aws:iam::123456789012:root", "possible"),
        ("123456789012", "possible"),
        ("arn:aws:iam::210987654321:root", "likely"),
    ] {
        let operations = vec!["Decrypt".to_owned()];
        let grant = Grant { grantee: grantee.to_owned(), operations, constrained: false };
        let grants = Looked::Found(Grants { read: vec![grant], unread: None });
        let may_decrypt = Looked::Found(Permission {
            action: "kms:Decrypt".to_owned(),
            resource: KEY.to_owned(),
            decision: Decision::ImplicitDeny,
            organization_allows: None,
            boundary_allows: None,
            missing_context: Vec::new(),
            policies: Vec::new(),
        });
        let facts = of_key(Looked::Found(Principal::of(SESSION)), statement);
        let report = report(None, 60, Facts { grants, may_decrypt, ..facts });
        assert_eq!(certainty(&report, "kms-key-policy"), Some(expected), "{grantee}: {report:?}");
        assert_eq!(certainty(&report, "signer-may-decrypt"), Some("certain"), "{grantee}: {report:?}");
    }
}

#[test]
fn a_key_policy_is_not_judged_without_the_key() {
    let reason = "kms:DescribeKey: AccessDeniedException";
    let statement = r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#;
    let facts = of_key(Looked::Found(Principal::of(SESSION)), statement);
    let report = report(None, 60, Facts { kms_key: Looked::CouldNot(reason.to_owned()), ..facts });
    let unseen = report.could_not_look.iter().find(|unseen| unseen.check == "kms-key-policy");
    assert_eq!(unseen.map(|unseen| unseen.reason.as_str()), Some(reason), "{report:?}");
}
