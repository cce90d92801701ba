use diagnosis::{Case, Input, Report};
use jiff::Timestamp;

use crate::secrecy::NAME;
use crate::seed::{SIGNATURE, with_signatures};

/// Between the URL, S3's answer and the request.
const SEPARATOR: &str = "\n===\n";

/// A URL that fails, and what else there is to it.
pub fn explain(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes).map(with_signatures) else { return };
    let mut parts = text.splitn(3, SEPARATOR);
    let url = parts.next().unwrap_or_default();
    let input = Input { url, error: parts.next(), request: parts.next(), now: Timestamp::UNIX_EPOCH };
    let Ok(case) = Case::read(input) else { return };
    let report = Report::of(&case);
    let printed = format!("{}\n{report:?}", serde_json::to_string(&report).expect("a report is JSON"));
    let signed = url.split(['?', '&', '#']).any(|pair| pair.strip_prefix(NAME) == Some(SIGNATURE));
    assert!(!signed || !printed.contains(SIGNATURE), "the signature is in the report");
}
