//! What S3 saw, by its own canonical request and string to sign, against what the URL and the request make.

use super::damage::signer_encoding;
use super::headers::{SEND_AS_SIGNED, SEND_TO_THE_HOST, curl_headers};
use super::region::led_to;
use super::{SIGNATURE, checked};
use crate::canonical::Difference;
use crate::case::Case;
use crate::check::{Check, Needs, Outcome};
use crate::finding::{Certainty, Finding, Source};
use crate::guarded::Guarded;
use crate::text::{list, quotable};

pub(super) const CHECKS: &[Check] = &[
    compared("seen-method-differs", "S3 saw another method than the request as sent has.", method),
    compared("seen-path-differs", "S3 saw another path than the URL's; the encoding that differs is named.", path),
    compared("seen-query-differs", "S3 saw another query than the URL's; the parameter that differs is named.", query),
    Check {
        checklist: &["SSE-KMS 6", "AccessDenied 6"],
        ..compared(
            "seen-header-differs",
            "S3 saw another value of a signed header than the request as sent has; it is named.",
            header,
        )
    },
    compared(
        "seen-signed-headers-differ",
        "S3 read other names in `X-Amz-SignedHeaders` than the URL has.",
        signed_headers,
    ),
    compared("seen-payload-hash-differs", "S3 took another hash for the body than a presigned URL's.", payload),
    compared("seen-scope-differs", "S3 read another algorithm, date or scope than the URL has.", scope),
    compared("seen-signature-differs", "Another signature than the URL's came to S3; neither is shown.", signature),
    compared("signed-header-missing", "S3 saw a signed header empty: the client did not send it.", header_missing),
    Check {
        needs: Needs::Error,
        ..compared(
            "signed-otherwise",
            "Nothing differs between the URL, the request and what S3 saw, so it is the signature that was made otherwise.",
            signed_otherwise,
        )
    },
];

const fn compared(name: &'static str, concludes: &'static str, run: fn(&Case) -> Outcome) -> Check {
    Check { needs: Needs::Canonical, ..checked(name, concludes, &[SIGNATURE], run) }
}

fn of_kind(case: &Case, kind: fn(&Difference) -> bool) -> Option<&Difference> {
    case.differences()?.iter().find(|difference| kind(difference))
}

fn altered(cause: &str) -> Finding {
    Finding::certain(cause).rules_out(&["permissions and policies: S3 looks at the signature first"])
}

fn method(case: &Case) -> Outcome {
    let Some(Difference::Method { ours, seen }) = of_kind(case, |d| matches!(d, Difference::Method { .. })) else {
        return Outcome::Fine;
    };
    altered("S3 saw another method than the client is said to have sent")
        .seen(Source::Error, format!("S3 saw {}", quotable(seen)))
        .seen(Source::Request, format!("the request says {}", quotable(ours)))
        .fix(
            "look for a proxy or a redirect that turned the one into the other; or the recording is of another request",
        )
        .into()
}

fn path(case: &Case) -> Outcome {
    let Some(Difference::Path { ours, seen, how }) = of_kind(case, |d| matches!(d, Difference::Path { .. })) else {
        return Outcome::Fine;
    };
    altered(&format!("S3 saw another path than the URL's: {how}"))
        .seen(Source::Error, format!("S3 saw `{}`", quotable(seen)))
        .seen(Source::Url, format!("the URL makes `{}`", quotable(ours)))
        .fix("give the client the URL as an encoded whole; look for a proxy or gateway that decodes, encodes or rewrites paths")
        .into()
}

fn query(case: &Case) -> Outcome {
    let mut evidence = Vec::new();
    for difference in case.differences().unwrap_or_default() {
        match difference {
            Difference::ParameterLost(name) => evidence.push(format!("S3 saw no `{}`", quotable(name))),
            Difference::ParameterAdded(name) => {
                evidence.push(format!("S3 saw `{}`, which the URL does not have", quotable(name)));
            }
            Difference::ParameterValue { name, ours, seen } => {
                evidence.push(format!("`{}`: {}", quotable(name), against(ours, seen, "the URL has")));
            }
            _ => {}
        }
    }
    if evidence.is_empty() {
        return Outcome::Fine;
    }
    evidence
        .into_iter()
        .fold(altered("S3 saw another query than the URL's: the client or a proxy changed, added or took away parameters"), |finding, text| {
            finding.seen(Source::Error, text)
        })
        .fix("send the query as it was signed; what must be added, such as `versionId` or `response-content-type`, must be added before signing")
        .into()
}

fn header(case: &Case) -> Outcome {
    let mut evidence = Vec::new();
    let mut named = None;
    let redirected = led_to(case).is_some();
    for difference in case.differences().unwrap_or_default() {
        match difference {
            // Where a redirect led to it, that is another check's.
            Difference::Header { name, .. } if name == "host" && redirected => {}
            Difference::Header { name, ours, seen } => {
                let says = if name == "host" { "the URL has" } else { "the client sent" };
                named = named.or(Some(name));
                evidence.push(format!("`{}`: {}", quotable(name), against(ours, seen, says)));
            }
            Difference::HeaderLost(name) => {
                named = named.or(Some(name));
                evidence.push(format!("S3 saw no `{}`", quotable(name)));
            }
            _ => {}
        }
    }
    let Some(name) = named else { return Outcome::Fine };
    evidence
        .into_iter()
        .fold(altered(&format!("S3 saw another `{}` than was sent or signed", quotable(name))), |finding, text| {
            finding.seen(Source::Error, text)
        })
        .fix(if name == "host" {
            SEND_TO_THE_HOST
        } else {
            "send the header exactly as it was signed; look for a proxy or client library that adds a charset, recomputes it or drops it"
        })
        .into()
}

/// Signed headers that S3 had no value of, and that are not known to have been sent: it writes such a one without a value.
///
/// Source: <https://github.com/brendanhay/amazonka/issues/36>.
fn unseen(case: &Case) -> Vec<&str> {
    let lists_differ = of_kind(case, |d| matches!(d, Difference::SignedHeaders { .. })).is_some();
    let seen = case.error().and_then(|error| error.canonical()).filter(|_| !lists_differ);
    let (Some(v4), Some(seen)) = (case.url().v4(), seen) else { return Vec::new() };
    let empty = |name: &str| seen.header(name).is_none_or(|value| *value == Guarded::header(name, ""));
    let sent = |name: &str| case.request().is_some_and(|request| request.header(name).is_some());
    v4.headers_to_send().into_iter().filter(|name| empty(name) && !sent(name)).collect()
}

fn header_missing(case: &Case) -> Outcome {
    let unseen = unseen(case);
    let missing = (!unseen.is_empty()).then(|| {
        altered("the client did not send a header that is signed, or sent it empty")
            .seen(Source::Error, format!("S3 saw no value of {}", list(&unseen)))
            .fix(SEND_AS_SIGNED)
            .paste(curl_headers(&unseen))
    });
    missing.into()
}

fn signed_headers(case: &Case) -> Outcome {
    let Some(Difference::SignedHeaders { ours, seen }) =
        of_kind(case, |d| matches!(d, Difference::SignedHeaders { .. }))
    else {
        return Outcome::Fine;
    };
    altered("S3 read another list of signed headers than the URL has")
        .seen(Source::Error, format!("S3 read `{}`", quotable(seen)))
        .seen(Source::Url, format!("the URL says `{}`", quotable(ours)))
        .fix("compare the URL with the one that was sent: this error document is of another request, or the URL was changed")
        .into()
}

fn payload(case: &Case) -> Outcome {
    let Some(Difference::Payload { ours, seen }) = of_kind(case, |d| matches!(d, Difference::Payload { .. })) else {
        return Outcome::Fine;
    };
    altered("the client sent `x-amz-content-sha256`, which takes the place of the `UNSIGNED-PAYLOAD` that a presigned URL is signed with")
        .seen(Source::Error, format!("S3 hashed `{}`", quotable(seen)))
        .seen(Source::Url, format!("the URL is signed with `{}`", quotable(ours)))
        .fix("leave out `x-amz-content-sha256`, or sign with it")
        .into()
}

fn scope(case: &Case) -> Outcome {
    let found = of_kind(case, |d| {
        matches!(d, Difference::Scope { .. } | Difference::Date { .. } | Difference::Algorithm { .. })
    });
    let (what, ours, seen) = match found {
        Some(Difference::Scope { ours, seen }) => ("scope", ours, seen),
        Some(Difference::Date { ours, seen }) => ("date", ours, seen),
        Some(Difference::Algorithm { ours, seen }) => ("algorithm", ours, seen),
        _ => return Outcome::Fine,
    };
    altered(&format!("S3 read another {what} than the URL has: the error document is of another request, or a header took the parameter's place"))
        .seen(Source::Error, format!("S3 read `{}`", quotable(seen)))
        .seen(Source::Url, format!("the URL says `{}`", quotable(ours)))
        .fix("take URL and error document of the same request; send no `x-amz-date` header with a presigned URL")
        .into()
}

fn signature(case: &Case) -> Outcome {
    let differs = of_kind(case, |d| matches!(d, Difference::Signature)).map(|_| {
        altered("another signature than the URL's came to S3: it was cut or changed on the way, or the error document is of another URL")
            .seen(Source::Error, "`SignatureProvided` is not the URL's signature (neither is shown)")
            .fix("send the URL as a whole: look for what cuts long lines; take URL and error document of the same request")
    });
    differs.into()
}

fn signed_otherwise(case: &Case) -> Outcome {
    if !case.said("SignatureDoesNotMatch", "") {
        return Outcome::NotApplicable;
    }
    if case.is_form() {
        return form_signed_otherwise();
    }
    let Some(v4) = case.url().v4() else { return Outcome::NotApplicable };
    let (seen_by, method, headers, unchanged) = match (case.differences(), case.request()) {
        (Some([]), _) if !unseen(case).is_empty() => return Outcome::NotApplicable,
        (Some([]), _) => {
            let Some(seen) = case.error().and_then(|error| error.canonical()) else { return Outcome::Fine };
            let headers = seen.headers.iter().map(|(name, value)| (name.as_str(), value)).collect();
            (Source::Error, seen.method.as_str(), headers, "S3's canonical request is the one that the URL makes")
        }
        (None, Some(request)) if super::headers::sends_the_url(case) => {
            let headers: Vec<(&str, &Guarded)> =
                request.headers().iter().map(|header| (header.name.as_str(), &header.value)).collect();
            let unchanged = "the request has the URL's host, path and query, and every signed header";
            (Source::Request, request.method(), headers, unchanged)
        }
        _ => return Outcome::Fine,
    };
    let signed = v4.headers_to_send();
    let values =
        if signed.is_empty() { String::new() } else { format!(", or with another value of {}", list(&signed)) };
    let finding = Finding::likely(format!(
        "nothing was changed on the way, so the signature was made for something else: for another method than {}{values}, with a \
         secret key that does not belong to the access key id, or by a signer that writes the canonical request otherwise than S3; \
         or the URL given here is not the one that was signed",
        quotable(method)
    ));
    let finding = headers
        .into_iter()
        .filter(|(name, value)| signed.contains(name) && !value.is_secret())
        .fold(finding.seen(seen_by, unchanged), |finding, (name, value)| {
            finding.seen(seen_by, format!("`{}` is `{value}`", quotable(name)))
        })
        .fix(
            "compare the URL with the one that the signer made; send the method and headers that its code names; if all are right, \
             compare its secret key: no blank at its end, no key of another id. A signer of one's own must sign `UNSIGNED-PAYLOAD`, \
             and every character but `A-Z a-z 0-9 - . _ ~` encoded",
        )
        .rules_out(&["permissions and policies: S3 looks at the signature first"]);
    match signer_encoding(case) {
        Outcome::Found(_) => {
            finding.at_most(Certainty::Possible, Source::Url, "characters that are not encoded explain it")
        }
        _ => finding,
    }
    .into()
}

/// Of a form the policy is signed, as it stands in its field, and nothing of the request.
///
/// Source: Amazon S3 API reference, "Authenticating requests in browser-based uploads using POST".
fn form_signed_otherwise() -> Outcome {
    Finding::likely(
        "the form's signature is not of its policy: the field `policy` was changed after it was signed, or `x-amz-signature`, \
         `x-amz-credential` and `x-amz-date` are of another signing; or the secret key does not belong to the access key id",
    )
    .seen(Source::Request, "POST of `multipart/form-data`, with no query")
    .fix("send the fields just as they were given, and `file` last; a policy that is written anew must be signed anew")
    .rules_out(&["permissions and policies: S3 looks at the signature first"])
    .into()
}

/// `S3 saw X, the client sent Y`, without showing what is secret.
fn against(ours: &Guarded, seen: &Guarded, says: &str) -> String {
    if ours.is_secret() || seen.is_secret() {
        format!("S3 saw another value than {says} (neither is shown)")
    } else {
        format!("S3 saw `{seen}`, {says} `{ours}`")
    }
}
