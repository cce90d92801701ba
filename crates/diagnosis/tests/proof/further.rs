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
    Further { action: action.to_owned(), on: On::Own, sure: true }
}

fn perhaps(action: &str) -> Further {
    Further { sure: false, ..own(action) }
}

fn certainty(report: &Report, check: &str) -> Option<&'static str> {
    report.findings.iter().find(|finding| finding.check == check).map(|finding| finding.certainty.as_str())
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
        (&[], &[("x-amz-acl", "public-read")], vec![own("s3:PutObjectAcl")]),
        (
            &[
                ("x-amz-grant-read", "id=1"),
                ("x-amz-object-lock-mode", "GOVERNANCE"),
                ("x-amz-object-lock-retain-until-date", "x"),
            ],
            &[],
            vec![perhaps("s3:PutObjectAcl"), own("s3:PutObjectRetention")],
        ),
        (&[("x-amz-object-lock-legal-hold", "ON")], &[], vec![own("s3:PutObjectLegalHold")]),
        (&[("x-amz-tagging", "a=b")], &[("uploadId", "1"), ("partNumber", "1")], vec![]),
        // To look what is there is to read it.
        (&[("if-match", "\"e\"")], &[], vec![own("s3:GetObject")]),
        (&[("if-match", "\"e\"")], &[("uploadId", "1")], vec![own("s3:GetObject")]),
        (&[("if-match", "\"e\"")], &[("uploadId", "1"), ("partNumber", "1")], vec![]),
        (&[("if-none-match", "*")], &[], vec![]),
    ] {
        assert_eq!(case(&put(headers, query), None, None).further(), further, "{headers:?} {query:?}");
    }
    let url = Signer { headers: vec![("if-match", "x")], ..Signer::session().doing("DeleteObject") }.url();
    let (host, target) = split(&url);
    let delete = |condition| curl("DELETE", host, target, &[("if-match", condition)]);
    for (request, further) in [
        (Some(delete("\"e\"")), vec![own("s3:GetObject")]),
        (Some(delete("*")), vec![]),
        (None, vec![perhaps("s3:GetObject")]),
    ] {
        assert_eq!(case(&url, None, request.as_deref()).further(), further, "{request:?}");
    }
    let attributes = Signer { query: vec![("attributes", "")], ..Signer::session() }.url();
    let (host, target) = split(&attributes);
    let read = case(&attributes, None, Some(&curl("GET", host, target, &[])));
    assert_eq!(read.further(), [own("s3:GetObject")]);
}

#[test]
fn a_copy_reads_its_source() {
    let url = put(&[("x-amz-copy-source", "x")], &[]);
    let (host, target) = split(&url);
    let sent = |source| curl("PUT", host, target, &[("x-amz-copy-source", source)]);
    let other = |object: &str| On::Other(object.to_owned());
    for (request, version, on) in [
        (None, "", On::SOURCE),
        (Some(sent("/other/a%20b")), "", other("other/a b")),
        (Some(sent("/other/a+b%2B")), "", other("other/a b+")),
        (Some(sent("other/k?versionId=1")), "Version", other("other/k")),
        (Some(sent("arn:aws:s3:eu-central-1:123456789012:accesspoint/a/object/k")), "", On::ACCESS_POINT),
        (Some(sent("/a-1b2c3d4e5f-s3alias/k")), "", On::ACCESS_POINT),
        (Some(sent("/a-1b2c3d4e5f--ol-s3/k")), "", On::ACCESS_POINT),
    ] {
        assert_eq!(case(&url, None, request.as_deref()).further(), copying(version, &on), "{request:?}");
    }
    // A part has no tags.
    let url = put(&[("x-amz-copy-source", "x")], &[("uploadId", "1"), ("partNumber", "1")]);
    assert_eq!(case(&url, None, None).further(), [Further { on: On::SOURCE, ..own("s3:GetObject") }]);
}

/// What a copy needs: to read the source, and its tags, and to set them, if it has some.
fn copying(version: &str, source: &On) -> Vec<Further> {
    vec![
        Further { on: source.clone(), ..own(&format!("s3:GetObject{version}")) },
        Further { on: source.clone(), ..perhaps(&format!("s3:GetObject{version}Tagging")) },
        perhaps("s3:PutObjectTagging"),
    ]
}

/// To copy is to copy the tags, unless S3 is told otherwise; and only some sources have any.
#[test]
fn a_copy_may_need_what_its_sources_tags_need() {
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf";
    let source = "arn:aws:s3:::amzn-s3-demo-bucket/drafts/k";
    let deny = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:GetObjectTagging","s3:PutObjectTagging"],"Resource":"*"}]}"#;
    let url = put(&[("x-amz-copy-source", "x")], &[]);
    let (host, target) = split(&url);
    let sent = curl("PUT", host, target, &[("x-amz-copy-source", "/amzn-s3-demo-bucket/drafts/k")]);
    let named = denied("s3:PutObjectTagging", object);
    for (action, on, error, expected) in [
        ("s3:GetObjectTagging", source, None, "possible"),
        ("s3:PutObjectTagging", object, None, "possible"),
        ("s3:PutObjectTagging", object, Some(named.as_str()), "certain"),
    ] {
        let facts = Facts {
            may_further: vec![permission(action, on, Decision::ImplicitDeny)],
            bucket_policy: Looked::Found(Policy::read(deny).unwrap()),
            signer: Looked::Found(Principal::of(ROLE)),
            ..Facts::default()
        };
        let report = Report::of(&case(&url, error, Some(&sent)).with_facts(facts));
        assert_eq!(certainty(&report, "signer-permission"), Some(expected), "{action}: {report:?}");
        assert_eq!(certainty(&report, "bucket-policy-denies"), Some("possible"), "{action}: {report:?}");
    }
}

fn denied(action: &str, resource: &str) -> String {
    format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: {action} on resource: \
         \"{resource}\" because no identity-based policy allows the {action} action</Message></Error>"
    )
}

/// Whoever made the answer up may not ask by it what the signer may do anywhere else.
#[test]
fn what_s3_says_that_the_signer_may_not_is_looked_at() {
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf";
    let access_point = "arn:aws:s3:eu-central-1:123456789012:accesspoint/a/object/k";
    let elsewhere = "arn:aws:s3:::other/k";
    let copy = [("x-amz-copy-source", "x")];
    let get = |on| Further { on, ..own("s3:GetObject") };
    let of = |on: &str| get(On::Other(on.to_owned()));
    for (headers, error, further) in [
        (&[][..], denied("s3:PutObject", object), vec![]),
        (&[], denied("s3:PutObjectTagging", object), vec![own("s3:PutObjectTagging")]),
        (&[], denied("s3:GetObject", elsewhere), vec![get(On::ELSEWHERE)]),
        (&[], denied("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/k"), vec![of("amzn-s3-demo-bucket/k")]),
        (&[], denied("s3:GetObject", access_point), vec![get(On::ACCESS_POINT)]),
        (&copy, denied("s3:GetObject", elsewhere), [copying("", &On::SOURCE), vec![of("other/k")]].concat()),
        (
            &copy,
            denied("s3:GetObject", "arn:aws:s3:::a-1b2c3d4e5f-s3alias/k"),
            [copying("", &On::SOURCE), vec![get(On::ACCESS_POINT)]].concat(),
        ),
        (&[], denied("s3:ListBucket", "arn:aws:s3:::amzn-s3-demo-bucket"), vec![]),
        (&[], denied("kms:Decrypt", object), vec![]),
    ] {
        let url = put(headers, &[]);
        assert_eq!(case(&url, Some(&error), None).further(), further, "{headers:?} {error}");
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

/// Of the other object, though it is in the same bucket.
#[test]
fn a_copy_within_one_bucket_is_judged_by_the_source_that_it_reads() {
    let source = "arn:aws:s3:::amzn-s3-demo-bucket/drafts/q1.pdf";
    let url = put(&[("x-amz-copy-source", "x")], &[]);
    let (host, target) = split(&url);
    let sent = curl("PUT", host, target, &[("x-amz-copy-source", "/amzn-s3-demo-bucket/drafts/q1.pdf")]);
    for (allowed, expected) in [("drafts", None), ("reports", Some("certain"))] {
        let allow = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ROLE}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/{allowed}/*"}}]}}"#
        );
        let facts = Facts {
            may_further: vec![permission("s3:GetObject", source, Decision::ImplicitDeny)],
            bucket_policy: Looked::Found(Policy::read(&allow).unwrap()),
            caller: Looked::Found("arn:aws:iam::123456789012:user/on-call".to_owned()),
            signer: Looked::Found(Principal::of(ROLE)),
            ..Facts::default()
        };
        let report = Report::of(&case(&url, None, Some(&sent)).with_facts(facts));
        assert_eq!(certainty(&report, "signer-permission"), expected, "{allowed}: {report:?}");
    }
}

/// The bucket's own policy alone is looked at, of which a source that is not told may be.
#[test]
fn a_bucket_policy_may_deny_a_copys_source() {
    let policy = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/drafts/*"}]}"#;
    let url = put(&[("x-amz-copy-source", "x")], &[]);
    let (host, target) = split(&url);
    let sent = |source| curl("PUT", host, target, &[("x-amz-copy-source", source)]);
    let found = || Looked::Found(Policy::read(policy).unwrap());
    for (request, bucket_policy, expected, unseen) in [
        (Some(sent("/amzn-s3-demo-bucket/drafts/q1.pdf")), found(), Some("certain"), false),
        (Some(sent("/amzn-s3-demo-bucket/drafts/q1+2.pdf")), found(), Some("certain"), false),
        (Some(sent("/amzn-s3-demo-bucket/reports/q2.pdf")), found(), None, false),
        (Some(sent("/other/drafts/q1.pdf")), found(), None, true),
        (None, found(), None, true),
        // A bucket without a policy tells nothing of another's.
        (Some(sent("/amzn-s3-demo-bucket/drafts/q1.pdf")), Looked::Nothing, None, false),
        (Some(sent("/other/drafts/q1.pdf")), Looked::Nothing, None, true),
        (None, Looked::Nothing, None, true),
    ] {
        let facts = Facts { bucket_policy, ..Facts::default() };
        let report = Report::of(&case(&url, None, request.as_deref()).with_facts(facts));
        let check = "bucket-policy-denies";
        assert_eq!(certainty(&report, check), expected, "{request:?}: {report:?}");
        assert_eq!(report.could_not_look.iter().any(|it| it.check == check), unseen, "{request:?}: {report:?}");
        assert_eq!(report.passed.contains(&check), expected.is_none() && !unseen, "{request:?}: {report:?}");
    }
}

/// What changes nothing of who may read the object may go without a permission of its own.
#[test]
fn not_every_acl_surely_needs_its_own_permission() {
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf";
    let deny = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectAcl","Resource":"*"}]}"#;
    let named = denied("s3:PutObjectAcl", object);
    for (headers, query, error, expected) in [
        (&[][..], &[("x-amz-acl", "public-read")][..], None, "certain"),
        (&[], &[("x-amz-acl", "private")], None, "possible"),
        (&[], &[("x-amz-acl", "bucket-owner-full-control")], None, "possible"),
        (&[("x-amz-acl", "public-read")], &[], None, "possible"),
        (&[("x-amz-grant-read", "id=1")], &[], None, "possible"),
        (&[("x-amz-grant-read", "id=1")], &[], Some(named.as_str()), "certain"),
    ] {
        let facts = Facts {
            may_further: vec![permission("s3:PutObjectAcl", object, Decision::ImplicitDeny)],
            signer: Looked::Found(Principal::of(ROLE)),
            ..Facts::default()
        };
        let report = Report::of(&case(&put(headers, query), error, None).with_facts(facts));
        assert_eq!(certainty(&report, "signer-permission"), Some(expected), "{headers:?} {query:?}: {report:?}");
        let facts = Facts { bucket_policy: Looked::Found(Policy::read(deny).unwrap()), ..Facts::default() };
        let report = Report::of(&case(&put(headers, query), None, None).with_facts(facts));
        let expected = if error.is_none() { expected } else { "possible" };
        assert_eq!(certainty(&report, "bucket-policy-denies"), Some(expected), "{headers:?} {query:?}: {report:?}");
    }
}

#[test]
fn to_bypass_a_retention_may_need_a_permission_of_its_own() {
    let bypass = [("x-amz-bypass-governance-retention", "true")];
    let of = |method, query: &[(&'static str, &'static str)]| {
        let url = Signer { method, headers: bypass.to_vec(), query: query.to_vec(), ..Signer::session() }.url();
        let (host, target) = split(&url);
        case(&url, None, Some(&curl(method, host, target, &bypass))).further()
    };
    let bypassing = || vec![perhaps("s3:BypassGovernanceRetention")];
    assert_eq!(of("DELETE", &[("versionId", "1")]), bypassing());
    assert_eq!(of("PUT", &[("retention", "")]), bypassing());
    assert_eq!(of("PUT", &[]), []);

    // What signs it is a delete, where nothing else is told.
    let deny =
        r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:BypassGovernanceRetention","Resource":"*"}]}"#;
    let headers = bypass.to_vec();
    let url = Signer { method: "DELETE", headers, query: vec![("versionId", "1")], ..Signer::session() }.url();
    let facts = Facts { bucket_policy: Looked::Found(Policy::read(deny).unwrap()), ..Facts::default() };
    let report = Report::of(&case(&url, None, None).with_facts(facts));
    assert_eq!(certainty(&report, "bucket-policy-denies"), Some("possible"), "{report:?}");
}

/// Signed or in the query, they are an upload's, and so its further actions are looked at.
#[test]
fn headers_of_uploads_tell_the_method_wherever_they_stand() {
    let of = |headers: &[(&'static str, &'static str)], query: &[(&'static str, &'static str)]| {
        let url = Signer { method: "PUT", headers: headers.to_vec(), query: query.to_vec(), ..Signer::session() }.url();
        let case = case(&url, None, None);
        (case.method().to_owned(), case.further())
    };
    let put = |further| ("PUT".to_owned(), vec![further]);
    assert_eq!(of(&[("x-amz-grant-read", "id=1")], &[]), put(perhaps("s3:PutObjectAcl")));
    assert_eq!(of(&[], &[("x-amz-acl", "public-read")]), put(own("s3:PutObjectAcl")));
    assert_eq!(of(&[], &[("x-amz-tagging", "a=b")]), put(own("s3:PutObjectTagging")));
    assert_eq!(of(&[], &[("X-Amz-Object-Lock-Mode", "GOVERNANCE")]), put(own("s3:PutObjectRetention")));
    for read in [
        of(&[], &[("x-amz-checksum-mode", "ENABLED")]),
        // Whoever gave the key for an upload gives it to read again.
        of(&[("x-amz-server-side-encryption-customer-algorithm", "AES256")], &[]),
    ] {
        assert_eq!(read, ("GET".to_owned(), vec![]));
    }
}

/// What a policy compares it with, S3 has brought into a form that is not told.
#[test]
fn a_source_that_may_be_written_otherwise_is_not_compared() {
    let deny = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"s3:x-amz-copy-source":"amzn-s3-demo-bucket/a b"}}}]}"#;
    let url = put(&[("x-amz-copy-source", "x")], &[]);
    let (host, target) = split(&url);
    for (source, expected) in [
        ("amzn-s3-demo-bucket/other", "certain"),
        ("/amzn-s3-demo-bucket/a b", "possible"),
        ("amzn-s3-demo-bucket/a%20b", "possible"),
        ("amzn-s3-demo-bucket/a+b", "possible"),
        ("amzn-s3-demo-bucket/a?versionId=1", "possible"),
    ] {
        let sent = curl("PUT", host, target, &[("x-amz-copy-source", source)]);
        let facts = Facts { bucket_policy: Looked::Found(Policy::read(deny).unwrap()), ..Facts::default() };
        let report = Report::of(&case(&url, None, Some(&sent)).with_facts(facts));
        assert_eq!(certainty(&report, "bucket-policy-denies"), Some(expected), "{source}: {report:?}");
    }
}

/// S3's message may write the key with fewer spaces than it has.
#[test]
fn an_answer_about_the_urls_own_key_is_not_taken_for_another_objects() {
    for path in ["/Report%20%20final.pdf", "/Report%20final.pdf%20", "/a%22b.pdf", "/a%60b.pdf"] {
        let url = Signer { path: path.to_owned(), ..Signer::session() }.doing("GetObject").url();
        let key = case(&url, None, None).url().place().key.clone();
        let resource = format!("arn:aws:s3:::amzn-s3-demo-bucket/{key}");
        let error = denied("s3:GetObject", &resource);
        assert_eq!(case(&url, Some(&error), None).further(), [], "{path}");
        let report = Report::of(&case(&url, Some(&error), None));
        let paste = report.findings[0].fix.paste.as_deref().unwrap();
        let statement: serde_json::Value = serde_json::from_str(paste).unwrap();
        assert_eq!(statement["Resource"], resource, "{path}");
    }
}

/// A request that looks what is there must be allowed to read it.
#[test]
fn a_write_on_a_condition_is_denied_with_the_read() {
    let deny = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;
    let facts = Facts { bucket_policy: Looked::Found(Policy::read(deny).unwrap()), ..Facts::default() };
    let report = Report::of(&case(&put(&[("if-match", "\"e\"")], &[]), None, None).with_facts(facts));
    assert_eq!(certainty(&report, "bucket-policy-denies"), Some("certain"), "{report:?}");
}

/// An answer about another bucket is no reason to allow anything there.
#[test]
fn an_answer_about_another_bucket_is_told_to_be_one() {
    let url = Signer::session().doing("GetObject").url();
    for (resource, elsewhere) in [("amzn-s3-demo-bucket/reports/q1.pdf", false), ("other/k", true)] {
        let report = Report::of(&case(&url, Some(&denied("s3:GetObject", &format!("arn:aws:s3:::{resource}"))), None));
        let finding = report.findings.iter().find(|it| it.check == "denied-by-identity-policy").unwrap();
        assert_eq!(finding.fix.paste.is_none(), elsewhere, "{finding:?}");
        let told = finding.evidence.iter().any(|it| it.text.contains("another bucket than the URL's"));
        assert_eq!(told, elsewhere, "{finding:?}");
    }
}
