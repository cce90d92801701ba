//! A report for people.

use std::fmt::Write;

use anstyle::AnsiColor;
use diagnosis::{Certainty, Finding, Report};
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::terminal::Look;

/// The URL's facts as a table, then the findings, the likeliest first.
pub fn report(report: &Report, look: Look) -> String {
    let mut out = String::new();
    facts(&mut out, report, look);
    let causes = report.findings.iter().filter(|finding| finding.certainty.is_cause()).count();
    let possible = report.findings.iter().any(|finding| finding.certainty == Certainty::Possible);
    let verdict = match causes {
        0 if possible => look.in_color(AnsiColor::Yellow, "No cause is certain; this is possible:"),
        0 => look.in_color(AnsiColor::Green, "Nothing found wrong."),
        1 => look.in_color(AnsiColor::Red, "A cause was found."),
        _ => look.in_color(AnsiColor::Red, &format!("{causes} causes were found, the likeliest first.")),
    };
    line(&mut out, &format!("\n{verdict}"));
    for (at, finding) in report.findings.iter().enumerate() {
        self::finding(&mut out, at + 1, finding, look);
    }
    if !report.could_not_look.is_empty() {
        line(&mut out, &format!("\n{}", look.in_color(AnsiColor::Yellow, "Could not look, so it is unknown:")));
        for unseen in &report.could_not_look {
            wrapped(&mut out, &format!("{}: {}", unseen.check, unseen.reason), "  - ", "    ", look);
        }
    }
    if report.answer.is_none() {
        line(&mut out, "");
        wrapped(
            &mut out,
            "S3's answer and the request tell more: --error FILE, --request FILE (`curl -v` gives both).",
            "",
            "",
            look,
        );
    }
    out
}

fn facts(out: &mut String, report: &Report, look: Look) {
    let url = &report.url;
    let mut rows: Vec<(&str, String)> = vec![("URL", url.address.clone())];
    if let Some(bucket) = &url.bucket {
        rows.push(("bucket", bucket.clone()));
    }
    rows.push(("key", url.key.clone()));
    if let Some(region) = &url.region {
        rows.push(("region", region.clone()));
    }
    if let Some(id) = &url.access_key_id {
        let kind = if url.has_session_token { "with a session token" } else { "without a session token" };
        rows.push(("signed by", format!("{id}, {kind}")));
    }
    rows.push(("signature", url.signature_version.to_owned()));
    if let Some(at) = url.signed_at {
        rows.push(("signed at", at.to_string()));
    }
    if let Some(at) = url.expires_at {
        rows.push(("expires at", at.to_string()));
    }
    if !url.headers_to_send.is_empty() {
        rows.push(("headers", url.headers_to_send.join(", ")));
    }
    if let Some(answer) = &report.answer {
        rows.push(("S3 answered", format!("{}: {}", answer.code, answer.message)));
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in rows {
        let first = format!("{}{}  ", look.dim(name), " ".repeat(width - name.len()));
        let indent = " ".repeat(width + 2);
        wrapped(out, &value, &first, &indent, look);
    }
}

fn finding(out: &mut String, number: usize, finding: &Finding, look: Look) {
    let color = match finding.certainty {
        Certainty::Certain => AnsiColor::Red,
        Certainty::Likely => AnsiColor::Yellow,
        Certainty::Possible => AnsiColor::Cyan,
        Certainty::Hint => AnsiColor::Blue,
    };
    let certainty = look.in_color(color, finding.certainty.as_str());
    line(out, &format!("\n{number}. {}  {certainty}", look.bold(finding.check)));
    wrapped(out, &finding.cause, "   ", "   ", look);
    for evidence in &finding.evidence {
        let from = look.dim(evidence.from.as_str());
        let gap = " ".repeat(8_usize.saturating_sub(evidence.from.as_str().len()));
        wrapped(out, &evidence.text, &format!("   {from}{gap}"), "           ", look);
    }
    if !finding.fix.text.is_empty() {
        wrapped(out, &finding.fix.text, &format!("   {}     ", look.bold("fix")), "           ", look);
    }
    if let Some(paste) = &finding.fix.paste {
        // Not wrapped: it is to be pasted.
        line(out, &format!("           {paste}"));
    }
    for what in &finding.rules_out {
        wrapped(out, what, &format!("   {}     ", look.dim("not")), "           ", look);
    }
}

fn wrapped(out: &mut String, text: &str, first: &str, rest: &str, look: Look) {
    let options = Options::new(look.width)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    for wrapped in textwrap::wrap(text, options) {
        line(out, &wrapped);
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use diagnosis::{Case, Input};
    use serde_json::{Value, json};

    use super::*;

    const URL: &str = "https://b-1.s3.us-east-1.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE\
                       %2F20260501%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260501T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host";

    fn shown(error: Option<&str>, width: usize) -> String {
        let url = format!("{URL}&X-Amz-Signature={}", "ab".repeat(32));
        let now = "2026-05-01T11:00:00Z".parse().unwrap();
        let case = Case::read(Input { url: &url, error, request: None, now }).unwrap();
        report(&Report::of(&case), Look::plain(width))
    }

    #[test]
    fn people_read_what_is_wrong_why_and_what_to_do() {
        let shown = shown(None, 100);
        let lines: Vec<&str> = shown.lines().collect();
        for expected in [
            "bucket      b-1",
            "signed by   AKIAIOSFODNN7EXAMPLE, without a session token",
            "expires at  2026-05-01T10:01:00Z",
            "A cause was found.",
            "1. expired  certain",
            "   the URL expired 59 min ago",
        ] {
            assert!(lines.contains(&expected), "no line `{expected}` in\n{shown}");
        }
        assert!(!shown.contains("abab") && !shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn what_may_be_the_cause_is_not_told_as_nothing_wrong() {
        let good = format!("{URL}&X-Amz-Signature={}", "ab".repeat(32));
        let now = "2026-05-01T10:00:30Z".parse().unwrap();
        let verdict = |url: &str| {
            let report = Report::of(&Case::read(Input { url, error: None, request: None, now }).unwrap());
            assert!(!report.has_cause(), "{report:?}");
            let shown = super::report(&report, Look::plain(100));
            shown.split("\n\n").nth(1).unwrap().lines().next().unwrap().to_owned()
        };
        assert_eq!(verdict(&good), "Nothing found wrong.");
        // It was read without its quotes, and may have been used with them.
        assert_eq!(verdict(&format!("'{good}'")), "No cause is certain; this is possible:");
    }

    #[test]
    fn what_is_to_be_pasted_stays_on_one_line() {
        let denied = "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/m is not authorized to perform: \
                      s3:GetObject because no identity-based policy allows the s3:GetObject action</Message></Error>";
        let shown = shown(Some(denied), 40);
        let statement = json!({"Action": "s3:GetObject", "Effect": "Allow", "Resource": "arn:aws:s3:::b-1/k"});
        let is_statement = |line: &str| serde_json::from_str::<Value>(line.trim()).is_ok_and(|line| line == statement);
        assert!(shown.lines().any(is_statement), "{shown}");
    }
}
