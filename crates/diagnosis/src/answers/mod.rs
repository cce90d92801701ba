//! What S3 answers, explained in context.

mod denial;
mod policy_kind;
mod table;

pub(crate) use denial::{DENIALS, as_quoted};
pub use denial::{Denial, Reason};
pub use policy_kind::PolicyKind;
pub use table::{Answer, table};
pub(crate) use table::{FORM_MALFORMED, HEADERS_NOT_SIGNED};

use crate::case::Case;
use crate::checks::{self, EMPTY_CHECKSUM, REGIONAL_SIGNATURE, SIGN_FOR_ALL};
use crate::error_document::{Bodyless, ErrorDocument, NOT_S3S};
use crate::finding::{Certainty, Finding, Source};
use crate::text::quotable;
use crate::url::Endpoint;

/// The checklists' lines that an answer's check stands for.
pub(crate) fn checklist(check: &str) -> &'static [&'static str] {
    match check {
        "expired-token" => &["Policy change 1", "Expiry 2"],
        "invalid-access-key" => &["Policy change 1", "Policy change 2"],
        "kms-key-disabled" | "kms-key-state" | "kms-key-not-found" => &["SSE-KMS 8"],
        _ => &[],
    }
}

/// Details of an error document that are evidence.
const DETAILS: [&str; 18] = [
    "HeadersNotSigned",
    "Expires",
    "X-Amz-Expires",
    "ServerTime",
    "RequestTime",
    "MaxAllowedSkewMilliseconds",
    "Region",
    "Endpoint",
    "ArgumentName",
    "Condition",
    "Header",
    "Method",
    "ResourceType",
    "ProposedSize",
    "MaxSizeAllowed",
    "MinSizeAllowed",
    "StorageClass",
    "AccessTier",
];

/// Findings from S3's answer, each with whether it only repeats what S3 said.
pub(crate) fn explain(case: &Case) -> Vec<(bool, Finding)> {
    let Some(error) = case.error() else { return Vec::new() };
    if let Some(denial) = Denial::read(error.message()) {
        return denial.findings(case, error).into_iter().map(|finding| (false, finding)).collect();
    }
    if error.bodyless() == Some(Bodyless::Foreign) {
        return vec![(false, foreign(error))];
    }
    if case.is_for_cloudfront() && error.is("AccessDenied", "") {
        return vec![(true, of_cloudfront(error))];
    }
    let row = table().find(|row| row.is_for(error));
    let of_mrap = case.url().place().endpoint == Endpoint::MultiRegion;
    let Some(row) = row else { return vec![(true, unknown(error))] };
    let finding = of_row(row, error, of_mrap);
    // Of what was signed before there was a body the URL tells more than the answer.
    if row.check == "checksum-differs" && checks::is_empty_checksum(case) {
        return vec![(true, finding.of(EMPTY_CHECKSUM))];
    }
    vec![(row.generic, finding)]
}

fn of_row(row: &Answer, error: &ErrorDocument, of_mrap: bool) -> Finding {
    let only_host = error.detail("HeadersNotSigned").is_some_and(|names| names.trim() == "host");
    let (check, cause, fix) = if only_host {
        (
            "host-not-signed",
            "`host` is not among the headers that S3 read as signed, and S3 demands it",
            "sign `host`; every SDK does",
        )
    } else {
        (row.check, row.cause, row.fix)
    };
    // A status alone may be another's than S3's.
    let certainty = if error.bodyless().is_some() { row.certainty.max(Certainty::Likely) } else { row.certainty };
    let mut finding = with_evidence(Finding::new(certainty, cause).of(check), error).fix(fix).rules_out(row.rules_out);
    // A multi-region access point has no region to sign for.
    if of_mrap && row.check == "region-mismatch" {
        return finding.of(REGIONAL_SIGNATURE).fix(SIGN_FOR_ALL);
    }
    if !row.paste.is_empty() {
        finding = finding.paste(row.paste);
    }
    match error.bodyless() {
        Some(Bodyless::Head) => finding.seen(Source::Error, "to HEAD, S3 sends no document"),
        Some(_) if WITHOUT_REASON.contains(&row.check) => finding
            .seen(Source::Error, "the answer's body is not here")
            .fix("give the answer's body to `--error`, or all that this prints to `--request`")
            .paste(RECORD),
        Some(_) => finding.seen(Source::Error, "the answer's body is not here"),
        None => finding,
    }
}

/// CloudFront has one answer for whatever it refuses, and passes on S3's to itself, which reads alike.
fn of_cloudfront(error: &ErrorDocument) -> Finding {
    Finding::likely(
        "CloudFront refused, and does not say why: the URL has expired, its signature, policy or key pair is not the distribution's, \
         or the distribution may not read the object, which may be missing",
    )
    .seen(Source::Error, format!("CloudFront answered `AccessDenied`: {}", quotable(error.message())))
    .fix("look at the key group of the distribution's behavior, and at what the bucket policy allows the distribution")
    .of("access-denied")
}

/// Checks of answers that say nothing but that S3 refused.
const WITHOUT_REASON: [&str; 2] = ["forbidden-head", "bad-request-head"];

/// What records request and answer, both whole.
pub(crate) const RECORD: &str = "curl -sv 'URL' > answer.txt 2>&1";

fn foreign(error: &ErrorDocument) -> Finding {
    let (cause, fix) = match error.status() {
        Some(407) => (
            "the answer is not S3's: a proxy in between asks for credentials of its own",
            "give the client the proxy's credentials, or let it ask S3 without the proxy (`NO_PROXY`)",
        ),
        Some(413) => (
            "the answer is not S3's: a proxy in between takes no body as large as this one",
            "raise its limit (nginx: `client_max_body_size`), or send the upload in smaller parts",
        ),
        Some(429) => (
            "the answer is not S3's: a proxy or firewall in between was asked too often",
            "send it again after a growing pause, or have its limit raised",
        ),
        Some(502 | 504) => (
            "the answer is not S3's: a proxy in between got none from S3, or not in time",
            "see its log: whether it finds S3's host, by which name it asks for TLS, and how long it waits",
        ),
        _ => (
            "the answer is not S3's: a proxy, firewall or CDN has answered in its place, or has put its own page there",
            "see what is between the client and S3, and what its log says; from elsewhere, S3 itself tells",
        ),
    };
    let mut finding = Finding::likely(cause).seen(
        Source::Error,
        match error.status() {
            Some(status) if NOT_S3S.contains(&status) => format!("the status is {status}, for which S3 has no code"),
            _ => "its body is no document of S3's, and it has no `x-amz-request-id`".to_owned(),
        },
    );
    if let Some(server) = error.detail("Server") {
        finding = finding.seen(Source::Error, format!("`Server` is `{}`", quotable(server)));
    }
    finding.fix(fix).paste(RECORD).of(FOREIGN)
}

/// The name under which an answer of another server is reported.
pub const FOREIGN: &str = "answer-not-s3s";

fn unknown(error: &ErrorDocument) -> Finding {
    if let Some(status) = error.status() {
        return Finding::likely("S3, or what is between, refused, and there is no document that says why")
            .seen(Source::Error, format!("the status is {status}"))
            .fix("give the answer's body to `--error`, or all that this prints to `--request`")
            .paste(RECORD)
            .of(UNKNOWN);
    }
    let finding = Finding::likely("S3's answer is none that is known here; its message says what there is to know");
    with_evidence(finding, error)
        .fix("look the code up in the Amazon S3 API reference, \"Error responses\"")
        .of(UNKNOWN)
}

/// The name under which an answer is reported that the table does not have.
pub const UNKNOWN: &str = "unknown-answer";

fn with_evidence(finding: Finding, error: &ErrorDocument) -> Finding {
    let said = if error.message().is_empty() { String::new() } else { format!(": {}", quotable(error.message())) };
    let finding = finding.seen(Source::Error, format!("S3 answered `{}`{said}", quotable(error.code())));
    DETAILS
        .iter()
        .filter_map(|name| error.detail(name).map(|value| (name, value)))
        .fold(finding, |finding, (name, value)| {
            finding.seen(Source::Error, format!("`{name}` is `{}`", quotable(value)))
        })
}
