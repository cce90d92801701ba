use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{as_fine_as_the_method, looked, when_found};
use crate::blocked::exposes;
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::checks::time::lasting;
use crate::facts::{CorsRule, Looked};
use crate::finding::{Certainty, Finding, Source};
use crate::request::SentRequest;
use crate::text::{list, pasteable, quotable};

pub(super) const CHECKS: &[Check] = &[
    looked("cors", "No CORS rule of the bucket lets the page's origin make this request.", &[], &[], cors),
    looked(
        "clock-skew",
        "This machine's clock differs from S3's.",
        &[
            Symptom::code("RequestTimeTooSkewed"),
            Symptom::said("AccessDenied", "not yet valid"),
            Symptom::said("AccessDenied", "not valid yet"),
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
        |rules, facts| {
            let origin = facts.circumstances.origin.as_deref()?;
            let method = case.method();
            let asked = asked_for(case);
            let headers = match &asked {
                Some(asked) => asked.iter().map(String::as_str).collect(),
                None => signed_or_sent(case),
            };
            let allowed = |headers: &[&str]| rules.iter().find(|rule| allows(rule, origin, method, headers));
            if let Some(rule) = allowed(&headers) {
                return unexposed(case, rule);
            }
            let from = if case.request().is_some() { Source::Request } else { Source::Url };
            let finding = not_allowed(rules.len(), origin, method, (&headers, from));
            // What a browser asks leave for needs it. Of the others some may not, by their values.
            let may_need_none =
                |name: &str| asked.is_none() && safelisted(name).is_some() && case.stated(name).is_none();
            let (untold, needed): (Vec<&str>, Vec<&str>) = headers.iter().partition(|name| may_need_none(name));
            let why =
                format!("no rule allows {}, which only some values need: it is not told which is sent", list(&untold));
            Some(if allowed(&needed).is_some() {
                finding.at_most(Certainty::Possible, Source::Url, why)
            } else {
                finding
            })
        },
    );
    as_fine_as_the_method(case, outcome)
}

/// S3 goes by the first rule that allows the request.
fn unexposed(case: &Case, rule: &CorsRule) -> Option<Finding> {
    let hides_etag = case.url().is_of_part() && !rule.exposes.iter().any(|name| exposes(name, "etag"));
    hides_etag.then(|| {
        Finding::likely(
            "the CORS rule that allows the request does not expose `ETag`: the page reads it as empty or `null`, and cannot complete the upload",
        )
        .seen(Source::Account, format!("S3: the rule exposes {}", if rule.exposes.is_empty() { "nothing".to_owned() } else { list(&rule.exposes) }))
        .seen(Source::Url, "`uploadId` and `partNumber` in the query")
        .fix("add `ETag` to the rule's `ExposeHeaders`")
        .paste("aws s3api get-bucket-cors --bucket BUCKET")
    })
}

/// What the browser asked leave for, if it is its preflight that was recorded.
fn asked_for(case: &Case) -> Option<Vec<String>> {
    let preflight = case.request().filter(|request| request.is_preflight())?;
    let names = preflight.exact_value("access-control-request-headers").unwrap_or_default().to_ascii_lowercase();
    Some(names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect())
}

/// What is signed or was sent, but for what needs no leave.
fn signed_or_sent(case: &Case) -> Vec<&str> {
    let signed = case.url().v4().map(|v4| v4.headers_to_send()).unwrap_or_default();
    let sent = case.request().into_iter().flat_map(SentRequest::headers).map(|header| header.name.as_str());
    let all: BTreeSet<&str> = signed.into_iter().chain(sent.filter(|name| !is_of_tools(name))).collect();
    all.into_iter().filter(|name| !is_the_browsers(name) && !is_every_pages(case, name)).collect()
}

fn not_allowed(rules: usize, origin: &str, method: &str, (headers, from): (&[&str], Source)) -> Finding {
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
    .seen(from, with)
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

/// Whether every page may send a header with the value that it has, so that no rule need allow it.
fn is_every_pages(case: &Case, name: &str) -> bool {
    const LONGEST: usize = 128;
    safelisted(name).zip(case.stated(name)).is_some_and(|(is_safe, value)| value.len() <= LONGEST && is_safe(&value))
}

/// What tells the values of a header that every page may send, if it is one that has some.
///
/// Source: Fetch standard, "CORS-safelisted request-header" and "CORS-unsafe request-header byte".
fn safelisted(name: &str) -> Option<fn(&str) -> bool> {
    match name {
        "accept" => Some(|value| !value.contains(is_unsafe)),
        "accept-language" | "content-language" => {
            Some(|value| value.chars().all(|c| c.is_ascii_alphanumeric() || " *,-.;=".contains(c)))
        }
        "content-type" => Some(is_simple_type),
        "range" => Some(is_one_range),
        _ => None,
    }
}

fn is_simple_type(value: &str) -> bool {
    const TYPES: [&str; 3] = ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TYPES.contains(&essence.as_str()) && !value.contains(is_unsafe)
}

/// What a value may not have in it, whatever its type.
fn is_unsafe(character: char) -> bool {
    character.is_ascii_control() && character != '\t' || "\"():<>?@[\\]{}".contains(character)
}

/// `bytes=FIRST-`, or `bytes=FIRST-LAST`.
fn is_one_range(value: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let range = value.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    range.is_some_and(|(first, last)| match (number(first), number(last)) {
        (Some(first), Some(last)) => first <= last,
        (first, _) => first.is_some() && last.is_empty(),
    })
}

/// Whether a browser, or whatever else made the recording, sends a header of itself, as no page need.
fn is_of_tools(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "accept",
        "accept-language",
        "cache-control",
        "if-modified-since",
        "if-none-match",
        "pragma",
        "priority",
        "save-data",
        "upgrade-insecure-requests",
        "user-agent",
        "x-client-data",
    ];
    // HTTP/2 has pseudo-headers.
    NAMES.contains(&name) || name.starts_with(':')
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
