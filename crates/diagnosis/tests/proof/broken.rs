//! URLs broken in known ways, each with the check that must find it first.

use jiff::Timestamp;

use crate::seen_by_s3::{Received, curl};
use crate::signer::{Signer, TOKEN, after, parameter, split};

pub struct Broken {
    pub how: &'static str,
    pub url: String,
    pub error: Option<String>,
    pub request: Option<String>,
    pub now: Timestamp,
    pub first: &'static str,
}

pub fn broken(how: &'static str, first: &'static str, url: impl Into<String>) -> Broken {
    Broken { how, url: url.into(), error: None, request: None, now: after(60), first }
}

impl Broken {
    fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    fn answered(mut self, error: impl Into<String>) -> Self {
        self.error = Some(error.into());
        self
    }

    fn sent(mut self, request: impl Into<String>) -> Self {
        self.request = Some(request.into());
        self
    }
}

/// Broken on its way: by mail, shell, document or program.
pub fn damaged() -> Vec<Broken> {
    let url = Signer::session().url();
    let short = Signer::user().url();
    let token = parameter(&url, "X-Amz-Security-Token").to_owned();
    let signature = parameter(&url, "X-Amz-Signature").to_owned();
    let with = |text: &str, from: &str, to: &str| text.replace(from, to);
    let half: String = url.chars().take(url.len() - 40).collect();
    let early: String = url.chars().take(400).collect();
    let folded: Vec<String> = url.as_bytes().chunks(76).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let whole = with(&with(&with(&with(&with(&url, "%", "%25"), ":", "%3A"), "/", "%2F"), "&", "%26"), "?", "%3F");
    vec![
        broken("folded by a mail client", "line-break", folded.join("\n")),
        broken("quoted in a reply", "line-break", folded.join("\r\n> ")),
        broken("folded with an indentation", "line-break", folded.join("\n    ")),
        broken("a space where a line was folded", "line-break", with(&url, "&X-Amz-Sig", "& X-Amz-Sig")),
        broken("written into HTML", "html-escaped", with(&url, "&", "&amp;")),
        broken("written into HTML twice", "html-escaped", with(&url, "&", "&amp;amp;")),
        broken("copied out of JSON", "json-escaped", with(&url, "&", "\\u0026")),
        broken("copied out of JSON with escaped slashes", "json-escaped", with(&url, "/", "\\/")),
        broken(
            "pasted into a shell that escapes",
            "shell-escaped",
            with(&with(&with(&url, "?", "\\?"), "&", "\\&"), "=", "\\="),
        ),
        broken("copied from a mail's source", "quoted-printable", with(&url, "=", "=3D")),
        broken("encoded as another URL's parameter", "wrapped-link", whole.clone()),
        broken(
            "rewritten by a mail filter",
            "wrapped-link",
            format!("https://eur01.safelinks.protection.outlook.com/?url={whole}&data=05%7C02&reserved=0"),
        ),
        broken("hyphens made long by a word processor", "look-alike-character", with(&url, "X-Amz-Date", "X–Amz–Date")),
        broken(
            "a zero-width space from a chat",
            "look-alike-character",
            with(&url, "&X-Amz-Date", "&\u{200b}X-Amz-Date"),
        ),
        broken("the full stop of a sentence", "trailing-punctuation", format!("{url}.")),
        broken("the bracket of a sentence", "trailing-punctuation", format!("{url}).")),
        broken("a quote that was encoded", "signature-altered", format!("{url}%22")),
        broken("a line end that was encoded", "signature-altered", format!("{url}%0A")),
        broken("a letter behind it", "signature-altered", format!("{url}a")),
        broken("a second query appended", "signature-altered", format!("{url}?t=123")),
        broken("a chat's label behind it", "signature-altered", format!("{url}|report")),
        broken("parameters of a link tracker", "added-parameter", format!("{url}&utm_source=mail&fbclid=abc"))
            .answered(SIGNATURE),
        broken("given to a shell without quotes", "cut-at-ampersand", url.split('&').next().unwrap()),
        broken("cut in the middle of the signature", "truncated", half),
        broken("cut in the middle of the token", "truncated", early),
        broken("shortened by a log", "truncated", format!("{}...", url.chars().take(500).collect::<String>())),
        broken("the signature's value lost", "truncated", with(&url, &signature, "")),
        broken("encoded twice", "double-encoded", with(&url, "%2F", "%252F")),
        broken(
            "only the list of headers encoded twice",
            "double-encoded",
            with(&Signer::upload().url(), "%3B", "%253B"),
        ),
        broken("decoded once, so that the token's plus signs are bare", "plus-for-space", with(&url, &token, TOKEN)),
        broken("plus signs of the token encoded as spaces", "plus-for-space", with(&url, "%2B", "%20")),
        broken("a form's encoding of a space in a parameter", "plus-for-space", {
            let query = vec![("response-content-disposition", "attachment; filename=q1.pdf")];
            with(&Signer { query, ..Signer::session() }.url(), "attachment%3B%20", "attachment%3B+")
        })
        .answered(SIGNATURE),
        broken("a form's encoding of a space in the key", "plus-for-space", {
            with(&Signer { path: "/my%20report.pdf".to_owned(), ..Signer::user() }.url(), "my%20report", "my+report")
        })
        .answered(SIGNATURE),
        broken("in lower case", "letter-case", short.to_lowercase()),
        broken("in upper case", "letter-case", short.to_uppercase()),
        broken("the signature in upper case", "letter-case", with(&url, &signature, &signature.to_uppercase())),
        broken("a key's number sign not encoded", "fragment", {
            with(&Signer { path: "/a%23b.pdf".to_owned(), ..Signer::user() }.url(), "%23", "#")
        }),
        broken("a key's space not encoded", "space-in-path", {
            with(&Signer { path: "/my%20report.pdf".to_owned(), ..Signer::user() }.url(), "%20", " ")
        }),
        broken("signed twice over", "repeated-parameter", format!("{url}&X-Amz-Expires=60")),
    ]
}

/// Signed wrongly, late, for elsewhere, or with the wrong credentials.
pub fn signed_wrongly() -> Vec<Broken> {
    let user = Signer::user();
    let url = user.url();
    let session = Signer::session().url();
    let with = |text: &str, from: &str, to: &str| text.replace(from, to);
    let host = user.host.clone();
    let at = |host: &str| Signer { host: host.to_owned(), ..user.clone() }.url();
    let token = parameter(&session, "X-Amz-Security-Token").to_owned();
    vec![
        broken("the question mark encoded", "not-presigned", url.replacen('?', "%3F", 1)),
        broken("no query at all", "not-presigned", url.split('?').next().unwrap()),
        broken("CloudFront's signature", "not-presigned", format!("https://{host}/k?Expires=1777633200&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F")),
        broken("CloudFront's signature, used late", "expired", "https://d111111abcdef8.cloudfront.net/k?Expires=1777629600&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F"),
        broken("Google's older signature", "not-presigned", "https://storage.googleapis.com/b/k?GoogleAccessId=a%40b.iam.gserviceaccount.com&Expires=1777633200&Signature=ab"),
        broken("Azure's signature", "not-presigned", "https://a.blob.core.windows.net/b/k?sv=2024-11-04&se=2026-05-02&sr=b&sp=r&sig=abc%2Fdef"),
        broken("signed again by CloudFront", "custom-host", at("d111111abcdef8.cloudfront.net")).answered(
            "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified</Message></Error>",
        ),
        broken("Google's signature", "not-presigned", "https://storage.googleapis.com/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=ab"),
        broken("Signature Version 2", "signature-version-2", format!("https://{host}/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1777633200&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D")),
        broken("another algorithm", "unknown-algorithm", with(&url, "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")),
        broken("no date", "parameter-missing", with(&url, "X-Amz-Date=20260501T100000Z&", "")),
        broken("no credential", "parameter-missing", with(&url, &format!("X-Amz-Credential={}&", parameter(&url, "X-Amz-Credential")), "")),
        broken("another form of date", "parameter-malformed", with(&url, "20260501T100000Z", "2026-05-01T10:00:00Z")),
        broken("an expiry that is no number", "parameter-malformed", with(&url, "Expires=3600", "Expires=undefined")),
        broken("an expiry of nothing", "parameter-malformed", with(&url, "Expires=3600", "Expires=0")),
        broken("a credential without its region", "parameter-malformed", with(&url, "%2Feu-central-1%2F", "%2F")),
        broken("a credential of another day", "parameter-malformed", with(&url, "%2F20260501%2F", "%2F20260430%2F")),
        broken("host not signed", "host-not-signed", with(&url, "SignedHeaders=host", "SignedHeaders=range")),
        broken("used after an hour and a second", "expired", url.clone()).at(after(3601)),
        broken("used in the second of its end", "expired", url.clone()).at(after(3600)),
        broken("used late, as the recorded answer's date shows", "expired", url.clone()).sent(format!(
            "{}< HTTP/1.1 403 Forbidden\r\n< Date: Fri, 01 May 2026 11:00:00 GMT\r\n<\r\n",
            curl("GET", &host, split(&url).1, &[])
        )),
        broken("signed by a clock that is a day ahead", "not-yet-valid", url.clone()).at(after(-86_400)),
        broken("promised for eight days", "expires-over-seven-days", with(&url, "Expires=3600", "Expires=691200")),
        broken("promised for a second more than seven days", "expires-over-seven-days", with(&url, "Expires=3600", "Expires=604801")),
        broken("a session's URL for seven days, on the second day", "outlives-session", {
            Signer { expires_in: 604_800, ..Signer::session() }.url()
        })
        .at(after(140_000)),
        broken("a session's URL for seven days, after thirteen hours", "outlives-session", {
            Signer { expires_in: 604_800, ..Signer::session() }.url()
        })
        .at(after(46_800)),
        broken("a session's key without its token", "token-missing", with(&session, &format!("X-Amz-Security-Token={token}&"), "")),
        broken("a user's key with a left-over token", "token-unexpected", with(&session, "ASIA", "AKIA")),
        broken("a role's id for an access key", "access-key-kind", with(&url, "AKIAIOSF", "AROAIOSF")),
        broken("a signer without credentials", "access-key-kind", with(&url, "AKIAIOSFODNN7EXAMPLE", "undefined")),
        broken("signed for another region than the host's", "region-mismatch", with(&url, "s3.eu-central-1.", "s3.eu-west-1.")),
        broken("the region of an old spelling of the host", "region-mismatch", at("amzn-s3-demo-bucket.s3-us-west-2.amazonaws.com")),
        broken("signed for another service", "service-mismatch", with(&url, "%2Fs3%2F", "%2Fexecute-api%2F")),
        broken("the global endpoint, redirected", "global-endpoint", at("amzn-s3-demo-bucket.s3.amazonaws.com")).answered(
            "<Error><Code>TemporaryRedirect</Code><Message>Please re-send this request to the specified temporary endpoint. \
             Continue to use the original request endpoint for future requests.</Message>\
             <Endpoint>amzn-s3-demo-bucket.s3-eu-central-1.amazonaws.com</Endpoint></Error>",
        ),
        broken("China's region at another partition's host", "partition-mismatch", {
            Signer { region: "cn-north-1", host: "amzn-s3-demo-bucket.s3.amazonaws.com".to_owned(), ..user.clone() }.url()
        }),
        broken("a setting that was empty", "bucket-name", at("undefined.s3.eu-central-1.amazonaws.com").replace("undefined.", "Undefined_.")),
        broken("a bucket with dots under TLS", "bucket-name-with-dots", at("static.example.com.s3.eu-central-1.amazonaws.com")),
        broken("the website endpoint", "website-endpoint", at("amzn-s3-demo-bucket.s3-website.eu-central-1.amazonaws.com")),
        broken("the API for accounts", "control-endpoint", at("123456789012.s3-control.eu-central-1.amazonaws.com")),
        broken("acceleration of a bucket with dots", "accelerate-endpoint", at("a.b.s3-accelerate.amazonaws.com")).answered(
            "<Error><Code>InvalidRequest</Code><Message>S3 Transfer Acceleration is not supported for buckets with periods (.) \
             in their names</Message></Error>",
        ),
        broken("sent through CloudFront", "custom-host", at("d111111abcdef8.cloudfront.net")),
        broken("the bucket named in host and key", "bucket-and-key", {
            Signer { path: "/amzn-s3-demo-bucket/q1.pdf".to_owned(), ..user.clone() }.url()
        })
        .answered("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"),
        broken("dot segments that the client resolved", "dot-segments", {
            Signer { path: "/a/../b.pdf".to_owned(), ..user.clone() }.url()
        })
        .answered(SIGNATURE),
    ]
}

/// Sent otherwise than signed, as the request shows.
pub fn sent_otherwise() -> Vec<Broken> {
    let upload = Signer::upload().url();
    let (host, target) = split(&upload);
    let kms = ("x-amz-server-side-encryption", "aws:kms");
    let text = ("content-type", "text/plain");
    let both = [text, kms];
    let read = read();
    let (_, read_target) = split(&read);
    let spaced = spaced();
    let (_, spaced_target) = split(&spaced);
    let received = |method, host, target, headers| Received { method, host, target, headers }.refused();
    let tracked = format!("{read_target}&utm_source=mail");
    vec![
        broken("uploaded with POST", "method", upload.clone()).sent(curl("POST", host, target, &both)),
        broken("opened in a browser", "method", upload.clone())
            .sent(curl("GET", host, target, &both))
            .answered(received("GET", host, target, &both)),
        broken("a content type forgotten", "signed-header-missing", upload.clone()).sent(curl(
            "PUT",
            host,
            target,
            &[kms],
        )),
        broken("the encryption forgotten", "signed-header-missing", upload.clone())
            .sent(curl("PUT", host, target, &[text]))
            .answered(received("PUT", host, target, &[text])),
        broken("an ACL added", "unsigned-amz-header", upload.clone()).sent(curl(
            "PUT",
            host,
            target,
            &[text, kms, ("x-amz-acl", "public-read")],
        )),
        broken("the application's own authorization sent along", "two-authentications", upload.clone()).sent(curl(
            "PUT",
            host,
            target,
            &[text, kms, ("Authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijklm")],
        )),
        broken("a proxy's host", "host-differs", upload.clone()).sent(curl("PUT", "files.example.com", target, &both)),
        broken("a tracking parameter added", "request-differs", read.clone()).sent(curl("GET", host, &tracked, &[])),
        broken("a parameter dropped", "request-differs", read.clone()).sent(curl(
            "GET",
            host,
            &without_parameter(read_target, "response"),
            &[],
        )),
        broken("the signature cut by the client", "request-differs", read.clone())
            .sent(curl("GET", host, &cut(read_target, 20), &[]))
            .answered(SIGNATURE),
        broken("the signature lost by the client", "request-differs", read.clone())
            .sent(curl("GET", host, &without_parameter(read_target, "X-Amz-Signature"), &[]))
            .answered(
                "<Error><Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the X-Amz-Algorithm, \
                 X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.</Message></Error>",
            ),
        broken("the path decoded by the client", "request-differs", spaced.clone()).sent(curl(
            "GET",
            host,
            &spaced_target.replace("c%2Bd", "c%252Bd"),
            &[],
        )),
        broken("another content type than signed, and S3 does not say what it saw", "signed-otherwise", upload.clone())
            .sent(curl("PUT", host, target, &[("content-type", "text/html"), kms]))
            .answered(SIGNATURE),
        broken("an upload in chunks", "chunked-upload", upload.clone()).sent(curl(
            "PUT",
            host,
            target,
            &[text, kms, ("Transfer-Encoding", "chunked")],
        )),
    ]
}

/// The same, as S3's canonical request shows.
pub fn seen_otherwise() -> Vec<Broken> {
    let upload = Signer::upload().url();
    let (host, target) = split(&upload);
    let kms = ("x-amz-server-side-encryption", "aws:kms");
    let text = ("content-type", "text/plain");
    let both = [text, kms];
    let read = read();
    let (_, read_target) = split(&read);
    let spaced = spaced();
    let (_, spaced_target) = split(&spaced);
    let received = |method, host, target, headers| Received { method, host, target, headers }.refused();
    let proxied = format!("/stage{target}");
    let again = target.replace("%2F", "%252F");
    let tracked = format!("{read_target}&utm_source=mail");
    let clicked = format!("{read_target}&utm_source=mail&fbclid=abc");
    let session = Signer::session().url();
    let other_date = target.replace("T100000Z", "T100001Z");
    vec![
        broken("S3 saw the path encoded again", "seen-path-differs", spaced.clone()).answered(received(
            "GET",
            host,
            &spaced_target.replace("a%20b", "a%2520b"),
            &[],
        )),
        broken("S3 saw a gateway's stage in the path", "seen-path-differs", upload.clone())
            .answered(received("PUT", host, &proxied, &both)),
        broken("S3 saw a tracking parameter", "seen-query-differs", read.clone()).answered(received(
            "GET",
            host,
            &tracked,
            &[],
        )),
        broken("S3 saw a parameter less", "seen-query-differs", read.clone()).answered(received(
            "GET",
            host,
            &without_parameter(read_target, "response"),
            &[],
        )),
        broken("S3 saw the credential encoded again", "seen-query-differs", upload.clone())
            .answered(received("PUT", host, &again, &both)),
        broken("S3 saw another token", "seen-query-differs", session.clone()).answered(received(
            "GET",
            host,
            &split(&session).1.replace("%2Bdef", "%20def"),
            &[],
        )),
        broken("S3 saw another signature", "seen-signature-differs", read.clone()).answered(received(
            "GET",
            host,
            &cut(read_target, 20),
            &[],
        )),
        broken("S3 saw another content type than was sent", "seen-header-differs", upload.clone())
            .sent(curl("PUT", host, target, &both))
            .answered(received("PUT", host, target, &[("content-type", "text/plain; charset=utf-8"), kms])),
        broken("S3 saw another host", "seen-header-differs", read.clone()).answered(received(
            "GET",
            "s3.example.com",
            read_target,
            &[],
        )),
        broken("S3 saw a hash of the body", "seen-payload-hash-differs", upload.clone()).answered(received(
            "PUT",
            host,
            target,
            &[text, kms, ("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")],
        )),
        broken("the document is of another URL", "seen-query-differs", upload.clone()).answered(received(
            "PUT",
            host,
            &other_date,
            &both,
        )),
        broken(
            "parameters of a link tracker, which S3 saw too",
            "added-parameter",
            format!("{read}&utm_source=mail&fbclid=abc"),
        )
        .sent(curl("GET", host, &clicked, &[]))
        .answered(received("GET", host, &clicked, &[])),
        broken("another secret key", "signed-otherwise", upload.clone())
            .sent(curl("PUT", host, target, &both))
            .answered(received("PUT", host, target, &both)),
        broken("another value of a signed header", "signed-otherwise", upload.clone())
            .sent(curl("PUT", host, target, &[("content-type", "text/html"), kms]))
            .answered(received("PUT", host, target, &[("content-type", "text/html"), kms])),
    ]
}

const SIGNATURE: &str = "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match \
                         the signature you provided. Check your key and signing method.</Message></Error>";

/// A URL that sets the answer's content type.
fn read() -> String {
    Signer { query: vec![("response-content-type", "text/csv")], ..Signer::session() }.url()
}

/// A URL of a key with a space and a plus sign.
fn spaced() -> String {
    Signer { path: "/a%20b/c%2Bd.pdf".to_owned(), ..Signer::session() }.url()
}

/// Without that many characters of the signature's end.
fn cut(target: &str, characters: usize) -> String {
    let signature = parameter(target, "X-Amz-Signature");
    target.replace(signature, signature.split_at(signature.len() - characters).0)
}

fn without_parameter(target: &str, name: &str) -> String {
    target.split('&').filter(|pair| !pair.starts_with(name)).collect::<Vec<_>>().join("&")
}
