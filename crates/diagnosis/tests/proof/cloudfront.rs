//! CloudFront signed URLs whose policy stands in them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use diagnosis::facts::{Circumstances, Facts};
use diagnosis::{Case, Input, Report};

use crate::signer::after;

const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>";

/// A URL for an hour from `starts` on, for `resource` and addresses of a documentation network.
fn url(resource: &str, starts: i64) -> String {
    let (starts, ends) = (after(starts).as_second(), after(starts + 3600).as_second());
    let policy = format!(
        r#"{{"Statement":[{{"Resource":"{resource}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{ends}}},"DateGreaterThan":{{"AWS:EpochTime":{starts}}},"IpAddress":{{"AWS:SourceIp":"192.0.2.0/24"}}}}}}]}}"#
    );
    signed(&BASE64_STANDARD.encode(policy).replace('+', "-").replace('=', "_").replace('/', "~"))
}

/// `Expires` says nothing where there is a policy.
fn signed(policy: &str) -> String {
    format!(
        "https://d111111abcdef8.cloudfront.net/a/k.pdf?size=large&Expires=1&Policy={policy}&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F"
    )
}

fn report(url: &str, source_ip: Option<&str>) -> Report {
    let case = Case::read(Input { url, error: Some(DENIED), request: None, now: after(60) }).unwrap();
    let circumstances = Circumstances { source_ip: source_ip.map(str::to_owned), ..Circumstances::default() };
    let report = Report::of(&case.with_facts(Facts { circumstances, ..Facts::default() }));
    assert!(!format!("{report:?}").contains("a~b_"), "{report:?}");
    report
}

fn causes(report: &Report) -> Vec<(&'static str, &'static str)> {
    let causes = report.findings.iter().filter(|finding| finding.certainty.is_cause());
    causes.map(|finding| (finding.check, finding.certainty.as_str())).collect()
}

#[test]
fn what_the_policy_says_is_compared_with_the_url_and_the_time() {
    let whole = "https://d111111abcdef8.cloudfront.net/a/k.pdf?size=large";
    for (url, cause) in [
        (url(whole, -7200), ("expired", "certain")),
        (url(whole, 3600), ("not-yet-valid", "certain")),
        (url("https://d111111abcdef8.cloudfront.net/b/*", 0), ("cloudfront-policy", "likely")),
        (url("https://d111111abcdef8.cloudfront.net/a/k.pdf", 0), ("cloudfront-policy", "likely")),
        (signed("eyJTdGF0ZW1lbnQiOl"), ("cloudfront-policy", "certain")),
        // Nothing is wrong with these, as far as is known.
        (url(whole, 0), ("access-denied", "likely")),
        (url("http*://d111111abcdef8.cloudfront.net/a/*", 0), ("access-denied", "likely")),
        (url("*", 0), ("access-denied", "likely")),
    ] {
        let report = report(&url, None);
        assert_eq!(causes(&report), [cause], "{url}: {report:?}");
    }
    assert_eq!(report(&url("*", 0), None).url.expires_at, Some(after(3600)));
}

/// The signature is of the URL to the byte: `?download` is not `?download=`.
#[test]
fn the_query_is_compared_as_it_stands_in_the_url() {
    for query in ["download", "download=", "a&&b=%7e", "a=1&"] {
        let resource = format!("https://d111111abcdef8.cloudfront.net/a/k.pdf?{query}");
        let fits = url(&resource, 0).replace("size=large", query);
        assert_eq!(causes(&report(&fits, None)), [("access-denied", "likely")], "{query}");
        let differs = url(&resource, 0).replace("size=large", "other");
        assert_eq!(causes(&report(&differs, None)), [("cloudfront-policy", "likely")], "{query}");
    }
}

#[test]
fn a_policy_that_is_longer_than_any_url_takes_no_time_and_is_not_called_fine() {
    let long = url(&format!("https://d111111abcdef8.cloudfront.net/{}", "*a".repeat(10_000)), 0);
    let report = report(&long.replace("k.pdf", &"a".repeat(20_000)), None);
    assert!(report.could_not_look.iter().any(|unseen| unseen.check == "cloudfront-policy"), "{report:?}");
    assert!(!report.passed.contains(&"cloudfront-policy"), "{report:?}");
}

#[test]
fn whoever_comes_from_elsewhere_is_told_so() {
    for (address, cause) in
        [("192.0.2.7", ("access-denied", "likely")), ("198.51.100.7", ("cloudfront-policy", "likely"))]
    {
        let report = report(&url("*", 0), Some(address));
        assert_eq!(causes(&report), [cause], "{address}: {report:?}");
    }
}

#[test]
fn a_policys_query_is_not_shown() {
    let resource = "https://elsewhere.example/k?X-Amz-Security-Token=abcdefghijklmnopqrstuvwxyz";
    let report = report(&url(resource, 0), None);
    let printed = format!("{report:?}");
    assert!(printed.contains("https://elsewhere.example/k?…") && !printed.contains("Security-Token"), "{printed}");
}
