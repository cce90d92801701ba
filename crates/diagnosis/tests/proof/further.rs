//! What a request needs beside its operation's own action.

use diagnosis::facts::{Decision, Facts, Looked, Permission, Principal};
use diagnosis::policy::Policy;
use diagnosis::{Case, Further, Input, On, Report};

use crate::seen_by_s3::curl;
use crate::signer::{Signer, after, split};

const ROLE: &str = "arn:aws:iam::123456789012:role/signer";

fn case(url: &str, error: Option<&str>, request: Option<&str>) -> Case {
    Case::read(Input { url, error, request, now: after(60) }).unwrap()
}

fn put(headers: &[(&'static str, &'static str)], query: &[(&'static str, &'static str)]) -> String {
    Signer { method: "PUT", headers: headers.to_vec(), query: query.to_vec(), ..Signer::session() }
        .doing("PutObject")
        .url()
}

fn own(action: &str) -> Further {
    Further { action: action.to_owned(), on: On::Own }
}

fn permission(action: &str, resource: &str, decision: Decision) -> Looked<Permission> {
    Looked::Found(Permission {
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision,
        organization_allows: None,
        boundary_allows: None,
        missing_context: Vec::new(),
        policies: Vec::new(),
    })
}

#[test]
fn what_the_headers_of_an_upload_ask_for_has_actions_of_its_own() {
    for (headers, query, further) in [
        (&[][..], &[][..], vec![]),
        (&[("x-amz-tagging", "a=b")], &[], vec![own("s3:PutObjectTagging")]),
        (&[], &[("x-amz-acl", "private")], vec![own("s3:PutObjectAcl")]),
        (
            &[
                ("x-amz-grant-read", "id=1"),
                ("x-amz-object-lock-mode", "GOVERNANCE"),
                ("x-amz-object-lock-retain-until-date", "x"),
            ],
            &[],
            vec![own("s3:PutObjectAcl"), own("s3:PutObjectRetention")],
        ),
        (&[("x-amz-object-lock-legal-hold", "ON")], &[], vec![own("s3:PutObjectLegalHold")]),
        // A copy is told by it to keep its source's tags.
        (&[("x-amz-tagging-directive", "COPY")], &[], vec![]),
        (&[("x-amz-tagging", "a=b")], &[("uploadId", "1"), ("partNumber", "1")], vec![]),
    ] {
        assert_eq!(case(&put(headers, query), None, None).further(), further, "{headers:?} {query:?}");
    }
    let attributes = Signer { query: vec![("attributes", "")], ..Signer::session() }.url();
    let (host, target) = split(&attributes);
    let read = case(&attributes, None, Some(&curl("GET", host, target, &[])));
    assert_eq!(read.further(), [own("s3:GetObject")]);
}

#[test]
fn a_copy_reads_its_source() {
    let of = |action: &str, on| vec![Further { action: action.to_owned(), on }];
    let url = put(&[("x-amz-copy-source", "x")], &[]);
    let (host, target) = split(&url);
    let sent = |source| curl("PUT", host, target, &[("x-amz-copy-source", source)]);
    for (request, further) in [
        (None, of("s3:GetObject", On::Untold)),
        (Some(sent("/other/a%20b")), of("s3:GetObject", On::Other("other/a b".to_owned()))),
        (Some(sent("other/k?versionId=1")), of("s3:GetObjectVersion", On::Other("other/k".to_owned()))),
        (Some(sent("arn:aws:s3:eu-central-1:123456789012:accesspoint/a/object/k")), of("s3:GetObject", On::Untold)),
    ] {
        assert_eq!(case(&url, None, request.as_deref()).further(), further, "{request:?}");
    }
}

#[test]
fn what_s3_says_that_the_signer_may_not_is_looked_at() {
    let denied = |action: &str, resource: &str| {
        format!(
            "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: {action} on resource: \
             \"arn:aws:s3:::{resource}\" because no identity-based policy allows the {action} action</Message></Error>"
        )
    };
    let object = "amzn-s3-demo-bucket/reports/q1.pdf";
    let other = Further { action: "s3:GetObject".to_owned(), on: On::Other("other/k".to_owned()) };
    for (error, further) in [
        (denied("s3:PutObject", object), vec![]),
        (denied("s3:PutObjectTagging", object), vec![own("s3:PutObjectTagging")]),
        (denied("s3:GetObject", "other/k"), vec![other]),
        (denied("s3:ListBucket", "amzn-s3-demo-bucket"), vec![]),
        (denied("kms:Decrypt", object), vec![]),
    ] {
        assert_eq!(case(&put(&[], &[]), Some(&error), None).further(), further, "{error}");
    }
}

/// One of them that is denied denies the request, whatever else is allowed.
#[test]
fn whatever_of_it_is_denied_is_the_cause() {
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf";
    let allowed = || permission("s3:PutObject", object, Decision::Allowed);
    let of = |may_further| Facts {
        may_request: allowed(),
        may_further,
        signer: Looked::Found(Principal::of(ROLE)),
        ..Facts::default()
    };
    let unread = Looked::CouldNot("iam:SimulatePrincipalPolicy: AccessDenied".to_owned());
    for (may_further, expected, unseen) in [
        (vec![permission("s3:PutObjectTagging", object, Decision::ImplicitDeny)], Some("certain"), false),
        (vec![permission("s3:PutObjectTagging", object, Decision::Allowed)], None, false),
        // Of another bucket the policy was not read, which may allow it.
        (vec![permission("s3:GetObject", "arn:aws:s3:::other/k", Decision::ImplicitDeny)], Some("possible"), false),
        (vec![unread], None, true),
    ] {
        let report = Report::of(&case(&put(&[], &[]), None, None).with_facts(of(may_further.clone())));
        let found = report.findings.iter().find(|finding| finding.check == "signer-permission");
        assert_eq!(found.map(|finding| finding.certainty.as_str()), expected, "{may_further:?}");
        let could_not = report.could_not_look.iter().any(|it| it.check == "signer-permission");
        assert_eq!((could_not, report.passed.contains(&"signer-permission")), (unseen, expected.is_none() && !unseen));
    }
}

#[test]
fn a_bucket_policy_that_denies_one_of_them_denies_the_request() {
    let policy = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectTagging","Resource":"*"}]}"#;
    for (headers, expected) in [(&[("x-amz-tagging", "a=b")][..], Some("certain")), (&[], None)] {
        let facts = Facts { bucket_policy: Looked::Found(Policy::read(policy).unwrap()), ..Facts::default() };
        let report = Report::of(&case(&put(headers, &[]), None, None).with_facts(facts));
        let found = report.findings.iter().find(|finding| finding.check == "bucket-policy-denies");
        assert_eq!(found.map(|finding| finding.certainty.as_str()), expected, "{report:?}");
    }
}
