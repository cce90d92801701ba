//! What browsers tell of requests whose answers they keep from the page.

use crate::request::{Answer, SentRequest};
use crate::url::SuspectUrl;

/// Why a page did not get an answer, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// There is none: by CORS, or by the network. What the browser calls it, if anything.
    Unanswered(String),
    /// No server was reached; what the client calls it.
    Unreached(&'static str),
    /// By CORS, as the browser's console says.
    ByCors(String),
    /// The answer names no origin that may read it.
    NotAllowed { from_cache: bool },
    /// The answer was read, but for this header.
    Unexposed(String),
}

/// What clients say that found no server, in lower case.
const UNREACHED: [&str; 11] = [
    "err_name_not_resolved",
    "err_connection_refused",
    "err_connection_timed_out",
    "err_address_unreachable",
    "err_internet_disconnected",
    "ns_error_unknown_host",
    "ns_error_connection_refused",
    "enotfound",
    "econnrefused",
    "could not resolve host",
    "no such host",
];

/// What consoles say of CORS, in lower case.
const BY_CORS: [&str; 7] = [
    "blocked by cors policy",
    "cross-origin request blocked",
    "preflight re",
    "for preflight",
    "cors preflight",
    "no 'access-control-allow-origin'",
    "not allowed by access-control-allow-",
];

/// What pages are told where the browser tells no more.
const UNANSWERED: [&str; 5] =
    ["err_failed", "failed to fetch", "networkerror when attempting to fetch", "network error", "load failed"];

impl Blocked {
    /// By a line of a browser's console, or of a script's error.
    pub(crate) fn said(text: &str) -> Option<Self> {
        let line = |markers: &[&'static str]| {
            text.lines().find_map(|line| {
                let lower = line.to_ascii_lowercase();
                markers.iter().find(|marker| lower.contains(**marker)).map(|marker| (without_urls(line), *marker))
            })
        };
        if let Some((line, _)) = line(&["refused to get unsafe header"]) {
            let name = line.rsplit('"').nth(1).unwrap_or_default().to_owned();
            return Some(Self::Unexposed(name));
        }
        if let Some((line, _)) = line(&BY_CORS) {
            // So Firefox calls it that there was no answer at all.
            let unanswered = line.contains("CORS request did not succeed");
            return Some(if unanswered { Self::Unanswered(line) } else { Self::ByCors(line) });
        }
        if let Some((_, marker)) = line(&UNREACHED) {
            return Some(Self::Unreached(marker));
        }
        line(&UNANSWERED).map(|(line, _)| Self::Unanswered(line))
    }

    /// Whether it is the answer to the request itself that is kept from the page, if there is one.
    pub(crate) fn is_of_answer(&self) -> bool {
        match self {
            Self::Unanswered(_) => true,
            Self::ByCors(words) => !words.to_ascii_lowercase().contains("preflight"),
            Self::Unreached(_) | Self::NotAllowed { .. } | Self::Unexposed(_) => false,
        }
    }

    /// By a recording that has no answer, with the error that the browser gives, if it does.
    pub(crate) fn unanswered(error: Option<&str>) -> Self {
        let said = error.and_then(Self::said);
        said.unwrap_or_else(|| Self::Unanswered(error.unwrap_or_default().to_owned()))
    }

    /// By what a page of another origin sent, and by the answer that it may not read.
    pub(crate) fn of_answer(request: &SentRequest, answer: &Answer, url: &SuspectUrl) -> Option<Self> {
        let origin = request.exact_value("origin")?;
        let mode = request.exact_value("sec-fetch-mode");
        let success = answer.status.is_some_and(|status| (200..300).contains(&status));
        // A form that a browser posts has an origin too, and no page that reads the answer.
        let navigates = mode.map_or(request.method() == "POST", |mode| mode != "cors");
        // Extensions and programs of the desktop read what they like.
        let of_page = origin == "null" || origin.starts_with("http://") || origin.starts_with("https://");
        if !success || request.is_preflight() || url.has_origin(origin) || navigates || !of_page {
            return None;
        }
        if answer.header("access-control-allow-origin").is_none() {
            return Some(Self::NotAllowed { from_cache: answer.from_cache });
        }
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
        let exposes_etag = exposed.split(',').any(|name| exposes(name.trim(), "etag"));
        (url.is_of_part() && request.method() == "PUT" && !exposes_etag).then(|| Self::Unexposed("ETag".to_owned()))
    }
}

/// Whether a header that is named so among those that are exposed is `header`.
pub(crate) fn exposes(name: &str, header: &str) -> bool {
    name == "*" || name.eq_ignore_ascii_case(header)
}

fn without_urls(line: &str) -> String {
    line.split_whitespace().filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_console_tells_what_was_blocked() {
        let url = "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc";
        for (line, told) in [
            ("Refused to get unsafe header \"ETag\"".to_owned(), Blocked::Unexposed("ETag".to_owned())),
            (format!("GET {url} net::ERR_NAME_NOT_RESOLVED"), Blocked::Unreached("err_name_not_resolved")),
            (
                format!("XMLHttpRequest cannot load {url}. Response for preflight has invalid HTTP status code 403"),
                Blocked::ByCors(
                    "XMLHttpRequest cannot load Response for preflight has invalid HTTP status code 403".to_owned(),
                ),
            ),
            (
                format!(
                    "Cross-Origin Request Blocked: at {url}. (Reason: CORS request did not succeed). Status code: (null)."
                ),
                Blocked::Unanswered(
                    "Cross-Origin Request Blocked: at (Reason: CORS request did not succeed). Status code: (null)."
                        .to_owned(),
                ),
            ),
            (format!("PUT {url} net::ERR_FAILED"), Blocked::Unanswered("PUT net::ERR_FAILED".to_owned())),
        ] {
            assert_eq!(Blocked::said(&line), Some(told), "{line}");
        }
        for line in [
            "'access-control-allow-origin': '*'",
            "PUT https://b.s3.amazonaws.com/k 403 (Forbidden)",
            "AccessDenied: Access Denied",
            "the preflight checklist is here",
            "",
        ] {
            assert_eq!(Blocked::said(line), None, "{line}");
        }
    }
}
