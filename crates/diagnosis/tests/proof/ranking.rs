//! How sure each finding is beside S3's own answer.

use diagnosis::facts::{Facts, Looked};
use diagnosis::{Case, Input, Report};

use crate::broken::{Broken, broken};
use crate::signer::{Signer, after};

fn document(code: &str, message: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
}

fn found(broken: &Broken) -> Vec<(&'static str, &'static str)> {
    let report = crate::report(broken);
    report.findings.iter().map(|finding| (finding.check, finding.certainty.as_str())).collect()
}

fn answered(url: impl Into<String>, error: impl Into<String>) -> Vec<(&'static str, &'static str)> {
    found(&Broken { error: Some(error.into()), ..broken("answered", "", url) })
}

/// The pasted text may be damaged, and the URL that was sent not.
#[test]
fn s3s_own_reason_stands_beside_what_was_done_to_the_url() {
    let url = Signer::user().url();
    for (pasted, check) in [
        (url.replace('&', "\\u0026"), "json-escaped"),
        (url.replace('&', "&amp;"), "html-escaped"),
        (format!("{url}."), "trailing-punctuation"),
        (format!("{url}%22"), "signature-altered"),
        (format!("{url}&X-Amz-Expires=60"), "repeated-parameter"),
    ] {
        for (code, reason) in [("NoSuchKey", "no-such-key"), ("NoSuchBucket", "no-such-bucket")] {
            let found = answered(&*pasted, document(code, "no"));
            assert_eq!(found.first(), Some(&(reason, "certain")), "{check}: {found:?}");
            assert!(found.contains(&(check, "possible")), "{check}: {found:?}");
        }
        let found = answered(&*pasted, document("AccessDenied", "Access Denied"));
        assert_eq!(found.get(..2), Some([(check, "certain"), ("access-denied", "likely")].as_slice()), "{found:?}");
        let found = answered(&*pasted, document("SignatureDoesNotMatch", "no"));
        assert!(found.iter().all(|(check, _)| *check != "signature-does-not-match"), "{found:?}");
    }
    let found = answered(url.replace("q1.pdf", "q\u{200b}1.pdf"), document("NoSuchKey", "no"));
    assert_eq!(found.first(), Some(&("look-alike-character", "certain")), "it may be the key: {found:?}");
}

/// A status is an answer too: S3 says 404 of no URL that has expired.
#[test]
fn a_status_alone_rules_out_what_has_another() {
    let late = |status: u16| {
        let line = format!("An error occurred ({status}) when calling the HeadObject operation: no");
        found(&Broken { error: Some(line), now: after(7200), ..broken("late", "", Signer::user().url()) })
    };
    assert_eq!(late(404).first(), Some(&("no-such-key", "likely")));
    assert!(late(404).contains(&("expired", "possible")), "{:?}", late(404));
    assert_eq!(late(400).first(), Some(&("bad-request-head", "likely")));
    assert_eq!(late(403).get(..2), Some([("expired", "certain"), ("forbidden-head", "likely")].as_slice()));
}

/// A bucket of such a name is most likely somebody else's.
#[test]
fn a_placeholder_is_what_another_accounts_answer_may_come_of() {
    let host = "undefined.s3.eu-central-1.amazonaws.com".to_owned();
    let url = Signer { host, ..Signer::user() }.url();
    let is = |certainty, error: String| {
        let found = answered(&*url, error);
        assert!(found.contains(&("bucket-name", certainty)), "{found:?}");
    };
    is("possible", document("AccessDenied", "Access Denied"));
    is("possible", document("PermanentRedirect", "no"));
    is("possible", "An error occurred (403) when calling the HeadObject operation: Forbidden".to_owned());
    is("likely", document("NoSuchBucket", "no"));
    is("hint", document("NoSuchKey", "no"));
}

/// Whoever signs a parameter of their own puts it before the signature, or all of them in alphabetical order.
#[test]
fn a_parameter_that_may_have_been_signed_is_not_called_added() {
    let signed = Signer { query: vec![("download", "1")], ..Signer::user() }.url();
    let (address, query) = signed.split_once('?').unwrap();
    let mut sorted: Vec<&str> = query.split('&').collect();
    sorted.sort_unstable();
    let sorted = format!("{address}?{}", sorted.join("&"));
    let first = format!("{address}?download=1&{}", query.replace("&download=1", ""));
    for url in [&signed, &sorted, &first] {
        let found = answered(&**url, document("SignatureDoesNotMatch", "no"));
        assert!(found.contains(&("added-parameter", "possible")), "{url}: {found:?}");
        assert!(found.contains(&("signature-does-not-match", "likely")), "{url}: {found:?}");
    }
    for url in [format!("{}&download=1", Signer::user().url()), format!("{sorted}&a=b")] {
        let found = answered(url, document("SignatureDoesNotMatch", "no"));
        assert!(found.contains(&("added-parameter", "likely")), "{found:?}");
    }
}

/// What stands around a sound URL is no damage to it.
#[test]
fn words_behind_a_whole_signature_are_no_part_of_it() {
    let url = Signer::session().url();
    for pasted in [
        format!("\"{url} does not work\""),
        format!("GET {url} HTTP/1.1"),
        format!("{url}\nas of this morning"),
        format!("{url} (since Monday)"),
    ] {
        let found = found(&broken("words", "", pasted.as_str()));
        assert!(found.iter().all(|(_, certainty)| !["certain", "likely"].contains(certainty)), "{pasted}: {found:?}");
        assert!(found.contains(&("quoted", "possible")), "{pasted}: {found:?}");
    }
    let folded = url.replace("&X-Amz-Signature=", "\n&X-Amz-Signature=");
    assert_eq!(found(&broken("folded", "", folded)).first(), Some(&("line-break", "certain")));
    let goes_on = format!("{url}\n&x-id=GetObject");
    assert_eq!(found(&broken("folded behind it", "", goes_on)).first(), Some(&("line-break", "certain")));
}

/// botocore writes the token's name in lower case there.
#[test]
fn a_session_under_signature_version_2_has_its_letters_as_they_should_be() {
    let url = "https://b.s3.amazonaws.com/k?AWSAccessKeyId=ASIAIOSFODNN7EXAMPLE&x-amz-security-token=t&Expires=1777633200&Signature=vjby";
    let found = found(&broken("SigV2", "", url));
    assert_eq!(found.first(), Some(&("signature-version-2", "likely")), "{found:?}");
    assert!(found.iter().all(|(check, _)| *check != "letter-case"), "{found:?}");
}

/// The one rules out what the other blames.
#[test]
fn an_anonymous_request_is_not_refused_for_the_signers_permissions() {
    let url = Signer::user().url();
    let found = answered(url.split('?').next().unwrap(), document("AccessDenied", "Access Denied"));
    assert_eq!(found.first(), Some(&("not-presigned", "certain")), "{found:?}");
    assert!(found.iter().all(|(check, _)| *check != "access-denied"), "{found:?}");
}

#[test]
fn a_slash_at_the_keys_end_is_told() {
    let url = Signer { path: "/reports/".to_owned(), ..Signer::user() }.url();
    let found = answered(url, document("NoSuchKey", "no"));
    assert!(found.contains(&("bucket-and-key", "likely")), "{found:?}");
}

/// What a tool has written in a signature's place tells nothing of what was sent.
#[test]
fn a_recording_without_its_signature_is_no_certain_difference() {
    let url = Signer::user().url();
    let (host, target) = crate::signer::split(&url);
    let hidden = target.replace(crate::signer::parameter(&url, "X-Amz-Signature"), "REDACTED");
    let sent = crate::seen_by_s3::curl("GET", host, &hidden, &[]);
    let found = found(&Broken { request: Some(sent), ..broken("hidden", "", &*url) });
    assert!(found.contains(&("request-differs", "possible")), "{found:?}");
}

#[test]
fn a_url_without_its_signature_differs_in_nothing_that_is_certain() {
    let url = Signer::user().url();
    let (host, target) = crate::signer::split(&url);
    let hidden = url.replace(crate::signer::parameter(&url, "X-Amz-Signature"), "REDACTED");
    let seen = crate::seen_by_s3::Received { method: "GET", host, target, headers: &[] }.refused();
    let sent = crate::seen_by_s3::curl("GET", host, target, &[]);
    let found = found(&Broken { request: Some(sent), error: Some(seen), ..broken("hidden", "", hidden) });
    assert!(found.contains(&("request-differs", "possible")), "{found:?}");
    assert!(found.iter().all(|(check, _)| *check != "seen-signature-differs"), "{found:?}");
}

/// CloudFront's one answer is no word of S3's about permissions.
#[test]
fn cloudfronts_refusal_is_explained_by_the_urls_end() {
    for host in ["d111111abcdef8.cloudfront.net", "files.example.com"] {
        let url = |end: u64| format!("https://{host}/k?Expires={end}&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F");
        let denied = || document("AccessDenied", "Access denied");
        let late = answered(url(1_777_629_600), denied());
        assert_eq!(late, [("expired", "certain"), ("not-presigned", "hint")]);
        let missing = answered(url(1_777_629_600), document("NoSuchKey", "no"));
        assert_eq!(missing.first(), Some(&("no-such-key", "certain")), "{missing:?}");
        let report = crate::report(&Broken { error: Some(denied()), ..broken("denied", "", url(1_777_633_200)) });
        assert!(report.findings[0].cause.contains("CloudFront") && report.findings[0].rules_out.is_empty());
        assert!(report.passed.contains(&"expired"), "{report:?}");
    }
}

/// Of what only comes next it is not known what S3 will say then.
#[test]
fn what_comes_next_rules_nothing_out() {
    let url = Signer::user().url();
    let denied = document(
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" \
         because no identity-based policy allows the s3:GetObject action",
    );
    let late = Broken { error: Some(denied.clone()), now: after(7200), ..broken("late", "", &*url) };
    let (host, target) = crate::signer::split(&url);
    let sent = |host, more: &[(&str, &str)]| Broken {
        request: Some(crate::seen_by_s3::curl("GET", host, target, more)),
        error: Some(denied.clone()),
        ..broken("sent", "", &*url)
    };
    for (broken, check) in [
        (late, "expired"),
        (sent(host, &[("x-amz-acl", "private")]), "unsigned-amz-header"),
        (sent("proxy.example.com", &[]), "host-differs"),
    ] {
        let report = crate::report(&broken);
        assert_eq!(report.findings[0].check, "denied-by-identity-policy", "{report:?}");
        let next = report.findings.iter().find(|finding| finding.check == check).unwrap();
        assert_eq!((next.certainty.as_str(), next.rules_out.as_slice()), ("possible", &[][..]), "{report:?}");
    }
}

/// A preflight has answers of its own, which tell nothing of the signature.
#[test]
fn a_preflight_that_s3_refuses_is_for_the_buckets_cors_rules() {
    let url = Signer { method: "PUT", ..Signer::session() }.doing("PutObject").url();
    let (host, target) = crate::signer::split(&url);
    let asked = [("origin", "https://app.example.com"), ("access-control-request-method", "PUT")];
    let request = crate::seen_by_s3::curl("OPTIONS", host, target, &asked);
    for said in [
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / \
         Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        "CORSResponse: CORS is not enabled for this bucket.",
    ] {
        let error = Some(document("AccessForbidden", said));
        let found = found(&Broken { request: Some(request.clone()), error, ..broken("preflight", "", &*url) });
        assert_eq!(found.get(..2), Some([("cors", "certain"), ("method", "likely")].as_slice()), "{found:?}");
    }
}

#[test]
fn a_preflight_for_a_bucket_that_is_not_there_misses_no_rule() {
    let url = Signer { method: "PUT", ..Signer::session() }.doing("PutObject").url();
    let (host, target) = crate::signer::split(&url);
    let request = crate::seen_by_s3::curl("OPTIONS", host, target, &[("access-control-request-method", "PUT")]);
    let error = document("AccessForbidden", "CORSResponse: Bucket not found");
    let input = Input { url: &url, error: Some(&error), request: Some(&request), now: after(60) };
    for (facts, expected) in [
        (None, &["no-such-bucket"][..]),
        (Some(Facts { bucket_region: Looked::Nothing, ..Facts::default() }), &["bucket-region", "no-such-bucket"]),
    ] {
        let case = Case::read(input).unwrap();
        let report = Report::of(&facts.map_or(case.clone(), |facts| case.with_facts(facts)));
        let sure = report.findings.iter().filter(|finding| finding.certainty.as_str() == "certain");
        assert_eq!(sure.map(|finding| finding.check).collect::<Vec<_>>(), expected, "{report:?}");
        // To give a rule to a bucket that is not there mends nothing.
        assert!(report.findings.iter().all(|it| !["cors", "method"].contains(&it.check)), "{report:?}");
        assert!(report.findings.iter().all(|it| !it.cause.contains("another reason")), "{report:?}");
    }
}

/// A preflight that is refused has the status 403.
#[test]
fn a_status_that_no_preflight_is_refused_with_does_not_speak_of_the_method() {
    let url = Signer { method: "PUT", ..Signer::session() }.url();
    let (host, target) = crate::signer::split(&url);
    let sent = crate::seen_by_s3::curl("POST", host, target, &[]);
    for (status, certainty) in [("403 Forbidden", "likely"), ("404 Not Found", "possible")] {
        let error = Some(format!("HTTP/1.1 {status}\r\nServer: AmazonS3\r\n\r\n"));
        let found = found(&Broken { request: Some(sent.clone()), error, ..broken("without a document", "", &*url) });
        assert!(found.contains(&("method", certainty)), "{status}: {found:?}");
    }
}

/// Of a parameter that stands twice, the second value counts as well.
#[test]
fn a_repeated_parameter_of_another_value_is_named() {
    let url = format!("{}&a=1&a=2", Signer::user().url());
    let (host, target) = crate::signer::split(&url);
    let sent = crate::seen_by_s3::curl("GET", host, &target.replace("a=2", "a=3"), &[]);
    let report = crate::report(&Broken { request: Some(sent), ..broken("repeated", "", &*url) });
    let differs = report.findings.iter().find(|finding| finding.check == "request-differs").unwrap();
    assert!(differs.evidence.iter().any(|it| it.text.ends_with("another value for `a`")), "{differs:?}");
}

/// What differs is named, though it is no text.
#[test]
fn a_parameter_whose_name_is_no_text_is_named() {
    let url = format!("{}&%FF=1", Signer::user().url());
    let (host, target) = crate::signer::split(&url);
    let sent = crate::seen_by_s3::curl("GET", host, &target.replace("%FF", "%FE"), &[]);
    let report = crate::report(&Broken { request: Some(sent), ..broken("no text", "", &*url) });
    let differs = report.findings.iter().find(|finding| finding.check == "request-differs").unwrap();
    assert!(differs.evidence.iter().all(|it| !it.text.ends_with("for ")), "{differs:?}");
    assert!(differs.evidence.iter().any(|it| it.text == "the query sent is without `\u{fffd}`"), "{differs:?}");
}

/// What S3 leaves open is nothing that is ruled out.
#[test]
fn that_other_policies_may_deny_as_well_is_evidence() {
    let denied = document(
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject because no identity-based policy allows \
         the s3:GetObject action",
    );
    let report = crate::report(&Broken { error: Some(denied), ..broken("denied", "", Signer::user().url()) });
    let finding = &report.findings[0];
    assert!(finding.rules_out.iter().all(|it| !it.contains("other kinds")), "{finding:?}");
    assert!(finding.evidence.iter().any(|it| it.text.contains("other kinds of policy")), "{finding:?}");
}

/// Whoever reads a command should have to fill in no more than is not known.
#[test]
fn a_command_has_the_urls_own_bucket_and_key_where_they_can_be_pasted() {
    let hidden = document(
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:ListBucket on resource: \
         \"arn:aws:s3:::amzn-s3-demo-bucket\" because no identity-based policy allows the s3:ListBucket action",
    );
    let list = "aws s3api list-objects-v2 --bucket amzn-s3-demo-bucket --prefix";
    for (path, error, paste) in [
        ("/reports/q1.pdf", hidden.clone(), format!("{list} reports/")),
        ("/q1.pdf", hidden.clone(), format!("{list} PREFIX")),
        ("/a%20b;id/q1.pdf", hidden, format!("{list} PREFIX")),
        ("/reports/q1.pdf", document("NoSuchKey", "no"), format!("{list} reports/")),
        (
            "/reports/q1.pdf",
            document("InvalidObjectState", "no"),
            "aws s3api restore-object --bucket amzn-s3-demo-bucket --key reports/q1.pdf --restore-request Days=1"
                .to_owned(),
        ),
    ] {
        let url = Signer { path: path.to_owned(), ..Signer::user() }.url();
        let report = crate::report(&Broken { error: Some(error), ..broken("missing", "", url) });
        assert_eq!(report.findings[0].fix.paste.as_ref(), Some(&paste), "{path}: {report:?}");
    }
}
