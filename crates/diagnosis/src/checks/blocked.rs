//! What a browser keeps from a page, and why.

use super::checked;
use crate::blocked::Blocked;
use crate::case::Case;
use crate::check::{Check, Needs, Outcome};
use crate::finding::{Finding, Source};
use crate::text::{pasteable, quotable};
use crate::url::Endpoint;

pub(super) const CHECKS: &[Check] = &[
    Check {
        needs: Needs::Browser,
        ..checked(
            "cors",
            "No CORS rule of the bucket lets the page's origin make this request, or read what it needs of the answer.",
            &[],
            cors,
        )
    },
    Check {
        needs: Needs::Browser,
        ..checked("unreachable", "The client found no server at the URL's host.", &[], unreachable)
    },
];

fn cors(case: &Case) -> Outcome {
    let found = match (case.blocked(), case.page()) {
        (Some(Blocked::Unanswered(error)), _) => Some(unanswered(case, error)),
        (Some(Blocked::ByCors(words)), _) => by_cors(case, words),
        (Some(Blocked::NotAllowed { from_cache }), _) => Some(not_allowed(*from_cache)),
        (Some(Blocked::Unexposed(header)), _) => Some(unexposed(case, header)),
        // A look into the account sees the rules themselves.
        (None, Some(page)) if case.error().is_none() && case.request().is_none() && case.facts().is_none() => {
            Some(of_page(page))
        }
        (Some(Blocked::Unreached(_)) | None, _) => None,
    };
    found.map_or(Outcome::NotApplicable, |finding| {
        let finding = if finding.fix.paste.is_none() { finding.paste(preflight(case)) } else { finding };
        finding.into()
    })
}

/// What the browser's words stand in: its recording, or what is given as the error.
fn by(case: &Case) -> Source {
    if case.request().is_some() { Source::Request } else { Source::Error }
}

const COMPARE: &str = "compare the bucket's CORS rules with the page's origin, method and headers: this asks S3 as a browser does; give all that it prints to `--request`";

fn unanswered(case: &Case, error: &str) -> Finding {
    let seen = match error {
        "" => "the recording has no answer".to_owned(),
        error => format!("the browser says `{}`", quotable(error)),
    };
    Finding::possible(
        "the browser gave the page no answer: no CORS rule of the bucket allows the request or the reading of its answer, or the \
         network, an extension or the page itself ended it",
    )
    .seen(by(case), seen)
    .fix(COMPARE)
}

fn by_cors(case: &Case, words: &str) -> Option<Finding> {
    let lower = words.to_ascii_lowercase();
    let finding = if lower.contains("redirect") {
        // It is told as that.
        if case.url().place().endpoint == Endpoint::Global {
            return None;
        }
        Finding::possible(
            "the answer to the browser's preflight was a redirect, which no browser follows: from another region's host, or to `https://`",
        )
    } else if lower.contains("preflight") {
        Finding::likely(
            "S3 refused the browser's preflight: no CORS rule of the bucket allows the page's origin, the method and all headers",
        )
    } else {
        Finding::possible(
            "the answer names no origin that may read it: no CORS rule of the bucket allows it, or the request was refused before S3 came \
             to them; the console says CORS whatever S3 answered",
        )
    };
    Some(finding.seen(Source::Error, format!("the browser says: {}", quotable(words))).fix(COMPARE))
}

fn not_allowed(from_cache: bool) -> Finding {
    let finding = Finding::likely(
        "S3 answered, and the browser keeps the answer from the page: it has no `Access-Control-Allow-Origin`, which a CORS rule for \
         the page's origin and method would have added",
    )
    .seen(Source::Request, "the request has `Origin`, and the answer no `Access-Control-Allow-Origin`");
    if from_cache {
        finding.seen(Source::Request, "the answer is from the browser's cache, to a request that may have had no `Origin`").fix(
            "fetch it with `cache: 'no-store'`, or have whatever loads it first, such as `<img>`, say `crossorigin`; if it is so without the \
             cache too, give the bucket a rule",
        )
    } else {
        finding.fix(COMPARE)
    }
}

fn unexposed(case: &Case, header: &str) -> Finding {
    let seen = if case.request().is_some() {
        format!("`Access-Control-Expose-Headers` of the answer is without `{}`", quotable(header))
    } else {
        format!("the browser refuses to give the page `{}`", quotable(header))
    };
    Finding::likely(format!(
        "no CORS rule of the bucket exposes `{}` to the page: it reads it as empty or `null`",
        quotable(header)
    ))
    .seen(by(case), seen)
    .fix("name it in `ExposeHeaders` of the rule for the page's origin: an upload in parts is completed with every part's `ETag`")
    .paste("aws s3api get-bucket-cors --bucket BUCKET")
}

fn of_page(page: &str) -> Finding {
    Finding::possible(
        "a browser asks S3 first whether the page may send this, and shows it no answer that a CORS rule of the bucket does not allow: \
         nothing that was given tells of them",
    )
    .seen(Source::Request, format!("the page's origin is `{}`", quotable(page)))
    .fix(COMPARE)
}

/// What a browser would ask before it sends the request.
fn preflight(case: &Case) -> String {
    let origin = case.page().unwrap_or("ORIGIN");
    let headers = case.url().v4().map(|v4| v4.headers_to_send()).unwrap_or_default();
    let headers: Vec<&str> = headers.into_iter().map(|name| pasteable(name, "HEADER")).collect();
    let asked = match headers.as_slice() {
        [] => String::new(),
        headers => format!(" -H 'Access-Control-Request-Headers: {}'", headers.join(",")),
    };
    format!(
        "curl -sv -X OPTIONS -H 'Origin: {}' -H 'Access-Control-Request-Method: {}'{asked} 'URL' > answer.txt 2>&1",
        pasteable(origin, "ORIGIN"),
        pasteable(case.method(), "METHOD")
    )
}

fn unreachable(case: &Case) -> Outcome {
    let Some(Blocked::Unreached(error)) = case.blocked() else { return Outcome::NotApplicable };
    let finding = Finding::likely("the client found no server at the URL's host: S3 was not asked")
        .seen(by(case), format!("the client says `{error}`"))
        .seen(Source::Url, format!("the host `{}`", quotable(case.url().host())));
    match case.url().place().endpoint {
        Endpoint::Other => finding.fix(
            "sign with the address under which the client reaches the server: a name that only containers or a proxy know is none",
        ),
        _ => finding.fix("see whether the client's network finds the host, and lets it through"),
    }
    .into()
}
