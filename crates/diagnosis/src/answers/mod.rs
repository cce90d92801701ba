//! What S3 answers, explained in context.

mod denial;
mod table;

pub(crate) use denial::DENIALS;
pub use denial::{Denial, PolicyKind};
pub use table::{Answer, table};

use crate::case::Case;
use crate::error_document::ErrorDocument;
use crate::finding::{Certainty, Finding, Source};
use crate::text::quotable;

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
    let row = table().find(|row| row.is_for(error));
    vec![row.map_or_else(|| (true, unknown(error)), |row| (row.generic, of_row(row, error)))]
}

fn of_row(row: &Answer, error: &ErrorDocument) -> Finding {
    let only_host = error.detail("HeadersNotSigned").is_some_and(|names| names.trim() == "host");
    let mut finding =
        with_evidence(Finding::new(row.certainty, row.cause), error).fix(row.fix).rules_out(row.rules_out);
    finding.check = if only_host { "host-not-signed" } else { row.check };
    if !row.paste.is_empty() {
        finding = finding.paste(row.paste);
    }
    finding
}

fn unknown(error: &ErrorDocument) -> Finding {
    let mut finding = with_evidence(
        Finding::new(
            Certainty::Likely,
            "S3's answer is none that is known here; its message says what there is to know",
        ),
        error,
    )
    .fix("look the code up in the Amazon S3 API reference, \"Error responses\"");
    finding.check = UNKNOWN;
    finding
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
