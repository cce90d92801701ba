use jiff::SignedDuration;

use super::{as_fine_as_the_method, fine, looked, when_found};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::checks::time::lasting;
use crate::facts::CorsRule;
use crate::finding::{Finding, Source};
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
    let outcome = when_found(
        case,
        |facts| &facts.cors,
        no_cors,
        |rules, facts| {
            let origin = facts.circumstances.origin.as_deref()?;
            let method = case.method();
            let mut headers = case.url().v4().map(|v4| v4.headers_to_send()).unwrap_or_default();
            headers.retain(|name| !is_the_browsers(name));
            if rules.iter().any(|rule| allows(rule, origin, method, &headers)) {
                return None;
            }
            let headers_allowed: Vec<&str> = headers.iter().map(|name| pasteable(name, "HEADER")).collect();
            let rule = serde_json::json!({"CORSRules": [{
                "AllowedOrigins": [pasteable(origin, "ORIGIN")],
                "AllowedMethods": [pasteable(method, "METHOD")],
                "AllowedHeaders": headers_allowed,
            }]});
            let finding = Finding::likely(format!(
                "no CORS rule of the bucket lets a page of `{}` send {method} with these headers",
                quotable(origin)
            ))
            .seen(Source::Account, format!("S3: {} rules, none of which fits", rules.len()))
            .seen(
                Source::Url,
                if headers.is_empty() {
                    "no header besides `host`".to_owned()
                } else {
                    format!("headers {}", list(&headers))
                },
            )
            .fix("add such a rule; the browser's console says CORS, whatever S3 answered")
            .paste(format!("aws s3api put-bucket-cors --bucket BUCKET --cors-configuration '{rule}'"));
            Some(finding)
        },
    );
    as_fine_as_the_method(case, outcome)
}

fn allows(rule: &CorsRule, origin: &str, method: &str, headers: &[&str]) -> bool {
    let origin_fits = rule.origins.iter().any(|allowed| fits(allowed, origin));
    let method_fits = rule.methods.iter().any(|allowed| allowed == method);
    let header_fits = |header: &&str| rule.headers.iter().any(|allowed| fits(&allowed.to_ascii_lowercase(), header));
    origin_fits && method_fits && headers.iter().all(header_fits)
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
