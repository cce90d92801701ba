//! What people have in hand: a browser's console and recording, a proxy's page, an SDK's line. Each as in a public report.

use diagnosis::{Case, Input, Report};

use crate::signer::{Signer, after, split};

const ORIGIN: &str = "https://app.example.com";

struct Told<'a> {
    url: &'a str,
    error: Option<&'a str>,
    request: Option<&'a str>,
}

impl Told<'_> {
    fn report(&self) -> Report {
        let input = Input { url: self.url, error: self.error, request: self.request, now: after(60) };
        Report::of(&Case::read(input).unwrap_or_else(|error| panic!("{error}: {:?} {:?}", self.error, self.request)))
    }

    fn found(&self) -> Vec<(&'static str, &'static str)> {
        self.report().findings.iter().map(|it| (it.check, it.certainty.as_str())).collect()
    }
}

fn by_error(url: &str, error: &str) -> Vec<(&'static str, &'static str)> {
    Told { url, error: Some(error), request: None }.found()
}

fn by_request(url: &str, request: &str) -> Vec<(&'static str, &'static str)> {
    Told { url, error: None, request: Some(request) }.found()
}

/// A signer of the global endpoint, as `aws-sdk-ruby` and others make URLs where no region is set.
fn at(host: &str) -> String {
    Signer { host: host.to_owned(), region: "us-east-1", ..Signer::user() }.url()
}

fn entry(method: &str, url: &str, status: u16, more: &str, headers: &str, body: &str) -> String {
    let body = serde_json::Value::from(body);
    format!(
        r#"{{"request":{{"method":"{method}","url":"{url}","headers":[{{"name":"Origin","value":"{ORIGIN}"}}]}},
        "response":{{"status":{status},"headers":[{headers}],"content":{{"text":{body}}}{more}}}}}"#
    )
}

fn har(entries: &[&str]) -> String {
    format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(","))
}

const REFUSED_PREFLIGHT: &str = "<Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed.</Message>\
                                 <Method>PUT</Method><ResourceType>OBJECT</ResourceType></Error>";

/// <https://github.com/transloadit/uppy/issues/713>, <https://github.com/localstack/localstack/issues/4056>
#[test]
fn a_refused_preflight_in_a_har_is_why_the_request_has_no_answer() {
    let url = Signer::upload().url();
    let preflight = entry("OPTIONS", &url, 403, "", "", REFUSED_PREFLIGHT);
    let failed = entry("PUT", &url, 0, r#","_error":"net::ERR_FAILED""#, "", "");
    for entries in [[&*preflight, &*failed], [&*failed, &*preflight]] {
        let found = by_request(&url, &har(&entries));
        assert_eq!(found.first(), Some(&("cors", "certain")), "{found:?}");
    }
    let url = Signer::session().url();
    let failed = entry("PUT", &url, 0, r#","_error":"net::ERR_FAILED""#, "", "");
    let allowed = entry("OPTIONS", &url, 200, "", "", "");
    for entries in [&[&*failed][..], &[&*allowed, &*failed]] {
        let found = by_request(&url, &har(entries));
        assert_eq!(found.first(), Some(&("cors", "possible")), "{found:?}");
    }
}

/// <https://github.com/outline/outline/issues/10261>: the cached answer to an `<img>` is given to `fetch`.
#[test]
fn an_answer_without_leave_for_the_pages_origin_is_kept_from_the_page() {
    let url = Signer::session().url();
    let allow = |origin: &str| format!(r#"{{"name":"access-control-allow-origin","value":"{origin}"}}"#);
    for (headers, expected) in [(String::new(), Some("likely")), (allow("*"), None)] {
        let cached = entry("GET", &url, 200, "", &headers, "").replacen('{', r#"{"_fromCache":"disk","#, 1);
        let report = Told { url: &url, error: None, request: Some(&har(&[&cached])) }.report();
        let found = report.findings.iter().find(|it| it.check == "cors");
        assert_eq!(found.map(|it| it.certainty.as_str()), expected, "{report:?}");
        assert!(found.is_none_or(|it| it.fix.text.contains("no-store")), "{report:?}");
    }
    let (host, target) = split(&url);
    let of = |more: &str| format!("> GET {target} HTTP/1.1\n> Host: {host}\n> {more}\n>\n< HTTP/1.1 200 OK\n<\nx\n");
    for (sent, expected) in [
        (format!("Origin: {ORIGIN}"), Some(&("cors", "likely"))),
        (format!("Origin: https://{host}"), None),
        (format!("Origin: {ORIGIN}\n> Sec-Fetch-Mode: navigate"), None),
        ("Origin: chrome-extension://abcdef".to_owned(), None),
        ("Origin: null".to_owned(), Some(&("cors", "likely"))),
        ("Accept: */*".to_owned(), None),
    ] {
        let found = by_request(&url, &of(&sent));
        assert_eq!(found.iter().find(|(check, _)| *check == "cors"), expected, "{sent}: {found:?}");
    }
    // A form that is posted has an origin too, and its answer is the next page.
    let form = "https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/";
    let found = by_request(form, &har(&[&entry("POST", form, 204, "", "", "")]));
    assert!(found.iter().all(|(check, _)| *check != "cors"), "{found:?}");
}

/// <https://github.com/Tonel/multipart-upload-js-demo/issues/3>, <https://github.com/TTLabs/EvaporateJS/issues/7>
#[test]
fn an_etag_that_the_page_may_not_read_is_told() {
    let part = Signer { query: vec![("partNumber", "1"), ("uploadId", "a")], method: "PUT", ..Signer::session() }.url();
    let allow = r#"{"name":"Access-Control-Allow-Origin","value":"*"},{"name":"ETag","value":"\"a\""}"#;
    let expose = |names: &str| format!(r#"{allow},{{"name":"Access-Control-Expose-Headers","value":"{names}"}}"#);
    for (headers, expected) in [
        (allow.to_owned(), Some(&("cors", "likely"))),
        (expose("Date, etag"), None),
        (expose("Date"), Some(&("cors", "likely"))),
    ] {
        let found = by_request(&part, &har(&[&entry("PUT", &part, 200, "", &headers, "")]));
        assert_eq!(found.iter().find(|(check, _)| *check == "cors"), expected, "{headers}: {found:?}");
    }
    let found = by_error(&part, "Refused to get unsafe header \"ETag\"");
    assert_eq!(found.first(), Some(&("cors", "likely")), "{found:?}");
    let invalid = "<Error><Code>InvalidPart</Code><Message>One or more of the specified parts could not be found.</Message><ETag>null</ETag></Error>";
    let report = Told { url: &part, error: Some(invalid), request: None }.report();
    assert_eq!(report.findings.first().map(|it| it.check), Some("invalid-part"));
    assert!(report.findings.first().is_some_and(|it| it.fix.text.contains("ExposeHeaders")), "{report:?}");
}

/// <https://github.com/minio/minio/issues/6255>, <https://github.com/boto/boto3/issues/2040>
#[test]
fn a_proxys_answer_is_told_as_one_whatever_its_status() {
    let url = Signer::session().url();
    let (host, target) = split(&url);
    for (status, said) in [
        ("413 Request Entity Too Large", "client_max_body_size"),
        ("502 Bad Gateway", "its log"),
        ("504 Gateway Timeout", "its log"),
        ("407 Proxy Authentication Required", "NO_PROXY"),
        ("429 Too Many Requests", "pause"),
        ("418 I'm a teapot", "in between"),
    ] {
        let page = format!("<html>\n<head><title>{status}</title></head>\n<body><center>nginx</center></body></html>");
        let curl =
            format!("> PUT {target} HTTP/1.1\n> Host: {host}\n>\n< HTTP/1.1 {status}\n< Server: nginx\n<\n{page}\n");
        let head = format!("HTTP/1.1 {status}\r\nServer: nginx\r\n\r\n{page}");
        for (error, request) in [(None, Some(&*curl)), (Some(&*head), None), (Some(&*page), None)] {
            let report = Told { url: &url, error, request }.report();
            let first = report.findings.first().unwrap();
            assert_eq!((first.check, first.certainty.as_str()), ("answer-not-s3s", "likely"), "{status}");
            assert!(first.fix.text.contains(said) || said == "in between", "{status}: {first:?}");
        }
    }
}

#[test]
fn no_answer_that_refuses_is_told_as_nothing_wrong() {
    let url = Signer::user().url();
    let (host, target) = split(&url);
    for status in (400..600).chain([301, 307]) {
        for server in ["AmazonS3", "nginx"] {
            let request = format!(
                "> GET {target} HTTP/1.1\n> Host: {host}\n>\n< HTTP/1.1 {status} Refused\n< Server: {server}\n<\n"
            );
            let found = by_request(&url, &request);
            assert!(found.iter().any(|(_, certainty)| *certainty != "hint"), "{status} {server}: {found:?}");
            assert!(found.iter().all(|(_, certainty)| *certainty != "certain"), "{status} {server}: {found:?}");
        }
    }
}

/// <https://github.com/moby/moby/issues/50065>, <https://github.com/aws/aws-sdk-js/issues/4467>
#[test]
fn a_line_of_a_console_given_as_the_url_is_no_damage() {
    for url in [Signer::user().url(), format!("{}&x-id=GetObject", Signer::user().url())] {
        for (line, first) in [
            (format!("GET {url} 403 (Forbidden)"), ("forbidden-head", "likely")),
            (
                format!("Error response from daemon: unexpected status from HEAD request to {url}: 403 Forbidden"),
                ("forbidden-head", "likely"),
            ),
            (
                format!(
                    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. (Reason: CORS \
                     header ‘Access-Control-Allow-Origin’ missing). Status code: 403."
                ),
                ("forbidden-head", "likely"),
            ),
            (format!("dial tcp {url} no such host"), ("unreachable", "likely")),
        ] {
            let told = Told { url: &line, error: None, request: None };
            let found = told.found();
            assert_eq!(found.first(), Some(&first), "{line}: {found:?}");
            assert!(found.iter().all(|(_, certainty)| *certainty != "certain"), "{line}: {found:?}");
            assert_eq!(told.report().url.headers_to_send, Vec::<String>::new(), "{line}");
        }
    }
}

/// <https://github.com/Huachao/vscode-restclient/issues/913>: the client sent its token on.
#[test]
fn a_recording_that_ends_before_s3_tells_nothing_of_the_url() {
    let url = Signer::session().url();
    let curl = |answer: &str| {
        format!(
            "> GET /imports/A2AB.csv HTTP/1.1\n> Host: api.example.com\n> Authorization: Token abcdefghijklmnop\n>\n< HTTP/1.1 {answer}\n<\n"
        )
    };
    let found = by_request(&url, &curl(&format!("302 Found\n< Location: {url}")));
    assert_eq!(found, [("recorded-elsewhere", "possible"), ("two-authentications", "possible")]);
    assert_eq!(by_request(&url, &curl("200 OK")), [("recorded-elsewhere", "possible")]);
    let found = by_request(&url, &curl("403 Forbidden\n<\n<Error><Code>AccessDenied</Code></Error>"));
    assert!(!found.iter().any(|(check, _)| *check == "recorded-elsewhere"), "S3 answered it: {found:?}");
    let raw = format!(
        "GET http://localhost:3000/imports/A2AB.csv HTTP/1.1\r\n\r\n\r\nHTTP/1.1 302 Found\r\nlocation: {url}\r\n"
    );
    assert_eq!(by_request(&url, &raw), [("recorded-elsewhere", "possible")]);
}

/// <https://github.com/minio/minio/issues/20964>, <https://github.com/minio/minio/issues/6546>
#[test]
fn a_host_of_ones_own_is_told_where_the_signature_does_not_match() {
    const REFUSED: &str = "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message>";
    for host in ["localhost:7000", "minio:9000", "192.0.2.7", "files.example.com"] {
        let signer = Signer { host: host.to_owned(), path: "/dash/reports/q1.pdf".to_owned(), ..Signer::user() };
        let url = signer.url();
        let found = by_error(&url, &format!("{REFUSED}</Error>"));
        assert_eq!(found.first(), Some(&("custom-host", "likely")), "{host}: {found:?}");
        let error = format!("{REFUSED}<Resource>/reports/q1.pdf</Resource></Error>");
        let report = Told { url: &url, error: Some(&error), request: None }.report();
        let first = report.findings.first().unwrap();
        assert_eq!(first.check, "custom-host");
        assert!(first.evidence.iter().any(|it| it.text.contains("without `/dash`")), "{first:?}");
        let found = by_error(&url, "GET http://minio:9000/dash/q1.pdf net::ERR_NAME_NOT_RESOLVED");
        assert_eq!(found.first(), Some(&("unreachable", "likely")), "{host}: {found:?}");
    }
    // Where the client is known to have sent it so, it was signed for something else.
    let url = Signer { host: "localhost:7000".to_owned(), ..Signer::user() }.url();
    let (host, target) = split(&url);
    let curl = format!("> GET {target} HTTP/1.1\n> Host: {host}\n>\n< HTTP/1.1 403 Forbidden\n<\n{REFUSED}</Error>\n");
    let found = by_request(&url, &curl);
    assert_eq!(found.first(), Some(&("signed-otherwise", "likely")), "{found:?}");
    assert!(found.contains(&("custom-host", "possible")), "{found:?}");
    // <https://github.com/minio/minio-js/issues/820>: the signer left them as they are.
    let url =
        Signer { host: "127.0.0.1:9000".to_owned(), ..Signer::user() }.url() + "&response-content-disposition=a*''b";
    for url in [url.clone(), url.replace("a*''b", "a;b")] {
        let found = by_error(&url, &format!("{REFUSED}</Error>"));
        assert!(found.contains(&("custom-host", "possible")), "{found:?}");
    }
}

/// Each of the lines stands in a report.
#[test]
fn an_sdks_or_a_browsers_line_is_an_answer() {
    let url = Signer::upload().url();
    for (error, first) in [
        (
            "com.amazonaws.services.s3.model.AmazonS3Exception: Your proposed upload is smaller than the minimum allowed size (Service: \
             Amazon S3; Status Code: 400; Error Code: EntityTooSmall; Request ID: AADE1CC43A53BB99)",
            ("entity-too-small", "certain"),
        ),
        (
            "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided.\n    at f (x.js:1:1)",
            ("headers-to-send", "likely"),
        ),
        (
            "operation error S3: PutObject, https response error StatusCode: 403, api error AccessDenied: Access Denied",
            ("access-denied", "likely"),
        ),
        ("{ AccessDenied: Access Denied\n at Request.extractError (s3.js:577:35)", ("access-denied", "likely")),
        (
            "{ StatusCode: 501,\n  Body:\n   { Error:\n      { Code: 'NotImplemented',\n        Message: 'A header you provided implies \
             functionality that is not implemented' } } }",
            ("chunked-upload", "certain"),
        ),
        (
            "{ AccessDenied: Access Denied\n  headers: { 'access-control-allow-origin': '*' } }",
            ("access-denied", "likely"),
        ),
        ("AxiosError: Request failed with status code 403", ("forbidden-head", "likely")),
        ("403", ("forbidden-head", "likely")),
        ("('complete upload: ', <Response [400]>)", ("bad-request-head", "likely")),
        (
            "&lt;Error&gt;&lt;Code&gt;EntityTooSmall&lt;/Code&gt;&lt;Message&gt;Too small&lt;/Message&gt;&lt;/Error&gt;",
            ("entity-too-small", "certain"),
        ),
        (
            "XMLHttpRequest cannot load https://b.s3.amazonaws.com/k. Response for preflight has invalid HTTP status code 403",
            ("cors", "likely"),
        ),
        ("TypeError: Failed to fetch", ("cors", "possible")),
    ] {
        let found = by_error(&url, error);
        assert_eq!(found.first(), Some(&first), "{error}: {found:?}");
    }
    // What wget prints is no request, and tells the answer all the same.
    let found =
        by_request(&url, "HTTP request sent, awaiting response...\n  HTTP/1.1 403 Forbidden\n  Server: AmazonS3\n");
    assert_eq!(found.first(), Some(&("forbidden-head", "likely")), "{found:?}");
}

/// <https://github.com/fortana-co/react-dropzone-uploader/issues/26>
#[test]
fn a_redirected_preflight_at_the_global_endpoint_is_its_redirect() {
    let line = "Access to XMLHttpRequest at 'https://b.s3.amazonaws.com/k' from origin 'https://app.example.com' has been blocked by CORS \
                policy: Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight request.";
    let found = by_error(&at("b.s3.amazonaws.com"), line);
    assert_eq!(found.first(), Some(&("global-endpoint", "likely")), "{found:?}");
    let found = by_error(&Signer::user().url(), line);
    assert_eq!(found.first(), Some(&("cors", "possible")), "{found:?}");
}

#[test]
fn a_request_that_a_browser_copies_as_curl_is_compared() {
    let url = Signer::session().url();
    let found = by_request(
        &url,
        &format!("curl '{url}' \\\n  -H 'Authorization: Bearer abcdefghijklmnop' \\\n  -H 'Accept: */*'"),
    );
    assert_eq!(found, [("two-authentications", "certain")]);
}

#[test]
fn a_request_that_a_browser_copies_as_fetch_is_compared() {
    let url = Signer::upload().url();
    let copied = |headers: &str| {
        format!("fetch(\"{url}\", {{\n  \"headers\": {{ {headers} }},\n  \"body\": null,\n  \"method\": \"PUT\"\n}});")
    };
    let found = by_request(&url, &copied("\"accept\": \"*/*\""));
    assert_eq!(found.first(), Some(&("signed-header-missing", "certain")), "{found:?}");
    let secret = copied("\"authorization\": \"Bearer abcdefghijklmnop\"");
    let report = Told { url: &url, error: None, request: Some(&secret) }.report();
    assert!(report.findings.iter().any(|it| it.check == "two-authentications"));
    assert!(!serde_json::to_string(&report).unwrap().contains("abcdefghijklmnop"));
}

/// The page alone is known: what it would ask is told, and that nothing tells the rules.
#[test]
fn the_pages_origin_alone_tells_what_a_browser_would_ask() {
    let url = Signer::upload().url();
    let case = Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap();
    let report = Report::of(&case.from_page(Some(ORIGIN.to_owned())));
    let found = report.findings.iter().find(|it| it.check == "cors").unwrap();
    assert_eq!(found.certainty.as_str(), "possible");
    let paste = found.fix.paste.as_deref().unwrap();
    for part in
        ["-X OPTIONS", "'Origin: https://app.example.com'", "Access-Control-Request-Method: PUT", "content-type"]
    {
        assert!(paste.contains(part), "{paste}");
    }
    let hostile = Case::read(Input { url: &url, error: None, request: None, now: after(60) }).unwrap();
    let report = Report::of(&hostile.from_page(Some("x'; rm -rf / #".to_owned())));
    let pasted = report.findings.iter().filter_map(|it| it.fix.paste.as_deref()).any(|paste| paste.contains("rm -rf"));
    assert!(!pasted, "{report:?}");
}

/// Lines that have the URL in them have its signature and token too.
#[test]
fn no_secret_of_a_line_is_told_back() {
    let url = Signer::session().url();
    let signature = crate::signer::parameter(&url, "X-Amz-Signature");
    let token = crate::signer::parameter(&url, "X-Amz-Security-Token");
    let line = format!("Cross-Origin Request Blocked: at {url} & {} (Reason: preflight)", url.replace("://", ": //"));
    let har =
        har(&[&entry("GET", &url, 0, &format!(r#","_error":"net::ERR_FAILED {}""#, url.replace("://", ":")), "", "")]);
    for (url, error, request) in
        [(&*url, Some(&*line), None), (&*line, None, None), (&*url, None, Some(&*line)), (&*url, None, Some(&*har))]
    {
        let shown = format!("{:?}", Told { url, error, request }.report());
        assert!(!shown.contains(signature) && !shown.contains(token), "{shown}");
    }
}

/// What most people paste: the command, and all that it printed.
#[test]
fn what_a_command_printed_is_read_behind_it() {
    let url = Signer::user().url();
    let (host, target) = split(&url);
    let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    let head = "HTTP/1.1 403 Forbidden";
    for (options, printed, check) in [
        ("-v", format!("> GET {target} HTTP/1.1\n> Host: {host}\n>\n< {head}\n<\n{expired}\n"), "expired"),
        ("-si", format!("{head}\nServer: AmazonS3\n\n{expired}\n"), "expired"),
        ("-s", expired.to_owned(), "expired"),
        ("-si", format!("{head}\nServer: AmazonS3\n\n"), "forbidden-head"),
        ("-sf", "curl: (22) The requested URL returned error: 403\n".to_owned(), "forbidden-head"),
        ("-v", "* Could not resolve host: h\n* Closing connection\n".to_owned(), "unreachable"),
    ] {
        let text = format!("curl {options} '{url}'\n{printed}");
        let found = by_request(&url, &text);
        assert!(found.iter().any(|(name, certainty)| *name == check && *certainty != "hint"), "{text}: {found:?}");
    }
}

/// curl sends them as a header, which S3 takes for a second authentication.
#[test]
fn name_and_password_in_a_commands_url_are_no_host_and_are_not_printed() {
    let url = Signer::user().url();
    let command = format!("curl '{}'", url.replace("https://", "https://user:SECRETSECRET@"));
    let report = Told { url: &url, error: None, request: Some(&command) }.report();
    let first = report.findings.first().map(|finding| finding.check);
    assert_eq!(first, Some("two-authentications"), "{report:?}");
    assert!(!format!("{report:?}").contains("SECRET"), "{report:?}");
}

/// <https://github.com/postmanlabs/postman-app-support/issues/5182>
#[test]
fn a_command_as_windows_shell_wants_it_is_read_as_it_is_sent() {
    let url = Signer::session().url();
    let escaped = url.replace('%', "^%^").replace('&', "^&");
    for end in ["\n", "\r\n"] {
        let command = format!("curl ^\"{escaped}^\" ^{end}  -X ^\"GET^\" ^{end}  -H ^\"Accept: */*^\"");
        assert_eq!(by_request(&url, &command), [], "{command}");
    }
}

/// A clock, a region or a refusal of another server's is none of S3's.
#[test]
fn what_another_server_answered_is_no_answer_to_the_url() {
    let url = Signer::user().url();
    for answer in [
        "HTTP/1.1 200 OK\n< Date: Wed, 01 Jan 2020 00:00:00 GMT".to_owned(),
        "HTTP/1.1 403 Forbidden\n< x-amz-bucket-region: us-east-2".to_owned(),
        format!("HTTP/1.1 307 Temporary Redirect\n< Location: {url}"),
        "HTTP/1.1 500 Internal Server Error\n<\n{\"message\": \"no\"}".to_owned(),
    ] {
        let text = format!("> GET /x HTTP/1.1\n> Host: api.example.com\n>\n< {answer}\n<\n");
        assert_eq!(by_request(&url, &text), [("recorded-elsewhere", "possible")], "{text}");
    }
    // Of several the URL's own counts, though another came behind.
    let (host, target) = split(&url);
    let own = format!(
        "> GET {target} HTTP/1.1\n> Host: {host}\n>\n< HTTP/1.1 404 Not Found\n<\n<Error><Code>NoSuchKey</Code></Error>\n"
    );
    let text = format!("{own}> GET /x HTTP/1.1\n> Host: api.example.com\n>\n< HTTP/1.1 200 OK\n<\n");
    assert_eq!(by_request(&url, &text).first(), Some(&("no-such-key", "certain")), "{text}");
}

#[test]
fn numbers_and_words_before_a_url_are_no_answer() {
    let url = Signer::user().url();
    for line in [
        format!("Hi, your report for project code 412 is at {url} and expires soon."),
        format!("Your verification code 503 and the file {url}"),
        format!("Error 404 report: {url}"),
        format!("call 1-800 404 method: {url}"),
        format!("The preflight checklist is here: {url}"),
    ] {
        assert_eq!(Told { url: &line, error: None, request: None }.found(), [("quoted", "possible")], "{line}");
    }
    for line in [
        format!("requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: {url}"),
        format!("Request failed with status code 403: GET {url}"),
    ] {
        let found = Told { url: &line, error: None, request: None }.found();
        assert_eq!(found.first(), Some(&("forbidden-head", "likely")), "{line}: {found:?}");
    }
}

#[test]
fn s3s_code_beside_a_status_is_read() {
    let url = Signer::user().url();
    for line in [
        "ERROR: S3 error: 403 (SignatureDoesNotMatch): The request signature we calculated does not match",
        "{ code: 'SignatureDoesNotMatch', statusCode: 403 }",
        "REST.GET.OBJECT k \"GET /k HTTP/1.1\" 403 SignatureDoesNotMatch 243 -",
    ] {
        assert_eq!(by_error(&url, line), [("signature-does-not-match", "likely")], "{line}");
    }
}

/// The console says CORS whatever S3 answered.
#[test]
fn the_status_that_a_console_tells_beside_cors_is_the_answers() {
    let url = Signer::user().url();
    let blocked = format!(
        "Access to fetch at '{url}' from origin 'https://a.example.com' has been blocked by CORS policy: No \
         'Access-Control-Allow-Origin' header is present on the requested resource."
    );
    for (line, expected) in [
        (
            format!("{blocked}\nGET {url} net::ERR_FAILED 403 (Forbidden)"),
            &[("forbidden-head", "likely"), ("cors", "possible")][..],
        ),
        (format!("{blocked}\nGET {url} net::ERR_FAILED 200 (OK)"), &[("cors", "possible")]),
        (
            format!("Cross-Origin Request Blocked: at {url}. (Reason: CORS header missing). Status code: 403."),
            &[("forbidden-head", "likely"), ("cors", "possible")],
        ),
    ] {
        assert_eq!(by_error(&url, &line), expected, "{line}");
    }
}

#[test]
fn a_server_of_ones_own_that_refuses_a_signature_is_asked_with_a_recording() {
    let url = Signer { host: "localhost:4566".to_owned(), ..Signer::user() }.url();
    let error = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>";
    let report = Told { url: &url, error: Some(error), request: None }.report();
    let first = report.findings.first().unwrap();
    let advised = first.fix.paste.as_deref().is_some_and(|paste| paste.starts_with("curl -sv"));
    assert!(first.check == "custom-host" && first.cause.contains("secret key") && advised, "{first:?}");
}
