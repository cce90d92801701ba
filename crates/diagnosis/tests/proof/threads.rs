//! What people asked in public, rebuilt with made-up signatures: each must be told its cause, and nothing that contradicts it.

use diagnosis::{Case, Certainty, Input, Report};

use crate::seen_by_s3::{Received, curl};
use crate::signer::{Signer, after, split};

type Found = Vec<(&'static str, &'static str)>;

fn report(url: &str, error: Option<&str>, request: Option<&str>) -> Report {
    Report::of(&Case::read(Input { url, error, request, now: after(60) }).unwrap())
}

/// All but what is only worth knowing.
fn found(url: &str, error: Option<&str>) -> Found {
    found_with(url, error, None)
}

fn found_with(url: &str, error: Option<&str>, request: Option<&str>) -> Found {
    let findings = report(url, error, request).findings;
    let telling = findings.iter().filter(|finding| finding.certainty != Certainty::Hint);
    telling.map(|finding| (finding.check, finding.certainty.as_str())).collect()
}

fn document(code: &str, message: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
}

const MISMATCH: &str = "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the \
                        signature you provided. Check your key and signing method.</Message></Error>";

/// A mismatch, with the text that S3 signed.
fn mismatch(element: &str, text: &str) -> String {
    MISMATCH.replace("</Error>", &format!("<{element}>{text}</{element}></Error>"))
}

/// <https://github.com/webiny/webiny-js/issues/2639>
#[test]
fn nothing_is_said_to_be_unchanged_that_was_not_compared() {
    let seen = |host: &str| {
        let text = format!(
            "GET\n/index.html\n\nhost:{host}\nx-amz-content-sha256:e3b0\nx-amz-date:20260501T100000Z\n\n\
             host;x-amz-content-sha256;x-amz-date\ne3b0"
        );
        mismatch("CanonicalRequest", &text)
    };
    let forwarded = [("host-forwarded", "likely")];
    let cloudfront = "https://d111111abcdef8.cloudfront.net/index.html";
    assert_eq!(found(cloudfront, Some(&seen("d111111abcdef8.cloudfront.net"))), forwarded);
    let signed = format!("{cloudfront}?Expires=1777633200&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F");
    assert_eq!(found(&signed, Some(&seen("d111111abcdef8.cloudfront.net"))), forwarded);
    let own = found("https://www.example.com/index.html", Some(&seen("www.example.com")));
    assert_eq!(own, [("signature-does-not-match", "likely"), ("host-forwarded", "possible")]);
    let bucket = "amzn-s3-demo-bucket.s3.sa-east-1.amazonaws.com";
    let plain = found(&format!("https://{bucket}/index.html"), Some(&seen(bucket)));
    assert_eq!(plain, [("signature-does-not-match", "likely")]);
}

/// <https://github.com/boto/boto3/issues/2989>, <https://github.com/aws/aws-cli/issues/4922>
#[test]
fn a_host_to_which_a_redirect_led_is_no_changed_header() {
    let regional = "amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com";
    let url = Signer { host: "amzn-s3-demo-bucket.s3.amazonaws.com".to_owned(), ..Signer::user() }.url();
    let seen = |host: &str| Received { method: "GET", host, target: split(&url).1, headers: &[] }.refused();
    assert_eq!(found(&url, Some(&seen(regional))), [("global-endpoint", "certain")]);
    let other_bucket = found(&url, Some(&seen("other.s3.eu-central-1.amazonaws.com")));
    assert_eq!(other_bucket.first(), Some(&("seen-header-differs", "certain")), "{other_bucket:?}");
    // Of another region's endpoint the bucket's region is told.
    let west = Signer { host: regional.replace("central", "west"), region: "eu-west-1", ..Signer::user() }.url();
    let seen = Received { method: "GET", host: regional, target: split(&west).1, headers: &[] }.refused();
    assert_eq!(found(&west, Some(&seen)), [("region-mismatch", "certain")]);
}

/// What helps where a header's value was changed does not help where it is the host.
#[test]
fn another_host_is_not_mended_as_another_header() {
    let url = Signer::user().url();
    let seen = Received { method: "GET", host: "files.example.com", target: split(&url).1, headers: &[] }.refused();
    let first = &report(&url, Some(&seen), None).findings[0];
    assert_eq!(first.check, "seen-header-differs");
    assert!(first.fix.text.contains("let a proxy pass on `Host`") && !first.fix.text.contains("charset"), "{first:?}");
}

/// <https://github.com/usekaneo/kaneo/issues/1173>, <https://github.com/seaweedfs/seaweedfs/issues/10216>,
/// <https://github.com/localstack/localstack/issues/12169>
#[test]
fn a_checksum_that_was_signed_before_there_was_a_body_is_known() {
    let url = |value| Signer { query: vec![("x-amz-checksum-crc32", value)], ..Signer::user() }.url();
    for (code, message) in [
        (
            "InvalidDigest",
            "Invalid digest: Failed to validate checksum for algorithm Crc32: calculated Some(Crc32([255])), expected Crc32([0])",
        ),
        ("BadDigest", "The CRC32 you specified did not match the calculated checksum."),
        ("InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."),
        ("XAmzContentChecksumMismatch", "The provided 'x-amz-checksum' header does not match what was computed."),
    ] {
        let report = report(&url("AAAAAA=="), Some(&document(code, message)), None);
        let first = &report.findings[0];
        assert_eq!((first.check, first.certainty), ("empty-checksum", Certainty::Likely), "{report:?}");
        assert!(
            report.findings.iter().all(|finding| finding.check != "checksum-differs")
                && !format!("{report:?}").contains("MD5"),
            "{report:?}"
        );
        let told = found(&url("NhCmhg=="), Some(&document(code, message)));
        assert!(told.contains(&("checksum-differs", "certain")), "{code}: {told:?}");
    }
    let md5 = found(&url("AAAAAA=="), Some(&document("BadDigest", "The Content-MD5 you specified did not match.")));
    assert!(md5.contains(&("checksum-differs", "certain")), "{md5:?}");
    // Whoever uploads nothing signs it too.
    assert!(!report(&url("AAAAAA=="), None, None).has_cause());
}

/// <https://github.com/boto/botocore/issues/3216>
#[test]
fn a_part_with_a_checksum_that_its_upload_has_not_is_told_from_what_must_be_signed_again() {
    let message = "Checksum Type mismatch occurred, expected checksum Type: null, actual checksum Type: crc32c";
    let found = found(&Signer::user().url(), Some(&document("InvalidRequest", message)));
    assert_eq!(found, [("checksum-type", "certain")]);
}

/// <https://github.com/boto/botocore/issues/1226>, <https://github.com/aws/aws-sdk-java-v2/issues/2154>
#[test]
fn a_signed_header_that_s3_saw_empty_was_not_sent() {
    let url = Signer::upload().url();
    let (host, target) = split(&url);
    let text = ("content-type", "text/plain");
    let seen = Received { method: "PUT", host, target, headers: &[text] }.refused();
    let sent = curl("PUT", host, target, &[text]);
    for request in [None, Some(&*sent)] {
        let report = report(&url, Some(&seen), request);
        let causes: Vec<_> = report.findings.iter().filter(|finding| finding.certainty.is_cause()).collect();
        assert!(matches!(&*causes, [only] if only.check == "signed-header-missing"), "{report:?}");
        assert!(causes[0].evidence.iter().any(|it| it.text.contains("x-amz-server-side-encryption")), "{report:?}");
    }
}

/// <https://github.com/aws/aws-sdk-go/issues/894>, <https://github.com/react-native-community/react-native-doc-viewer>, and what
/// Windows' shell and batch files want
#[test]
fn what_a_program_or_shell_made_of_percent_signs_is_undone_before_it_is_judged() {
    let url = Signer::upload().url();
    let printed = url.replace("%2F", "%!F(MISSING)").replace("%3B", "%!B(MISSING)");
    assert_eq!(found(&printed, None), [("format-string", "certain")]);
    assert_eq!(found(&printed, Some(&document("InvalidURI", "Couldn't parse the specified URI."))).len(), 1);
    assert_eq!(found(&url.replace('&', "^&"), None), [("shell-escaped", "certain")]);
    assert_eq!(found(&url.replace('%', "%%"), None), [("shell-escaped", "certain")]);
}

/// <https://github.com/philipphecht/react-native-doc-viewer/issues/97>
#[test]
fn a_percent_sign_in_a_signature_of_version_2_is_proof_of_double_encoding() {
    let url = version_2("/k", "").replace("%3D", "%253D");
    assert_eq!(found(&url, Some(MISMATCH)).first(), Some(&("double-encoded", "certain")));
}

#[test]
fn a_signature_that_was_masked_is_no_damage() {
    let url = Signer::user().url();
    let signature = crate::signer::parameter(&url, "X-Amz-Signature").to_owned();
    for mask in ["REDACTED", "***", "...", "…", "<redacted>", "xxxxxxxx"] {
        let masked = url.replace(&signature, mask);
        assert_eq!(found(&masked, None), [], "{masked}");
        let inside =
            masked.replace('?', &format!("?X-Amz-Signature={mask}&")).replace(&format!("&X-Amz-Signature={mask}"), "");
        assert_eq!(found(&inside, None), [], "{inside}");
    }
    assert_eq!(
        found(&url.replace("AKIAIOSFODNN7EXAMPLE%2F20260501%2Feu-central-1%2Fs3%2Faws4_request", "REDACTED"), None),
        []
    );
}

fn version_2(path: &str, more: &str) -> String {
    format!(
        "https://amzn-s3-demo-bucket.s3.amazonaws.com{path}?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1777633200\
         &Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D{more}"
    )
}

/// <https://github.com/aws/aws-sdk-js/issues/557> and 444, <https://github.com/danialfarid/ng-file-upload/issues/743>,
/// <https://github.com/aws/aws-sdk-net/issues/158>
#[test]
fn what_version_2_signs_of_a_request_is_read_in_s3s_answer() {
    let to_sign = |headers: &str, resource: &str| mismatch("StringToSign", &format!("PUT\n\n{headers}\n{resource}"));
    let found = |url: &str, error: &str, request: Option<&str>| {
        let mut found = found_with(url, Some(error), request);
        found.retain(|(check, _)| *check != "signature-version-2" && *check != "method");
        found
    };
    let of_headers = [("version-2-headers", "likely")];
    let url = version_2("/k", "");
    let (host, target) = split(&url);
    let form = to_sign("multipart/form-data\n1777633200", "/amzn-s3-demo-bucket/k");
    let sent = curl("PUT", host, target, &[("content-type", "multipart/form-data")]);
    assert_eq!(found(&url, &form, None), of_headers);
    assert_eq!(found(&url, &form, Some(&sent)), of_headers);
    assert_eq!(found(&url, MISMATCH, Some(&sent)), of_headers);
    let typed = version_2("/k", "&Content-Type=text%2Fplain&x-amz-acl=public-read&x-amz-security-token=t0k3n")
        .replace("AKIA", "ASIA");
    let acl = "1777633200\nx-amz-acl:public-read\nx-amz-security-token:t0k3n";
    let other = to_sign(&format!("text/html\n{acl}"), "/amzn-s3-demo-bucket/k");
    assert_eq!(found(&typed, &other, None), of_headers);
    // All that S3 saw is what was signed, by the URL.
    let same = to_sign(&format!("text/plain\n{acl}"), "/amzn-s3-demo-bucket/k");
    assert_eq!(found(&typed, &same, None), [("signature-does-not-match", "likely")]);
    let encoded = to_sign("\n1777633200", "/amzn-s3-demo-bucket/fred%27s.pdf");
    assert_eq!(found(&version_2("/fred's.pdf", ""), &encoded, None), of_headers);
    assert!(!format!("{:?}", report(&typed, Some(&other), None)).contains("t0k3n"));
}

/// <https://github.com/transloadit/uppy/issues/4449>, <https://github.com/danialfarid/ng-file-upload/issues/1283>
#[test]
fn a_form_whose_file_is_not_last_need_not_be_signed_again() {
    for message in [
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
        "POST requires exactly one file upload per request.",
    ] {
        let url = "https://amzn-s3-demo-bucket.s3.amazonaws.com/";
        assert_eq!(
            found(url, Some(&document("InvalidArgument", message))),
            [("form-malformed", "certain")],
            "{message}"
        );
    }
}

/// <https://github.com/kaliber-scala/play-s3/issues/73>
#[test]
fn a_form_that_was_sent_by_get_is_told() {
    let url = "https://amzn-s3-demo-bucket.s3.amazonaws.com/?key=a&acl=private&policy=eyJ4Ijox&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE\
               %2F20260501%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260501T100000Z\
               &X-Amz-Signature=3f0e&file=a.png";
    let url = url.replace("3f0e", &"3f0e".repeat(16));
    let error = document(
        "AuthorizationQueryParametersError",
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, \
         X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
    assert_eq!(found(&url, None), [("form-in-query", "certain")]);
    assert_eq!(found(&url, Some(&error)), [("form-in-query", "certain")]);
}

/// <https://github.com/minio/minio-java/issues/487>
#[test]
fn minios_words_for_a_url_of_the_future_are_known() {
    let error = document("AccessDenied", "Request is not valid yet");
    assert_eq!(found(&Signer::user().url(), Some(&error)), [("not-yet-valid", "certain")]);
}

/// <https://github.com/aws/aws-sdk-java/issues/1680>, <https://github.com/brendanhay/amazonka/issues/272>
#[test]
fn why_host_is_not_signed_is_one_finding_with_s3s_word_of_it() {
    let error = document("AccessDenied", "There were headers present in the request which were not signed")
        .replace("</Error>", "<HeadersNotSigned>host</HeadersNotSigned></Error>");
    let upload = Signer::upload().url();
    let name = "X-Amz-SignedHeaders";
    for (url, check) in [
        (upload.replace("%3B", "%253B"), "double-encoded"),
        (Signer::user().url().replace("SignedHeaders=host", "SignedHeaders="), "parameter-missing"),
        (upload.replace(name, &name.to_lowercase()), "letter-case"),
    ] {
        assert_eq!(found(&url, Some(&error)), [(check, "certain")], "{url}");
    }
    let said = &report(&upload, Some(&error), None).findings[0];
    assert_eq!(said.check, "host-not-signed");
    assert!(!said.fix.text.contains("leave"), "{said:?}");
}

/// <https://github.com/odysseyscience/react-s3-uploader/issues/110>
#[test]
fn the_element_tells_of_headers_that_were_not_signed_where_the_sentence_is_garbled() {
    let error = document("AccessDenied", "There were headers present in the request which were not  @signed")
        .replace("</Error>", "<HeadersNotSigned>x-amz-acl</HeadersNotSigned></Error>");
    assert_eq!(found(&Signer::user().url(), Some(&error)), [("unsigned-amz-header", "certain")]);
}

/// <https://github.com/aws/aws-sdk-js-v3/issues/4859>, <https://github.com/minio/minio-js/issues/820> and 1040,
/// <https://github.com/minio/minio/issues/6011>
#[test]
fn characters_that_a_signer_leaves_as_they_are_are_told_on_a_mismatch() {
    let user = Signer::user();
    let path = Signer { path: "/a=b/foo.txt".to_owned(), ..user.clone() }.url();
    let query = vec![("response-content-disposition", "attachment; filename=it.pdf")];
    let value = Signer { query, ..user.clone() }.url().replace("it.pdf", "UTF-8''it.pdf").replace("%3B%20", "%3B*");
    let key = user.url().replace("AKIAIOSFODNN7EXAMPLE", "Test(");
    for url in [&path, &value, &key] {
        assert_eq!(found(url, Some(MISMATCH)).first(), Some(&("signer-encoding", "likely")), "{url}");
        assert!(found(url, None).iter().all(|(check, _)| *check != "signer-encoding"), "{url}");
    }
    let (host, target) = split(&path);
    let seen = Received { method: "GET", host, target, headers: &[] }.refused();
    assert_eq!(found(&path, Some(&seen)), [("signer-encoding", "likely"), ("signed-otherwise", "possible")]);
    // Whoever asks for help puts these in the place of what is not to be seen.
    for hidden in [user.url().replace("AKIAIOSFODNN7EXAMPLE", "AKIA****"), user.url().replace("/reports", "/<folder>")]
    {
        let found = found(&hidden, Some(MISMATCH));
        assert!(found.iter().all(|(check, _)| *check != "signer-encoding"), "{hidden}: {found:?}");
    }
    // What S3 saw otherwise explains it.
    let seen = Received { method: "GET", host: "s3.example.com", target, headers: &[] }.refused();
    assert_eq!(found(&path, Some(&seen)), [("seen-header-differs", "certain")]);
}

/// <https://github.com/minio/minio/issues/14781>, <https://github.com/soto-project/soto/issues/477>,
/// <https://github.com/tsayen/dom-to-image/issues/412>
#[test]
fn names_that_are_not_s3s_are_told_by_what_they_are() {
    let with = |query: Vec<(&'static str, &'static str)>| {
        let url = Signer { query, ..Signer::user() }.url();
        let (address, query) = url.split_once('?').unwrap();
        let mut sorted: Vec<&str> = query.split('&').collect();
        sorted.sort_unstable();
        format!("{address}?{}", sorted.join("&"))
    };
    let parts = with(vec![("UploadId", "abc"), ("PartId", "1")]);
    let report = report(&parts, None, None);
    assert_eq!((report.findings[0].check, report.findings[0].certainty), ("added-parameter", Certainty::Likely));
    assert!(report.findings[0].evidence.iter().any(|it| it.text == "`UploadId` is `uploadId` to S3"), "{report:?}");
    for name in ["_", "fbclid", "utm_source", "1648000000000"] {
        let found = found(&with(vec![(name, "1")]), Some(MISMATCH));
        assert_eq!(found, [("added-parameter", "likely")], "{name}");
    }
    // What the JavaScript SDK of version 2 has signed along is no fault, nor need a name of the signer's own be one.
    for name in ["Content-Type", "Content-MD5", "Cache-Control", "Policy", ""] {
        let found = found(&with(vec![(name, "1")]), Some(MISMATCH));
        assert_eq!(found, [("signature-does-not-match", "likely"), ("added-parameter", "possible")], "{name}");
    }
    for name in ["ID", "Id", "Location", "Session", "Select", "Tagging", "Policy", "Marker"] {
        assert_eq!(found(&with(vec![(name, "42")]), None), [], "{name}");
    }
}

/// <https://github.com/aws/aws-sdk-js/issues/2308>
#[test]
fn what_browsers_encode_of_a_cloudfront_url_was_not_signed_so() {
    let url = |path: &str, query: &str| {
        format!(
            "https://d111111abcdef8.cloudfront.net/{path}?{query}&Expires=1777633200&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F"
        )
    };
    let denied = document("AccessDenied", "Access denied");
    let named = "response-content-disposition=attachment%3B%20filename%3D%22fred's.pdf%22";
    for url in [url("f.pdf", named), url("a^b.pdf", "a=1")] {
        assert_eq!(found(&url, Some(&denied)), [("cloudfront-encoding", "likely")], "{url}");
    }
    // Browsers leave these as they are.
    for url in [url("fred's.pdf", "a=1"), url("f.pdf", "a=(1)*|^")] {
        assert_eq!(found(&url, Some(&denied)), [("access-denied", "likely")], "{url}");
    }
}
