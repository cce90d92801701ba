//! What a bucket's CORS rules let a page do.

use diagnosis::facts::{Circumstances, CorsRule, Facts, Looked};
use diagnosis::{Case, Finding, Input, Report};

use crate::signer::{Signer, after};

fn report(url: &str, facts: Facts) -> Report {
    Report::of(&Case::read(Input { url, error: None, request: None, now: after(60) }).unwrap().with_facts(facts))
}

/// A page that asks a bucket with one rule, which lets every page use this method with these headers.
fn from_a_page(method: &str, headers: &[&str], exposes: Vec<String>) -> Facts {
    let headers = headers.iter().map(|header| (*header).to_owned()).collect();
    let rule = CorsRule { origins: vec!["*".to_owned()], methods: vec![method.to_owned()], headers, exposes };
    let circumstances =
        Circumstances { origin: Some("https://app.example.com".to_owned()), ..Circumstances::default() };
    Facts { cors: Looked::Found(vec![rule]), circumstances, ..Facts::default() }
}

fn cors_finding(report: &Report) -> Option<&Finding> {
    report.findings.iter().find(|finding| finding.check == "cors")
}

/// The browser itself sets the length, and asks for no leave.
#[test]
fn cors_rules_need_not_allow_what_the_browser_sends_of_itself() {
    let headers = vec![("content-length", "2"), ("content-type", "text/plain")];
    let url = Signer { headers, ..Signer::upload() }.url();
    for (allowed, expected) in [("content-type", None), ("x-other", Some("possible"))] {
        let report = report(&url, from_a_page("PUT", &[allowed], vec![]));
        let found = cors_finding(&report);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), expected, "{report:?}");
        let paste = found.and_then(|finding| finding.fix.paste.clone()).unwrap_or_default();
        assert!(!paste.contains("content-length"), "{paste}");
    }
}

/// Fetch lists what every page may send, by value.
#[test]
fn cors_rules_need_not_allow_what_every_page_may_send() {
    let long = format!("text/plain;a={}", "b".repeat(128));
    for (name, value, expected) in [
        ("content-type", "text/plain;charset=utf-8", None),
        ("content-type", "multipart/form-data; boundary=x", None),
        ("content-type", "multipart/form-data; boundary=\"a\"", Some("likely")),
        ("content-type", "application/x-www-form-urlencoded", None),
        ("content-type", "application/pdf", Some("likely")),
        ("range", "bytes=0-", None),
        ("range", "bytes=0-99", None),
        ("range", "bytes=-99", Some("likely")),
        ("range", "bytes=0-1,5-6", Some("likely")),
        ("range", "bytes=5-2", Some("likely")),
        ("accept", "application/pdf", None),
        ("accept", "application/json; profile=\"https://example.com\"", Some("likely")),
        ("accept-language", "de-DE, en;q=0.5", None),
        ("accept-language", "de_DE", Some("likely")),
        ("content-language", "de(AT)", Some("likely")),
        ("content-type", &long, Some("likely")),
    ] {
        let signed = Signer { method: "PUT", headers: vec![(name, "x")], ..Signer::session() };
        let url = signed.doing("PutObject").url();
        let (host, target) = crate::signer::split(&url);
        let request = format!("PUT {target} HTTP/1.1\r\nHost: {host}\r\n{name}: {value}\r\n\r\n");
        let facts = from_a_page("PUT", &[], vec![]);
        let case = Case::read(Input { url: &url, error: None, request: Some(&request), now: after(60) }).unwrap();
        let report = Report::of(&case.with_facts(facts));
        let found = cors_finding(&report);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), expected, "{name}: {value}: {report:?}");
        // To paste the command alone would take the other pages' rules away.
        assert!(found.is_none_or(|finding| finding.fix.text.contains("replaces")), "{found:?}");
    }
}

/// Without any rule it is all the same which method it would be.
#[test]
fn a_bucket_without_cors_rules_lets_no_method_through() {
    for cors in [Looked::Nothing, Looked::Found(Vec::new())] {
        let report = report(&Signer::session().url(), Facts { cors, ..Facts::default() });
        let found = cors_finding(&report);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), Some("likely"), "{report:?}");
    }
}

/// Of what is only signed it is not told whether it needs a rule.
#[test]
fn a_value_that_is_not_told_may_be_one_that_every_page_sends() {
    for (name, expected) in
        [("range", "possible"), ("accept", "possible"), ("content-type", "possible"), ("x-amz-acl", "likely")]
    {
        let url = Signer { headers: vec![(name, "x")], ..Signer::session() }.doing("GetObject").url();
        let report = report(&url, from_a_page("GET", &[], vec![]));
        let found = cors_finding(&report);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), Some(expected), "{name}: {report:?}");
    }
}

/// What the page sent, or asked for leave to send, is what the rules are compared with, signed or not.
#[test]
fn cors_rules_must_allow_what_was_sent_and_asked_for() {
    let url = Signer::session().doing("GetObject").url();
    let signed = Signer { headers: vec![("x-amz-request-payer", "requester")], ..Signer::session() };
    let signed = signed.doing("GetObject").url();
    let preflight =
        |headers| vec![("access-control-request-method", "GET"), ("access-control-request-headers", headers)];
    let accepted = format!("text/html,application/xhtml+xml,{};q=0.7", "image/avif,image/webp,".repeat(5));
    let of_a_browser = vec![
        ("user-agent", "Mozilla/5.0"),
        ("accept", accepted.as_str()),
        ("cache-control", "no-cache"),
        ("sec-fetch-mode", "cors"),
    ];
    for (url, method, headers, named) in [
        (&url, "OPTIONS", preflight("x-requested-with"), Some("`x-requested-with`")),
        (&url, "OPTIONS", preflight("x-app, X-Requested-With"), Some("`x-app` and `x-requested-with`")),
        (&url, "OPTIONS", vec![("access-control-request-method", "GET")], None),
        (&url, "GET", vec![("x-requested-with", "XMLHttpRequest")], Some("`x-requested-with`")),
        (&url, "GET", of_a_browser, None),
        (&signed, "GET", vec![], Some("`x-amz-request-payer`")),
        (&signed, "OPTIONS", preflight("x-amz-request-payer"), Some("`x-amz-request-payer`")),
    ] {
        let (host, target) = crate::signer::split(url);
        let request = crate::seen_by_s3::curl(method, host, target, &headers);
        let facts = from_a_page("GET", &[], vec![]);
        let case = Case::read(Input { url, error: None, request: Some(&request), now: after(60) }).unwrap();
        let report = Report::of(&case.with_facts(facts));
        let found = cors_finding(&report);
        assert_eq!(found.map(|it| it.certainty.as_str()), named.map(|_| "likely"), "{method} {headers:?}: {report:?}");
        assert_eq!(report.passed.contains(&"cors"), named.is_none(), "{method} {headers:?}: {report:?}");
        let told =
            named.is_none_or(|named| found.is_some_and(|it| it.evidence.iter().any(|it| it.text.contains(named))));
        assert!(told, "{method} {headers:?}: {found:?}");
    }
}

/// An upload in parts is completed with the `ETag` of each, which a page reads only if the rule says so.
/// <https://github.com/Tonel/multipart-upload-js-demo/issues/3>
#[test]
fn the_rule_for_a_part_must_expose_its_etag() {
    let part = Signer { query: vec![("partNumber", "1"), ("uploadId", "a")], method: "PUT", ..Signer::session() }.url();
    let whole = Signer::session().doing("PutObject").url();
    for (url, exposes, expected) in [
        (&part, vec![], Some("likely")),
        (&part, vec!["x-amz-request-id".to_owned()], Some("likely")),
        (&part, vec!["etag".to_owned()], None),
        (&whole, vec![], None),
    ] {
        let report = report(url, from_a_page("PUT", &[], exposes));
        let found = cors_finding(&report);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), expected, "{report:?}");
    }
}

/// Where the rules were looked at, nothing is said of what was not given.
#[test]
fn a_pages_origin_brings_no_guess_beside_rules_that_allow_it() {
    let url = Signer::user().url();
    let origin = || Some("https://app.example.com".to_owned());
    let case =
        || Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap().from_page(origin());
    let has_cors = |case: &Case| cors_finding(&Report::of(case)).is_some();
    assert!(has_cors(&case()));
    assert!(!has_cors(&case().with_facts(from_a_page("GET", &[], vec![]))));
}
