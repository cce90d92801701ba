use std::fmt::Write;
use std::time::SystemTime;

use diagnosis::{Case, Input, Report};
use jiff::Timestamp;
use presign::presigned_url::PresignedUrl;
use s3_calls::S3CallError;

use crate::steps::Prepared;

/// What is known of a URL that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
pub enum Verified {
    /// It was used, and works.
    Used,
    /// S3 lets an upload with these headers begin, and KMS gives its key for it.
    PermissionAndKey,
    /// The signer may write the object. Its encryption, and what policies say of its headers, was not tried.
    Permission,
}

impl Verified {
    /// The name in the interface.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::PermissionAndKey => "permissionAndKey",
            Self::Permission => "permission",
        }
    }
}

/// Why a URL is not handed out: it was tried, and S3 refuses it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the URL would fail: {cause}")]
pub struct WouldFail {
    /// S3's word.
    pub s3_code: String,
    cause: String,
    /// The name of the check that found it.
    check: String,
    /// The whole report, without secrets.
    pub diagnosis: serde_json::Value,
}

/// The checks that are about the object rather than about who may have it.
const ABOUT_THE_OBJECT: [&str; 6] =
    ["missing-object-hidden", "no-such-key", "no-such-version", "archived", "invalid-range", "no-such-part"];

impl WouldFail {
    /// As S3 has answered a trial of `url`.
    pub(super) fn of(
        prepared: &Prepared<'_>,
        url: &PresignedUrl,
        (status, code, message): (u16, String, &str),
        now: SystemTime,
    ) -> Self {
        let report = report(prepared, url, (status, &code, message), now);
        let first = report.as_ref().and_then(|report| report.findings.first());
        let in_its_words =
            || S3CallError::Refused { status, code: code.clone(), message: message.to_owned() }.to_string();
        Self {
            cause: first.map_or_else(in_its_words, |finding| finding.cause.clone()),
            check: first.map(|finding| finding.check.to_owned()).unwrap_or_default(),
            s3_code: code,
            diagnosis: report.and_then(|report| serde_json::to_value(report).ok()).unwrap_or_default(),
        }
    }

    /// The same without what S3 says, which names the object.
    pub(crate) fn without_names(&self) -> String {
        let found = if self.check.is_empty() { String::new() } else { format!(", by `{}`", self.check) };
        format!("the URL would fail: S3 answers `{}`{found}", self.s3_code)
    }

    pub(crate) fn is_about_the_object(&self) -> bool {
        ABOUT_THE_OBJECT.contains(&self.check.as_str())
    }
}

/// What the URL, the request as its holder would send it, and S3's answer tell.
fn report(
    prepared: &Prepared<'_>,
    url: &PresignedUrl,
    (status, code, message): (u16, &str, &str),
    now: SystemTime,
) -> Option<Report> {
    let (_, rest) = url.expose().split_once("://")?;
    let (host, target) = rest.split_at_checked(rest.find('/')?)?;
    let mut request =
        format!("> {} {target} HTTP/1.1\n> host: {host}\n", prepared.bound.request().operation().method());
    for (name, value) in prepared.bound.headers() {
        // Writing to a string cannot fail.
        let _ = writeln!(request, "> {name}: {value}");
    }
    let _ = writeln!(request, ">\n< HTTP/1.1 {status}\n<");
    let document = format!("<Error><Code>{}</Code><Message>{}</Message></Error>", escaped(code), escaped(message));
    // An answer to HEAD has no document, and its status says no more than the transcript.
    let error = (code != S3CallError::NO_CODE).then_some(document.as_str());
    let now = Timestamp::try_from(now).ok()?;
    Case::read(Input { url: url.expose(), error, request: Some(&request), now }).ok().map(|case| Report::of(&case))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
