mod elements;
mod told;

use std::collections::BTreeMap;

use jiff::Timestamp;

use self::elements::{elements, from_bytes};
pub(crate) use self::told::names_status;
use self::told::{code_and_message, code_in, status, status_of_page, unescaped};
use crate::answers::HEADERS_NOT_SIGNED;
use crate::canonical::{Canonical, StringToSign};
use crate::guarded::Guarded;
use crate::text::quotable;

/// What S3 answered: its code, its message, and those details that can be shown. Signature, token, host id and whatever
/// else a document quotes of the request's secrets are dropped as it is read.
#[derive(Debug, Clone)]
pub struct ErrorDocument {
    code: String,
    message: String,
    details: BTreeMap<String, String>,
    canonical: Option<Canonical>,
    string_to_sign: Option<StringToSign>,
    signature: Option<Guarded>,
    status: Option<u16>,
    bodyless: Option<Bodyless>,
}

/// Why there is a status, and no document of S3's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodyless {
    /// To HEAD, S3 sends none.
    Head,
    /// It is not among what was given.
    NotGiven,
    /// Another's answer is in its place: a proxy's, a firewall's, a CDN's.
    Foreign,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorDocumentError {
    #[error(
        "there is no S3 error in it: expected `<Error><Code>…`, the line that an SDK, the AWS CLI or a browser's console prints, or a status"
    )]
    NoError,
    #[error("{0} bytes are more than an error document has")]
    TooLong(usize),
}

/// Elements that are kept. Others may quote what is secret: `ArgumentValue` a whole `Authorization` header, `Token-0` the token.
const KEPT: [&str; 28] = [
    "AWSAccessKeyId",
    "ArgumentName",
    "Bucket",
    "BucketName",
    "Condition",
    "Endpoint",
    "Expires",
    "Header",
    "HeadersNotSigned",
    "Key",
    "MaxAllowedSkewMilliseconds",
    "MaxKeysRequested",
    "MaxSizeAllowed",
    "Method",
    "MinSizeAllowed",
    "ProposedSize",
    "Region",
    "RequestId",
    "RequestTime",
    "Resource",
    "ResourceType",
    "Server",
    "ServerTime",
    "StorageClass",
    "AccessTier",
    "UploadId",
    "VersionId",
    "X-Amz-Expires",
];

/// Statuses that S3 has no code for, and proxies, firewalls and load balancers do.
pub(crate) const NOT_S3S: [u16; 5] = [407, 413, 429, 502, 504];

/// What an answer without a document is called by its status, and the codes that S3 sends with it.
///
/// Source: Amazon S3 API reference, "Error responses".
const STATUSES: [(&str, &[&str]); 6] = [
    ("PermanentRedirect", &["PermanentRedirect"]),
    ("TemporaryRedirect", &["TemporaryRedirect"]),
    (
        "BadRequest",
        &[
            "AuthorizationHeaderMalformed",
            "AuthorizationQueryParametersError",
            "ExpiredToken",
            "IllegalLocationConstraintException",
            "InvalidArgument",
            "InvalidBucketName",
            "InvalidRequest",
            "InvalidToken",
            "InvalidURI",
            "MissingSecurityHeader",
        ],
    ),
    (
        "Forbidden",
        &[
            "AccessDenied",
            "AccessForbidden",
            "InvalidAccessKeyId",
            "InvalidObjectState",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
        ],
    ),
    ("NotFound", &["NoSuchBucket", "NoSuchKey"]),
    ("MethodNotAllowed", &["MethodNotAllowed"]),
];

impl ErrorDocument {
    /// In bytes.
    pub const LONGEST: usize = 256 * 1024;

    /// Reads S3's XML, also with HTTP's head or a browser's words before it, or the AWS CLI's line.
    ///
    /// # Errors
    /// When there is no error in `text`.
    pub fn read(text: &str) -> Result<Self, ErrorDocumentError> {
        if text.len() > Self::LONGEST {
            return Err(ErrorDocumentError::TooLong(text.len()));
        }
        match text.find("<Error").and_then(|at| text.get(at..)) {
            Some(xml) => Self::of_elements(elements(xml)),
            None => Self::of_cli(text).or_else(|| Self::of_head(text)),
        }
        .ok_or(ErrorDocumentError::NoError)
    }

    /// What a text has of S3's words that is no document: an SDK's line, or a document that was escaped, or copied without its tags.
    pub(crate) fn of_words(text: &str) -> Option<Self> {
        let escaped = unescaped(text).and_then(|text| Self::read(&text).ok());
        escaped.or_else(|| code_and_message(text).map(|(code, message)| Self::new(code, one_line(message))))
    }

    /// What a text comes to that has a status, in words or as the title of a page.
    pub(crate) fn of_told_status(text: &str) -> Option<Self> {
        if let Some(status) = status_of_page(text) {
            return Self::of_status(status, Bodyless::Foreign);
        }
        let status = status(text)?;
        if let Some(code) = code_in(text) {
            return Some(Self::new(code, String::new()));
        }
        let bodyless = if NOT_S3S.contains(&status) {
            Bodyless::Foreign
        } else if text.split_whitespace().any(|word| word == "HEAD") {
            Bodyless::Head
        } else {
            Bodyless::NotGiven
        };
        Self::of_status(status, bodyless)
    }

    fn new(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            message,
            details: BTreeMap::new(),
            canonical: None,
            string_to_sign: None,
            signature: None,
            status: None,
            bodyless: None,
        }
    }

    fn of_elements(mut elements: BTreeMap<String, String>) -> Option<Self> {
        let code = elements.remove("Code").filter(|code| !code.trim().is_empty())?;
        let message = elements.remove("Message").unwrap_or_default();
        let string_to_sign = from_bytes(&elements, "StringToSignBytes")
            .and_then(|text| StringToSign::read(&text))
            .or_else(|| elements.get("StringToSign").and_then(|text| StringToSign::read(text)));
        // A browser shows line breaks as spaces; the bytes still have them.
        let canonical = from_bytes(&elements, "CanonicalRequestBytes")
            .and_then(|text| Canonical::read(&text))
            .or_else(|| elements.get("CanonicalRequest").and_then(|text| Canonical::read(text)))
            .or_else(|| {
                Canonical::of_one_line(elements.get("CanonicalRequest")?, &string_to_sign.as_ref()?.v4()?.digest)
            });
        // What somebody has put in its place tells nothing.
        let hexadecimal = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let signature = elements.get("SignatureProvided").map(|text| text.trim()).filter(hexadecimal);
        let signature = signature.map(Guarded::secret);
        elements.retain(|name, _| KEPT.contains(&name.as_str()));
        Some(Self {
            code: quotable(code.trim()),
            message: one_line(&message),
            details: elements.into_iter().map(|(name, value)| (name, one_line(&value))).collect(),
            canonical,
            string_to_sign,
            signature,
            status: None,
            bodyless: None,
        })
    }

    /// `An error occurred (AccessDenied) when calling the GetObject operation: …`
    fn of_cli(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("An error occurred (")?;
        let (code, rest) = rest.split_once(')')?;
        // To HEAD there is no code, and the CLI names the status.
        if let Ok(status) = code.parse() {
            let head = rest.contains("when calling the Head");
            return Self::of_status(status, if head { Bodyless::Head } else { Bodyless::NotGiven });
        }
        let message = rest.split_once(" operation").map_or(rest, |(_, message)| message);
        let message = message.trim_start_matches(':');
        let plausible = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        plausible.then(|| Self::new(code, one_line(message)))
    }

    /// `HTTP/1.1 403 Forbidden`, and what follows it up to S3's document, which is not there.
    fn of_head(text: &str) -> Option<Self> {
        let text = text.trim_start().replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status = lines.next().filter(|line| line.starts_with("HTTP/"))?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
        let header =
            |name: &str| headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, it)| it.trim());
        Self::without_document(status, body, header("server"), header("x-amz-request-id").is_some())
    }

    /// What an answer comes to that has no document of S3's: by its status, and by whose it is.
    pub(crate) fn without_document(
        status: u16,
        body: &str,
        server: Option<&str>,
        has_request_id: bool,
    ) -> Option<Self> {
        let not_s3s = !body.trim().is_empty() || NOT_S3S.contains(&status);
        let foreign = not_s3s && !has_request_id && server != Some("AmazonS3");
        let mut document = Self::of_status(status, if foreign { Bodyless::Foreign } else { Bodyless::NotGiven })?;
        if let Some(server) = server {
            document.details.insert("Server".to_owned(), one_line(server));
        }
        Some(document)
    }

    /// What an answer comes to that has a status and no document.
    fn of_status(status: u16, bodyless: Bodyless) -> Option<Self> {
        let untold = status.to_string();
        let code = match status {
            301 => "PermanentRedirect",
            307 => "TemporaryRedirect",
            400 => "BadRequest",
            403 => "Forbidden",
            404 => "NotFound",
            405 => "MethodNotAllowed",
            412 => "PreconditionFailed",
            503 => "SlowDown",
            401.. => &untold,
            _ => return None,
        };
        let message = format!("an answer without a document, status {status}");
        Some(Self { status: Some(status), bodyless: Some(bodyless), ..Self::new(code, message) })
    }

    /// The same, as the answer to a request with this method.
    pub(crate) fn to(mut self, method: &str) -> Self {
        if self.bodyless == Some(Bodyless::NotGiven) && method == "HEAD" {
            self.bodyless = Some(Bodyless::Head);
        }
        self
    }

    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What S3 saw, if it says.
    #[must_use]
    pub fn canonical(&self) -> Option<&Canonical> {
        self.canonical.as_ref()
    }

    #[must_use]
    pub fn string_to_sign(&self) -> Option<&StringToSign> {
        self.string_to_sign.as_ref()
    }

    /// The signature that came to S3, to be compared.
    #[must_use]
    pub fn signature(&self) -> Option<&Guarded> {
        self.signature.as_ref()
    }

    /// S3's own clock as it refused.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        self.detail("ServerTime").and_then(|time| time.parse().ok())
    }

    /// The status, where there was no document.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Why there was no document, only a status.
    #[must_use]
    pub fn bodyless(&self) -> Option<Bodyless> {
        self.bodyless
    }

    /// Whether it is this code, with this in its message, in what it says of a condition that does not hold, or in what goes with
    /// an element that it has.
    #[must_use]
    pub fn is(&self, code: &str, message: &str) -> bool {
        let says = |text: &str| text.to_ascii_lowercase().contains(&message.to_ascii_lowercase());
        let not_signed = self.detail("HeadersNotSigned").map(|_| HEADERS_NOT_SIGNED);
        self.code == code
            && [Some(&*self.message), self.detail("Condition"), not_signed].into_iter().flatten().any(says)
    }

    /// Whether it has no document, and the status is the one that S3 sends with this code. One that is not known may be of any.
    pub(crate) fn may_be(&self, code: &str) -> bool {
        self.bodyless.is_some()
            && STATUSES.iter().find(|(_, codes)| codes.contains(&code)).is_none_or(|(name, _)| *name == self.code)
    }

    /// Everything that others wrote in it.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.code, &mut self.message].into_iter().chain(self.details.values_mut())
    }
}

/// Longer than a finding quotes: the end of a message tells the most.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(4096).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_message_and_details_are_read_and_secrets_are_not() {
        let document = ErrorDocument::read(
            "HTTP/1.1 400 Bad Request\n\n<?xml version=\"1.0\"?>\n<Error><Code>ExpiredToken</Code><Message>The provided \
             token has\nexpired.</Message><Token-0>t0k3n</Token-0><HostId>h0st</HostId><Resource>/a&amp;b&#65;</Resource>\
             <SignatureProvided>5ec2e7</SignatureProvided><ArgumentValue>AWS a:b</ArgumentValue></Error>",
        )
        .unwrap();
        assert_eq!((document.code(), document.message()), ("ExpiredToken", "The provided token has expired."));
        assert_eq!(document.detail("Resource"), Some("/a&bA"));
        let shown = format!("{document:?}");
        assert!(["t0k3n", "h0st", "5ec2e7", "AWS a:b"].iter().all(|secret| !shown.contains(secret)), "{shown}");
    }

    #[test]
    fn the_bytes_stand_in_for_a_text_whose_lines_were_lost() {
        let text = "GET\n/k\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD";
        let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let document = ErrorDocument::read(&format!(
            "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>{}</CanonicalRequest>\
             <CanonicalRequestBytes>{}</CanonicalRequestBytes></Error>",
            text.replace('\n', " "),
            bytes.join(" ")
        ))
        .unwrap();
        assert_eq!(document.canonical().map(|canonical| canonical.path.as_str()), Some("/k"));
    }

    #[test]
    fn the_aws_clis_line_is_an_error_too() {
        let line =
            "An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:iam::1:user/a is not";
        let document = ErrorDocument::read(line).unwrap();
        assert_eq!((document.code(), document.message()), ("AccessDenied", "User: arn:aws:iam::1:user/a is not"));
    }

    #[test]
    fn an_answer_without_a_document_is_known_by_its_status() {
        for (text, code, bodyless) in [
            (
                "fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden",
                "Forbidden",
                Bodyless::Head,
            ),
            ("An error occurred (404) when calling the HeadObject operation: Not Found", "NotFound", Bodyless::Head),
            (
                "An error occurred (400) when calling the HeadObject operation: Bad Request",
                "BadRequest",
                Bodyless::Head,
            ),
            ("HTTP/1.1 403 Forbidden\r\nServer: AmazonS3\r\n\r\n", "Forbidden", Bodyless::NotGiven),
            ("HTTP/2 404\nserver: AmazonS3\n", "NotFound", Bodyless::NotGiven),
            ("HTTP/1.1 403 Forbidden\nServer: nginx\n\n<html><h1>403</h1></html>", "Forbidden", Bodyless::Foreign),
            ("HTTP/1.1 403 Forbidden\r\n\r\n{\"message\":\"Forbidden\"}", "Forbidden", Bodyless::Foreign),
            ("HTTP/1.1 403 Forbidden\nserver: envoy\n\nRBAC: access denied", "Forbidden", Bodyless::Foreign),
            ("HTTP/1.1 403 Forbidden\nx-amz-request-id: 1\n\n(cut)", "Forbidden", Bodyless::NotGiven),
        ] {
            let document = ErrorDocument::read(text).unwrap();
            assert_eq!((document.code(), document.bodyless()), (code, Some(bodyless)), "{text}");
        }
        assert!(ErrorDocument::read("HTTP/1.1 200 OK\n\n").is_err());
    }

    #[test]
    fn a_document_that_breaks_off_is_read_as_far_as_it_goes() {
        let document = ErrorDocument::read("<Error><Code>NoSuchKey</Code><Message>The spec").unwrap();
        assert_eq!(document.code(), "NoSuchKey");
        assert_eq!(ErrorDocument::read("<html>403</html>").unwrap_err(), ErrorDocumentError::NoError);
    }
}
