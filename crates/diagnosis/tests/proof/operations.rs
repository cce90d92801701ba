//! What depends on the operation that the URL is for, and on whether that is known.

use diagnosis::facts::{
    Circumstances, CorsRule, Decision, Encryption, Facts, KmsKey, Looked, ObjectFacts, Permission, Principal,
};
use diagnosis::{Case, Input, Report};

use crate::seen_by_s3::{Received, curl};
use crate::signer::{Signer, after, split};

const ROLE: &str = "arn:aws:iam::123456789012:role/signer";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn case(url: &str, error: Option<&str>, request: Option<&str>) -> Case {
    Case::read(Input { url, error, request, now: after(60) }).unwrap()
}

fn certainty(report: &Report, check: &str) -> Option<&'static str> {
    report.findings.iter().find(|finding| finding.check == check).map(|finding| finding.certainty.as_str())
}

fn denied(action: &str) -> Looked<Permission> {
    Looked::Found(Permission {
        action: action.to_owned(),
        resource: "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf".to_owned(),
        decision: Decision::ImplicitDeny,
        organization_allows: None,
        boundary_allows: None,
        missing_context: Vec::new(),
        policies: Vec::new(),
    })
}

fn message(action: &str, reason: &str) -> String {
    format!(
        "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s1 is not authorized to perform: \
         {action} on resource: \"arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf\" {reason}</Message></Error>"
    )
}

/// Most SDKs name no operation: a URL to upload looks like one to read.
#[test]
fn what_rests_on_a_method_that_nothing_tells_is_possible_at_most() {
    let plain = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let upload = Signer { method: "PUT", ..Signer::session() }.url();
    let key = KmsKey { arn: KEY.to_owned(), state: "Disabled".to_owned() };
    let facts = || Facts {
        signer: Looked::Found(Principal::of(ROLE)),
        may_request: denied("s3:GetObject"),
        may_decrypt: denied("kms:Decrypt"),
        object: Looked::Nothing,
        kms_key: Looked::Found(key.clone()),
        ..Facts::default()
    };
    for check in ["signer-permission", "signer-may-decrypt", "object-exists", "kms-key-state"] {
        let report = Report::of(&case(&upload, Some(plain), None).with_facts(facts()));
        assert_eq!(certainty(&report, check), Some("possible"), "{check}: {report:?}");
        let finding = report.findings.iter().find(|finding| finding.check == check).unwrap();
        assert!(finding.evidence.iter().any(|it| it.text.contains("nothing tells which method")), "{finding:?}");
        assert!(finding.rules_out.is_empty(), "{finding:?}");
        let read = Signer::session().doing("GetObject").url();
        let known = Report::of(&case(&read, Some(plain), None).with_facts(facts()));
        assert!(known.findings.iter().any(|it| it.check == check && it.certainty.is_cause()), "{check}: {known:?}");
    }
}

/// What the signer may by GET tells nothing of what it may by PUT.
#[test]
fn what_is_fine_for_one_method_is_not_fine_while_nothing_tells_the_method() {
    let allowed = |action: &str| {
        let Looked::Found(denied) = denied(action) else { unreachable!() };
        Looked::Found(Permission { decision: Decision::Allowed, ..denied })
    };
    let facts = || Facts {
        signer: Looked::Found(Principal::of(ROLE)),
        may_request: allowed("s3:GetObject"),
        may_decrypt: allowed("kms:Decrypt"),
        kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Enabled".to_owned() }),
        object: Looked::Found(ObjectFacts::default()),
        ..Facts::default()
    };
    let upload = Signer { method: "PUT", ..Signer::session() }.url();
    for (url, known) in [(upload, false), (Signer::session().doing("GetObject").url(), true)] {
        let report = Report::of(&case(&url, None, None).with_facts(facts()));
        for check in ["signer-permission", "signer-may-decrypt", "kms-key-state"] {
            assert_eq!(report.passed.contains(&check), known, "{check}: {report:?}");
            assert_eq!(report.could_not_look.iter().any(|it| it.check == check), !known, "{check}: {report:?}");
        }
        // The object is what it is by any method.
        assert!(report.passed.contains(&"object-exists"), "{report:?}");
    }
}

/// A browser's question before the upload is not the upload.
#[test]
fn a_preflight_tells_the_method_that_it_asks_for() {
    let headers = vec![("content-type", "text/plain")];
    let url = Signer { method: "PUT", headers, ..Signer::session() }.url();
    let (host, target) = split(&url);
    let origin = ("origin", "https://app.example.com");
    let asks = |method| curl("OPTIONS", host, target, &[origin, ("access-control-request-method", method)]);
    let untold = curl("OPTIONS", host, target, &[origin]);
    let rule = |method: &str| CorsRule {
        origins: vec!["*".to_owned()],
        methods: vec![method.to_owned()],
        headers: vec!["*".to_owned()],
        exposes: Vec::new(),
    };
    for (sent, allowed, method, cors) in [
        (asks("PUT"), "PUT", "PUT", None),
        (asks("PUT"), "GET", "PUT", Some("likely")),
        (asks("DELETE"), "PUT", "DELETE", Some("likely")),
        (untold, "PUT", "PUT", None),
    ] {
        let case = case(&url, None, Some(&sent));
        assert_eq!(case.method(), method, "{sent}");
        let circumstances = Circumstances { origin: Some(origin.1.to_owned()), ..Circumstances::default() };
        let facts = Facts { circumstances, cors: Looked::Found(vec![rule(allowed)]), ..Facts::default() };
        let report = Report::of(&case.with_facts(facts));
        assert_eq!(certainty(&report, "cors"), cors, "{sent}: {report:?}");
        assert_eq!(certainty(&report, "signed-header-missing"), None, "{report:?}");
        assert!(report.findings.iter().any(|it| it.check == "method" && it.cause.contains("preflight")), "{report:?}");
    }
}

/// Whoever reads asks for the checksum by a header of the uploads' family.
#[test]
fn a_url_that_asks_for_a_checksum_is_not_one_to_upload() {
    let headers = vec![("x-amz-checksum-mode", "ENABLED")];
    let url = Signer { headers, ..Signer::session() }.url();
    let (host, target) = split(&url);
    let case = case(&url, None, Some(&curl("GET", host, target, &[("x-amz-checksum-mode", "ENABLED")])));
    let report = Report::of(&case);
    assert_eq!(certainty(&report, "method"), None, "{report:?}");
}

#[test]
fn the_method_is_told_by_request_answer_and_url_in_this_order() {
    let url = Signer { method: "PUT", ..Signer::session() }.url();
    let named = Signer::session().doing("GetObject").url();
    let (host, target) = split(&url);
    let seen = Received { method: "DELETE", host, target, headers: &[] }.refused();
    let sent = curl("PUT", host, target, &[]);
    let put = message("s3:PutObject", "because no identity-based policy allows the s3:PutObject action");
    let operation = |case: Case| (case.method().to_owned(), case.operation().action);
    for (case, method, action) in [
        (case(&url, None, None), "GET", "s3:GetObject"),
        (case(&named, None, None), "GET", "s3:GetObject"),
        (case(&url, Some(&put), None), "PUT", "s3:PutObject"),
        (case(&url, Some(&seen), None), "DELETE", "s3:DeleteObject"),
        (case(&url, Some(&seen), Some(&sent)), "PUT", "s3:PutObject"),
    ] {
        assert_eq!(operation(case), (method.to_owned(), Some(action)));
    }
}

/// An upload has no object before it is complete; to delete needs neither an object nor a key.
#[test]
fn only_what_reads_an_object_misses_it_or_its_key() {
    let in_parts = |operation| Signer { query: vec![("uploadId", "1")], ..Signer::session() }.doing(operation).url();
    for (url, needs_object, kms_actions) in [
        (Signer::session().doing("DeleteObject").url(), false, 0),
        (in_parts("AbortMultipartUpload"), false, 0),
        (in_parts("ListParts"), false, 1),
        (Signer::session().doing("GetObject").url(), true, 1),
        (Signer::session().doing("PutObject").url(), false, 1),
    ] {
        let case = case(&url, None, None);
        let operation = case.operation();
        assert_eq!((operation.needs_object, operation.kms_actions.len()), (needs_object, kms_actions), "{url}");
        let facts = Facts {
            signer: Looked::Found(Principal::of(ROLE)),
            object: Looked::Nothing,
            kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Disabled".to_owned() }),
            ..Facts::default()
        };
        let report = Report::of(&case.with_facts(facts));
        assert_eq!(certainty(&report, "object-exists").is_some(), needs_object, "{url}: {report:?}");
        assert_eq!(certainty(&report, "kms-key-state").is_some(), kms_actions > 0, "{url}: {report:?}");
    }
}

/// Whatever the bucket's default is, the request's own encryption counts.
#[test]
fn an_upload_that_is_encrypted_by_s3_itself_needs_no_kms_key() {
    let headers = vec![("x-amz-server-side-encryption", "AES256")];
    let url = Signer { method: "PUT", headers: headers.clone(), ..Signer::session() }.url();
    let (host, target) = split(&url);
    let sent = curl("PUT", host, target, &headers);
    let case = case(&url, None, Some(&sent));
    assert!(case.operation().kms_actions.is_empty());
    let facts = Facts {
        bucket_encryption: Looked::Found(Encryption { algorithm: "aws:kms".to_owned(), kms_key: Some(KEY.to_owned()) }),
        kms_key: Looked::Found(KmsKey { arn: KEY.to_owned(), state: "Disabled".to_owned() }),
        ..Facts::default()
    };
    let report = Report::of(&case.with_facts(facts));
    assert_eq!(certainty(&report, "kms-key-state"), None, "{report:?}");
}

/// A form's URL has no method in it, and forms are sent by one only.
#[test]
fn a_form_is_posted() {
    let error =
        "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>";
    let form = case("https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/", Some(error), None);
    assert_eq!((form.method(), form.operation().action), ("POST", Some("s3:PutObject")));
}
