use jiff::SignedDuration;

use super::{as_fine_as_the_method, fine, looked, when_found};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::checks::time::lasting;
use crate::facts::{CorsRule, Looked};
use crate::finding::{Certainty, Finding, Source};
use crate::text::{list, pasteable, quotable};

pub(super) const CHECKS: &[Check] = &[
    looked("cors", "No CORS rule of the bucket lets the page's origin make this request.", &[], &[], cors),
    looked(
        "clock-skew",
        "This machine's clock differs from S3's.",
        &[
            Symptom::code("RequestTimeTooSkewed"),
            Symptom::said("AccessDenied", "not yet valid"),
            Symptom::said("AccessDenied", "has expired"),
        ],
        &["Expiry 3"],
        clock_skew,
    ),
];

/// A minute is what no one notices.
const NOTICEABLE: i64 = 60;

/// What S3 still takes.
const TOLERATED: i64 = 900;

fn no_cors() -> Outcome {
    Finding::likely("the bucket has no CORS rules: a browser lets no page of another origin read the answer, or upload")
        .seen(Source::Account, "S3: the bucket has no CORS configuration")
        .fix("give the bucket a rule for the page's origin, method and headers")
        .into()
}

fn cors(case: &Case) -> Outcome {
    let without_rules = match case.facts().map(|facts| &facts.cors) {
        Some(Looked::Nothing) => true,
        Some(Looked::Found(rules)) => rules.is_empty(),
        Some(Looked::CouldNot(_) | Looked::NotAsked) | None => false,
    };
    // It is all the same then what the request is.
    if without_rules {
        return no_cors();
    }
    let outcome = when_found(
        case,
        |facts| &facts.cors,
        no_cors,
        |rules, facts| {
            let origin = facts.circumstances.origin.as_deref()?;
            let method = case.method();
            let mut headers = case.url().v4().map(|v4| v4.headers_to_send()).unwrap_or_default();
            headers.retain(|name| !is_the_browsers(name) && !is_every_pages(case, name));
            let allowed = |headers: &[&str]| rules.iter().any(|rule| allows(rule, origin, method, headers));
            if allowed(&headers) {
                return None;
            }
            let finding = not_allowed(rules.len(), origin, method, &headers);
            // Some content types need no rule.
            headers.retain(|name| *name != CONTENT_TYPE);
            let untold = case.stated(CONTENT_TYPE).is_none() && allowed(&headers);
            let why =
                "no rule allows `content-type`, which only some of its values need: the URL does not tell its value";
            Some(if untold { finding.at_most(Certainty::Possible, Source::Url, why) } else { finding })
        },
    );
    as_fine_as_the_method(case, outcome)
}

fn not_allowed(rules: usize, origin: &str, method: &str, headers: &[&str]) -> Finding {
    let headers_allowed: Vec<&str> = headers.iter().map(|name| pasteable(name, "HEADER")).collect();
    let rule = serde_json::json!({"CORSRules": [{
        "AllowedOrigins": [pasteable(origin, "ORIGIN")],
        "AllowedMethods": [pasteable(method, "METHOD")],
        "AllowedHeaders": headers_allowed,
    }]});
    let with =
        if headers.is_empty() { "no header besides `host`".to_owned() } else { format!("headers {}", list(headers)) };
    Finding::likely(format!(
        "no CORS rule of the bucket lets a page of `{}` send {method} with these headers",
        quotable(origin)
    ))
    .seen(Source::Account, format!("S3: {rules} rules, none of which fits"))
    .seen(Source::Url, with)
    .fix(
        "add such a rule to those of `aws s3api get-bucket-cors`, since `put-bucket-cors` replaces them all; the browser's console says CORS, whatever S3 answered",
    )
    .paste(format!("aws s3api put-bucket-cors --bucket BUCKET --cors-configuration '{rule}'"))
}

fn allows(rule: &CorsRule, origin: &str, method: &str, headers: &[&str]) -> bool {
    let origin_fits = rule.origins.iter().any(|allowed| fits(allowed, origin));
    let method_fits = rule.methods.iter().any(|allowed| allowed == method);
    let header_fits = |header: &&str| rule.headers.iter().any(|allowed| fits(&allowed.to_ascii_lowercase(), header));
    origin_fits && method_fits && headers.iter().all(header_fits)
}

const CONTENT_TYPE: &str = "content-type";

/// Whether every page may send a header with the value that it has, so that no rule need allow it.
///
/// Source: Fetch standard, "CORS-safelisted request-header" and "CORS-unsafe request-header byte".
fn is_every_pages(case: &Case, name: &str) -> bool {
    const TYPES: [&str; 3] = ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
    match name {
        "accept" | "accept-language" | "content-language" => true,
        CONTENT_TYPE => case.stated(CONTENT_TYPE).is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            TYPES.contains(&essence.as_str()) && !value.contains(is_unsafe)
        }),
        "range" => case.stated("range").is_some_and(|value| is_one_range(&value)),
        _ => false,
    }
}

/// What a value may not have in it, whatever its type.
fn is_unsafe(character: char) -> bool {
    character.is_ascii_control() && character != '\t' || "\"():<>?@[\\]{}".contains(character)
}

/// `bytes=FIRST-`, or `bytes=FIRST-LAST`.
fn is_one_range(value: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let range = value.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    range.is_some_and(|(first, last)| number(first) && (last.is_empty() || number(last)))
}

/// Whether the browser itself sets a header, so that no preflight asks for it and no rule need allow it.
///
/// Source: Fetch standard, "forbidden request-header".
fn is_the_browsers(name: &str) -> bool {
    const FORBIDDEN: [&str; 21] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    FORBIDDEN.contains(&name) || name.starts_with("proxy-") || name.starts_with("sec-")
}

/// CORS rules have one `*` at most.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
        None => pattern == text,
    }
}

fn clock_skew(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.clock_skew,
        fine,
        |skew, _| {
            if skew.abs() <= NOTICEABLE {
                return None;
            }
            let which = if *skew > 0 { "slow" } else { "fast" };
            let reason = format!(
                "this machine's clock is {which} by {}: what it signs, and what is said here of expiry, is off by as much",
                lasting(SignedDuration::from_secs(skew.abs()))
            );
            let finding = if skew.abs() > TOLERATED { Finding::possible(reason) } else { Finding::hint(reason) };
            Some(
                finding
                    .seen(Source::Account, format!("S3's `Date` header, less this clock: {skew} s"))
                    .fix("set it by NTP")
                    .paste("chronyc tracking"),
            )
        },
    )
}
