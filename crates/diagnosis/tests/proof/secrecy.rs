//! No signature and no token comes out again, whatever goes in.

use diagnosis::{Case, Input, Report};
use proptest::prelude::*;

use crate::broken::{Broken, broken};
use crate::seen_by_s3::Received;
use crate::signer::{Signer, TOKEN, after, parameter, split};
use crate::{all, report};

/// The report in both of the forms in which a caller may print it.
fn printed(report: &Report) -> String {
    format!("{}\n{report:?}", serde_json::to_string(report).unwrap())
}

fn pieces(secret: &str) -> impl Iterator<Item = &str> {
    (0..secret.len().saturating_sub(15)).filter_map(|at| secret.get(at..at + 16))
}

#[test]
fn no_piece_of_a_signature_or_token_is_in_any_report_of_the_proof() {
    for broken in all() {
        let printed = printed(&report(&broken));
        let signatures = [Signer::user(), Signer::session(), Signer::upload()].map(|signer| signer.url());
        let own = parameter(&broken.url, "X-Amz-Signature");
        for secret in signatures.iter().map(|url| parameter(url, "X-Amz-Signature")).chain([TOKEN, own]) {
            let piece = pieces(secret).find(|piece| printed.contains(piece));
            assert!(piece.is_none(), "{} prints a piece of a secret", broken.how);
        }
        for other in ["abcdefghijklm", "AQoDYXdzEPT", "0fKFeZ57PPIG", "hidden="] {
            assert!(!printed.contains(other), "{} prints `{other}`", broken.how);
        }
    }
}

/// S3 takes the headers of an encryption with the customer's own key as parameters too.
#[test]
fn a_customers_key_in_the_query_is_not_printed() {
    const KEY: &str = "MzJieXRlc29mYWN1c3RvbWVyc293bmtleWFuZG1vcmU%3D";
    let key = "x-amz-server-side-encryption-customer-key";
    let url = Signer { query: vec![(key, "MzJieXRlc29mYWN1c3RvbWVyc293bmtleWFuZG1vcmU=")], ..Signer::session() }.url();
    let (host, target) = split(&url);
    let changed = target.replace("MzJi", "MzJj");
    let error = Received { method: "GET", host, target: &changed, headers: &[] }.refused();
    let broken = Broken { error: Some(error), ..broken("another key", "seen-query-differs", url.clone()) };
    let printed = printed(&report(&broken));
    assert!(printed.contains(key), "{printed}");
    assert!(pieces(KEY).all(|piece| !printed.contains(piece)), "{printed}");
    assert!(!printed.contains("MzJj"), "{printed}");
}

#[test]
fn the_rest_of_a_token_is_not_shown_as_a_parameters_name() {
    let url = Signer::session().url();
    for url in [url.replace("Token=", "Token&"), url.replace("Token=IQoJb3Jp", "Token=IQoJb3Jp&")] {
        let printed = printed(&report(&broken("a token in two", "added-parameter", url)));
        assert!(pieces(TOKEN).all(|piece| !printed.contains(piece)), "{printed}");
        assert!(printed.contains("names are not shown"), "{printed}");
    }
}

/// Its last piece ends with what a signer encodes.
#[test]
fn the_rest_of_a_token_is_not_shown_for_what_is_not_encoded_in_it() {
    let (rest, url) = ("DEHoaDGV1LWNlbnRyYWw", Signer::user().url());
    let url = url.replace("&X-Amz-Signature", &format!("&X-Amz-Security-Token=IQoJb3Jp&{rest}==&X-Amz-Signature"));
    let error = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>".to_owned();
    let printed = printed(&report(&Broken { error: Some(error), ..broken("a token in two", "signer-encoding", url) }));
    assert!(printed.contains("`=` in a parameter's value") && !printed.contains(rest), "{printed}");
}

/// Every report that can be had of these three texts; that none is had is fine.
fn try_out(url: &str, error: &str, request: &str) -> Vec<Report> {
    let now = after(60);
    let inputs = [
        Input { url, error: None, request: None, now },
        Input { url, error: Some(error), request: None, now },
        Input { url, error: None, request: Some(request), now },
        Input { url, error: Some(error), request: Some(request), now },
    ];
    inputs.into_iter().filter_map(|input| Case::read(input).ok()).map(|case| Report::of(&case)).collect()
}

/// What is offered for pasting must not be what someone else wrote for a shell, nor a statement that allows everything.
#[test]
fn nothing_hostile_is_offered_for_pasting() {
    for evil in ["$(touch x)", "`touch x`", "'; touch x; '", "a|touch x", "*"] {
        let url = format!(
            "https://{0}.s3.eu-west-1.amazonaws.com/{0}?X-Amz-Credential={0}%2F20260501%2F{0}%2Fs3%2Faws4_request&X-Amz-SignedHeaders=host%3B{0}",
            evil.replace(' ', "%20").replace('/', "%2F")
        );
        for message in [
            format!(
                "User: arn:aws:sts::1:assumed-role/{evil}/s is not authorized to perform: {evil} on resource: \"{evil}\" with an explicit deny in an identity-based policy"
            ),
            format!(
                "User: {evil} is not authorized to perform: kms:{evil} on resource: {evil} with an explicit deny in a resource-based policy"
            ),
            format!(
                "User: {evil} is not authorized to perform: {evil} on resource: \"{evil}\" because no identity-based policy allows it"
            ),
            format!("the region 'a' is wrong; expecting '{evil}"),
        ] {
            let error =
                format!("<Error><Code>AccessDenied</Code><Message>{message}</Message><Region>{evil}</Region></Error>");
            for finding in try_out(&url, &error, "GET / HTTP/1.1").into_iter().flat_map(|report| report.findings) {
                let paste = finding.fix.paste.unwrap_or_default();
                assert!(!paste.contains("touch") && !paste.contains("\"*\""), "{}: {paste}", finding.check);
            }
        }
    }
}

/// The same of what a look into the account brings, in which are the URL's own words.
#[test]
fn no_wildcard_of_a_key_or_signer_is_offered_for_pasting() {
    use diagnosis::facts::{Decision, Facts, KmsKey, Looked, Permission, Principal};
    use diagnosis::policy::Policy;
    let arn = "arn:aws:kms:eu-central-1:123456789012:key/1".to_owned();
    let facts = Facts {
        signer: Looked::Found(Principal::of("arn:aws:iam::123456789012:user/*")),
        may_request: Looked::Found(Permission {
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::amzn-s3-demo-bucket/*".to_owned(),
            decision: Decision::ImplicitDeny,
            organization_allows: None,
            boundary_allows: None,
            missing_context: Vec::new(),
            policies: Vec::new(),
        }),
        kms_key: Looked::Found(KmsKey { arn, state: "Enabled".to_owned() }),
        key_policy: Looked::Found(Policy { statements: Vec::new() }),
        ..Facts::default()
    };
    let url = Signer { path: "/%2A".to_owned(), ..Signer::session() }.url();
    let case = Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap();
    let findings = Report::of(&case.with_facts(facts)).findings;
    for check in ["signer-permission", "kms-key-policy"] {
        let finding = findings.iter().find(|finding| finding.check == check).unwrap();
        let paste = finding.fix.paste.as_deref().unwrap();
        assert!(!paste.contains("/*"), "{check}: {paste}");
    }
}

/// Whatever grows faster than its input would not end here.
#[test]
fn long_hostile_texts_are_read_to_their_end() {
    for unit in [
        "&a",
        "signature=",
        "&X-Amz-Signature=",
        "%25",
        "a;",
        "\n> GET / HTTP/1.1",
        "x-amz-a: 1\n",
        "<a>",
        "https://",
        "=3D\n",
        "\u{200b}–",
    ] {
        let long = |bytes: usize| unit.repeat(bytes / unit.len());
        let url = format!("https://b.s3.amazonaws.com/k?X-Amz-SignedHeaders={}", long(60_000));
        let error = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>GET\n/\n{}\n</CanonicalRequest>",
            long(200_000)
        );
        let request = format!("GET /k?{} HTTP/1.1\n{}", long(60_000), long(1_000_000));
        assert!(!try_out(&url, &error, &request).is_empty());
    }
}

/// A URL in which one character was changed, taken away or put in.
fn mutated(url: String) -> impl Strategy<Value = String> {
    (0..url.len(), any::<char>(), 0..3_u8).prop_map(move |(at, c, how)| {
        let (before, after) = url.split_at(at);
        let rest: String = after.chars().skip(1).collect();
        match how {
            0 => format!("{before}{c}{rest}"),
            1 => format!("{before}{rest}"),
            _ => format!("{before}{c}{after}"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_texts_break_nothing(url in ".{0,400}", error in ".{0,400}", request in ".{0,400}") {
        try_out(&url, &error, &request);
        try_out(&format!("https://b.s3.amazonaws.com/{url}?{error}&X-Amz-Date={request}"), &format!("<Error><Code>{error}</Code><Message>{request}</Message></Error>"), &format!("> GET /{url} HTTP/1.1\n> a: {error}\n> {request}"));
    }

    #[test]
    fn arbitrary_canonical_requests_break_nothing(seen in "[A-Z]{3}\n/.{0,40}\n.{0,80}\n(.{0,20}:.{0,20}\n){0,4}\n.{0,20}\n.{0,20}") {
        let error = format!("<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>{seen}</CanonicalRequest><StringToSign>AWS4-HMAC-SHA256 a b {}</StringToSign></Error>", "0".repeat(64));
        try_out(&Signer::upload().url(), &error, &error);
    }

    #[test]
    fn a_change_anywhere_prints_no_piece_of_the_secrets(url in mutated(Signer::session().url())) {
        let signed = Signer::session().url();
        let secrets = [parameter(&signed, "X-Amz-Signature"), parameter(&signed, "X-Amz-Security-Token"), TOKEN];
        for report in try_out(&url, "<Error><Code>AccessDenied</Code></Error>", &format!("GET /{url} HTTP/1.1\nHost: h.com\n")) {
            let printed = printed(&report);
            for piece in secrets.iter().flat_map(|secret| pieces(secret)) {
                prop_assert!(!printed.contains(piece), "a piece of a secret is printed");
            }
        }
    }
}
