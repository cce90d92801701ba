//! Requests on the bucket itself, and methods that parameters tell.

use diagnosis::facts::{Facts, Looked, Principal};
use diagnosis::policy::Policy;
use diagnosis::{Case, Input, Report};

use crate::seen_by_s3::curl;
use crate::signer::{Signer, after, split};

const ROLE: &str = "arn:aws:iam::123456789012:role/signer";

fn case(url: &str, error: Option<&str>, request: Option<&str>) -> Case {
    Case::read(Input { url, error, request, now: after(60) }).unwrap()
}

fn certainty(report: &Report, check: &str) -> Option<&'static str> {
    report.findings.iter().find(|finding| finding.check == check).map(|finding| finding.certainty.as_str())
}

fn on_bucket(method: &'static str, query: &[(&'static str, &'static str)]) -> String {
    Signer { method, path: "/".to_owned(), query: query.to_vec(), ..Signer::session() }.url()
}

fn on_object(method: &'static str, query: &[(&'static str, &'static str)]) -> String {
    Signer { method, query: query.to_vec(), ..Signer::session() }.url()
}

#[test]
fn a_listing_of_uploads_is_no_upload() {
    let url = on_bucket("GET", &[("uploads", "")]);
    let case_of_url = case(&url, None, None);
    assert_eq!((case_of_url.method(), case_of_url.operation().action), ("GET", Some("s3:ListBucketMultipartUploads")));
    let (host, target) = split(&url);
    let report = Report::of(&case(&url, None, Some(&curl("GET", host, target, &[]))));
    assert_eq!(certainty(&report, "method"), None, "{report:?}");
}

/// S3 has an action for each of a bucket's settings, of which none is told here rather than a wrong one.
#[test]
fn what_a_request_on_a_bucket_needs_is_known_of_listings_only() {
    for (method, query, action) in [
        ("GET", &[][..], Some("s3:ListBucket")),
        ("HEAD", &[], Some("s3:ListBucket")),
        ("GET", &[("list-type", "2"), ("prefix", "a/")], Some("s3:ListBucket")),
        ("GET", &[("versions", "")], Some("s3:ListBucketVersions")),
        ("GET", &[("location", "")], None),
        ("GET", &[("policy", "")], None),
        ("GET", &[("acl", "")], None),
        ("PUT", &[], None),
        ("PUT", &[("acl", "")], None),
        ("DELETE", &[], None),
        ("POST", &[("delete", "")], None),
    ] {
        let url = on_bucket(method, query);
        let (host, target) = split(&url);
        let case = case(&url, None, Some(&curl(method, host, target, &[])));
        assert_eq!(case.operation().action, action, "{method} {query:?}");
        let policy = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket*","Resource":"*"}]}"#;
        let facts = Facts {
            bucket_policy: Looked::Found(Policy::read(policy).unwrap()),
            signer: Looked::Found(Principal::of(ROLE)),
            ..Facts::default()
        };
        let report = Report::of(&case.with_facts(facts));
        let check = "bucket-policy-denies";
        assert_eq!(certainty(&report, check), action.map(|_| "certain"), "{method} {query:?}: {report:?}");
        let unseen = report.could_not_look.iter().any(|unseen| unseen.check == check);
        assert_eq!(unseen, action.is_none(), "{method} {query:?}: {report:?}");
    }
}

#[test]
fn what_is_posted_as_it_was_signed_is_not_called_an_upload_by_form() {
    for query in
        [&[("uploadId", "1")][..], &[("restore", "")], &[("select", ""), ("select-type", "2")], &[("uploads", "")]]
    {
        let url = on_object("POST", query);
        let (host, target) = split(&url);
        let report = Report::of(&case(&url, None, Some(&curl("POST", host, target, &[]))));
        assert_eq!(certainty(&report, "method"), None, "{query:?}: {report:?}");
    }
    let url = on_bucket("POST", &[("delete", "")]);
    let (host, target) = split(&url);
    let report = Report::of(&case(&url, None, Some(&curl("POST", host, target, &[]))));
    assert_eq!(certainty(&report, "method"), None, "{report:?}");
    // SDKs put what they know of a checksum into the query.
    for url in [
        on_object("POST", &[("uploadId", "1"), ("x-amz-checksum-crc32", "AAAAAA==")]),
        on_bucket("POST", &[("delete", ""), ("x-amz-sdk-checksum-algorithm", "CRC32")]),
    ] {
        let (host, target) = split(&url);
        let report = Report::of(&case(&url, None, Some(&curl("POST", host, target, &[]))));
        assert_eq!(certainty(&report, "method"), None, "{report:?}");
    }
    let url = on_object("PUT", &[]);
    let (host, target) = split(&url);
    let report = Report::of(&case(&url, None, Some(&curl("POST", host, target, &[]))));
    assert_eq!(certainty(&report, "method"), Some("likely"), "{report:?}");
}

/// The parameter tells the method, and so what a policy must not deny.
#[test]
fn a_request_to_restore_is_looked_at_as_one() {
    let policy = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:RestoreObject","Resource":"*"}]}"#;
    let facts = Facts { bucket_policy: Looked::Found(Policy::read(policy).unwrap()), ..Facts::default() };
    let report = Report::of(&case(&on_object("POST", &[("restore", "")]), None, None).with_facts(facts));
    assert_eq!(certainty(&report, "bucket-policy-denies"), Some("certain"), "{report:?}");
}

#[test]
fn a_signed_source_makes_it_a_copy() {
    let headers = vec![("x-amz-copy-source", "/other/k")];
    let copy = case(&Signer { method: "PUT", headers, ..Signer::session() }.url(), None, None);
    assert_eq!((copy.method(), copy.operation().action), ("PUT", Some("s3:PutObject")));
}

/// What denies everything denies a request of which it is not known what it needs; and what S3 names is known.
#[test]
fn a_deny_may_match_what_a_bucket_is_asked_for_though_that_is_not_told() {
    let url = on_bucket("GET", &[("cors", "")]);
    let (host, target) = split(&url);
    let sent = curl("GET", host, target, &[]);
    let denied = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: s3:GetBucketCORS on resource: \
         \"arn:aws:s3:::amzn-s3-demo-bucket\" with an explicit deny in a resource-based policy</Message></Error>"
    );
    for (action, error, expected, unseen) in [
        ("*", None, Some("certain"), false),
        ("S3:*", None, Some("certain"), false),
        ("s3:Get*", None, None, true),
        ("s3:Get*", Some(denied.as_str()), Some("certain"), false),
        ("s3:Put*", Some(denied.as_str()), None, false),
    ] {
        let deny =
            format!(r#"{{"Statement":[{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":"*"}}]}}"#);
        let facts = Facts { bucket_policy: Looked::Found(Policy::read(&deny).unwrap()), ..Facts::default() };
        let report = Report::of(&case(&url, error, Some(&sent)).with_facts(facts));
        let check = "bucket-policy-denies";
        assert_eq!(certainty(&report, check), expected, "{action} {error:?}: {report:?}");
        assert_eq!(report.could_not_look.iter().any(|it| it.check == check), unseen, "{action} {error:?}: {report:?}");
    }
}

/// It may be for PUT, which creates the bucket.
#[test]
fn a_listings_parameters_tell_that_a_bucket_is_asked_by_get() {
    let list = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"*"}]}"#;
    for (query, expected, unseen) in [
        (&[("prefix", "a/")][..], Some("certain"), None),
        (&[("delimiter", "/"), ("max-keys", "5")], Some("certain"), None),
        (&[], None, Some("method")),
        (&[("prefix", "a/"), ("tenant", "1")], None, Some("method")),
    ] {
        let facts = Facts { bucket_policy: Looked::Found(Policy::read(list).unwrap()), ..Facts::default() };
        let report = Report::of(&case(&on_bucket("GET", query), None, None).with_facts(facts));
        let check = "bucket-policy-denies";
        assert_eq!(certainty(&report, check), expected, "{query:?}: {report:?}");
        let reason = report.could_not_look.iter().find(|it| it.check == check).map(|it| it.reason.as_str());
        assert_eq!(reason.is_some(), unseen.is_some(), "{query:?}: {report:?}");
        assert!(unseen.is_none_or(|unseen| reason.is_some_and(|it| it.contains(unseen))), "{query:?}: {reason:?}");
    }
}
