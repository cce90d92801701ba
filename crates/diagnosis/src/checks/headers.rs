//! What the client must send along with the URL, and what it sent.

use percent_encoding::percent_decode_str;

use super::{SIGNATURE, checked};
use crate::answers::HEADERS_NOT_SIGNED;
use crate::case::Case;
use crate::check::{Check, Needs, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::further::{BYPASS, COPY_SOURCE};
use crate::guarded::Guarded;
use crate::operation::listing_parameter;
use crate::text::{list, pasteable, quotable};
use crate::url::{Pair, Query, SuspectUrl};

pub(super) const NOT_SIGNED: Symptom = Symptom::said("AccessDenied", HEADERS_NOT_SIGNED);

/// What S3 answers to a preflight that no CORS rule allows.
const PREFLIGHT: Symptom = Symptom::said("AccessForbidden", "CORSResponse");

/// And to one for a bucket that is not there, which has no rules to mend.
pub(super) const NO_BUCKET_TO_A_PREFLIGHT: Symptom = Symptom::said("AccessForbidden", "Bucket not found");

pub(super) const CHECKS: &[Check] = &[
    Check {
        checklist: &["AccessDenied 6"],
        ..checked(
            "method",
            "The URL binds one method; its parameters hint at which.",
            &[SIGNATURE, Symptom::code("MethodNotAllowed"), PREFLIGHT],
            method,
        )
    },
    sent(
        "recorded-elsewhere",
        "The recording is of a request for something else, such as the one whose answer redirects to the URL.",
        &[],
        recorded_elsewhere,
    ),
    sent(
        "two-authentications",
        "The request has an `Authorization` header besides the URL's signature.",
        &[Symptom::said("InvalidArgument", "auth")],
        two_authentications,
    ),
    Check {
        checklist: &["AccessDenied 6"],
        ..sent(
            "unsigned-amz-header",
            "The request has an `x-amz-…` header that is not signed.",
            &[NOT_SIGNED],
            unsigned_amz_header,
        )
    },
    Check {
        checklist: &["SSE-KMS 6", "AccessDenied 6"],
        ..sent(
            "signed-header-missing",
            "A signed header is not in the request.",
            &[SIGNATURE, NOT_SIGNED],
            signed_header_missing,
        )
    },
    Check {
        checklist: &["SSE-KMS 6", "AccessDenied 6"],
        ..checked(
            "headers-to-send",
            "Which headers the client must send, exactly as they were signed.",
            &[SIGNATURE],
            headers_to_send,
        )
    },
    sent("host-differs", "The request's `Host` is not the URL's.", &[SIGNATURE], host_differs),
    sent(
        "request-differs",
        "The request's path or query is not the URL's: the client changed it.",
        &[SIGNATURE, Symptom::code("NoSuchKey"), Symptom::code("AuthorizationQueryParametersError")],
        request_differs,
    ),
    sent(
        "redirect-followed",
        "The client followed a redirect to a host that was not signed.",
        &[
            SIGNATURE,
            Symptom::code("PermanentRedirect"),
            Symptom::code("TemporaryRedirect"),
            Symptom::said("AccessDenied", ""),
        ],
        redirect_followed,
    ),
    sent(
        "chunked-upload",
        "The upload has no `Content-Length`: S3 takes no chunked transfer encoding.",
        &[Symptom::code("NotImplemented"), Symptom::code("MissingContentLength")],
        chunked_upload,
    ),
];

const fn sent(
    name: &'static str,
    concludes: &'static str,
    brings: &'static [Symptom],
    run: fn(&Case) -> Outcome,
) -> Check {
    Check { needs: Needs::Request, ..checked(name, concludes, brings, run) }
}

/// Parameters by which a bucket is asked for a list.
const LISTINGS_OF_A_BUCKET: [&str; 3] = ["list-type", "versions", "uploads"];

/// Parameters of an object's operations that are posted.
const POSTED: [&str; 3] = ["uploads", "restore", "select"];

/// The method of an operation by the name that SDKs give it in `x-id`.
fn method_of_operation(name: &str) -> Option<&'static str> {
    match name {
        "GetObject" | "ListObjectsV2" | "ListParts" | "ListObjects" | "ListMultipartUploads" | "ListObjectVersions" => {
            Some("GET")
        }
        "HeadObject" => Some("HEAD"),
        "PutObject" | "UploadPart" | "CopyObject" | "UploadPartCopy" => Some("PUT"),
        "DeleteObject" | "AbortMultipartUpload" => Some("DELETE"),
        "CreateMultipartUpload"
        | "CompleteMultipartUpload"
        | "DeleteObjects"
        | "RestoreObject"
        | "SelectObjectContent" => Some("POST"),
        _ => None,
    }
}

/// The method that a URL's parameters speak of, and what says so.
pub(crate) fn hinted_method(url: &SuspectUrl) -> Option<(&'static str, String)> {
    let query = url.query();
    let has = |name: &str| query.find(name).is_some();
    if let Some(operation) = query.get("x-id") {
        return Some((method_of_operation(&operation)?, format!("`x-id={}`", quotable(&operation))));
    }
    if has("uploadId") && has("partNumber") {
        return Some(("PUT", "`uploadId` and `partNumber` in the query".to_owned()));
    }
    // Without a key it is the bucket that is asked, for a list; whatever begins an upload has one.
    let first_of = |names: &[&'static str]| names.iter().find(|name| has(name)).copied();
    let (method, name) = if url.place().key.is_empty() {
        ("GET", first_of(&LISTINGS_OF_A_BUCKET).or_else(|| listing_parameter(url)))
    } else {
        ("POST", first_of(&POSTED))
    };
    if let Some(name) = name {
        return Some((method, format!("`{name}` in the query")));
    }
    if has(COPY_SOURCE) {
        return Some(("PUT", format!("`{COPY_SOURCE}` in the query")));
    }
    if let Some(pair) = query.pairs().iter().find(|pair| pair.decoded_name().starts_with("response-")) {
        return Some(("GET", format!("`{}` in the query", quotable(&pair.decoded_name()))));
    }
    let signed = url.v4().map(|v4| v4.headers_to_send()).unwrap_or_default();
    // What is uploaded in parts is completed by POST, and many objects are deleted by one.
    let upload = if has("uploadId") || has("delete") { "POST" } else { "PUT" };
    let bypass = match upload {
        "PUT" if !has("retention") => "DELETE",
        other => other,
    };
    let method_of = |name: &str| match name {
        BYPASS => Some(bypass),
        name => is_of_uploads(name).then_some(upload),
    };
    let in_query = query.pairs().iter().map(|pair| pair.decoded_name().to_ascii_lowercase());
    let of_signed = |name: &str| Some((method_of(name)?, format!("`{}` is signed", quotable(name))));
    let of_query = |name: String| Some((method_of(&name)?, format!("`{}` in the query", quotable(&name))));
    let of_query = || in_query.filter(|name| name.starts_with("x-amz-")).find_map(of_query);
    signed.into_iter().find_map(of_signed).or_else(of_query)
}

/// Whether only what writes objects sends a header of this name.
fn is_of_uploads(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["content-length", "content-type", "content-md5", "x-amz-acl", "x-amz-storage-class", "x-amz-tagging"];
    const PREFIXES: [&str; 7] = [
        COPY_SOURCE,
        "x-amz-server-side-encryption",
        "x-amz-meta-",
        "x-amz-checksum-",
        "x-amz-sdk-checksum",
        "x-amz-object-lock",
        "x-amz-grant-",
    ];
    // Whoever reads asks for the checksum, and gives the key that an upload gave.
    let of_reads = name == "x-amz-checksum-mode" || name.starts_with("x-amz-server-side-encryption-customer-");
    NAMES.contains(&name) || !of_reads && PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn method(case: &Case) -> Outcome {
    if case.is_form() {
        return Outcome::NotApplicable;
    }
    let hinted = hinted_method(case.url());
    let Some(request) = case.request() else {
        let Some((method, seen)) = hinted else { return Outcome::Fine };
        let finding = if case.said("SignatureDoesNotMatch", "") { Finding::possible } else { Finding::hint };
        return finding(format!("the URL is good for one method, and looks like one for {method}"))
            .seen(Source::Url, seen)
            .fix(format!(
                "send it with {method}; a URL for PUT cannot be opened in a browser, nor one for GET asked with HEAD"
            ))
            .into();
    };
    let sent = request.method();
    if request.is_preflight() {
        if case.said(NO_BUCKET_TO_A_PREFLIGHT.code, NO_BUCKET_TO_A_PREFLIGHT.message) {
            return Outcome::NotApplicable;
        }
        return Finding::likely(
            "the browser sent a preflight, which is never signed: the bucket's CORS rules must answer it",
        )
        .seen(Source::Request, format!("the method is {}", quotable(sent)))
        .fix("give the bucket a CORS rule for the page's origin, method and headers")
        .into();
    }
    let finding = match hinted {
        Some((method, seen)) if method != sent => {
            Finding::likely(format!("the URL looks like one for {method}, and the client sent {}", quotable(sent)))
                .seen(Source::Url, seen)
        }
        // An upload in parts is completed by POST, and many objects are deleted by one.
        None if sent == "POST" && !has_any(case.url(), &["uploadId", "delete"]) => Finding::likely(
            "the client sent POST: a presigned URL takes PUT for an upload, and POST needs a form with a policy",
        ),
        None if sent == "HEAD" && case.error().is_some() => {
            Finding::possible("the client sent HEAD: a URL for GET does not take it, since the method is signed")
        }
        _ => return Outcome::Fine,
    };
    finding
        .seen(Source::Request, format!("the method is {}", quotable(sent)))
        .fix("send the method that was signed, or have a URL signed for this one")
        .into()
}

fn has_any(url: &SuspectUrl, names: &[&str]) -> bool {
    names.iter().any(|name| url.query().find(name).is_some())
}

fn recorded_elsewhere(case: &Case) -> Outcome {
    let Some(elsewhere) = case.elsewhere() else { return Outcome::NotApplicable };
    let request = &elsewhere.request;
    let host = request.header("host").map(Guarded::shown).unwrap_or_default();
    let finding = if elsewhere.leads_to_url {
        Finding::possible("the recording ends before S3: it is of the request whose answer redirects to the URL")
    } else {
        Finding::possible(
            "the recording is of another request than the URL's: neither host, path nor query is the same",
        )
    };
    finding
        .seen(
            Source::Request,
            format!("{} to `{}{}`", quotable(request.method()), quotable(host), quotable(request.path())),
        )
        .fix("record the request for the URL itself")
        .paste("curl -sv -L 'URL' > answer.txt 2>&1")
        .into()
}

fn two_authentications(case: &Case) -> Outcome {
    let redirected = case.elsewhere().filter(|it| it.leads_to_url && it.request.header("authorization").is_some());
    if redirected.is_some() && case.url().v4().is_some() {
        return Finding::possible(
            "the request that was redirected to the URL has an `Authorization` header: a client that sends it on to S3 is refused, since S3 \
             accepts it or the signature, and not both",
        )
        .seen(Source::Request, "an `Authorization` header (its value is not shown)")
        .fix("let the client not send it to another host, as curl and browsers do; or fetch the URL in a request of its own")
        .into();
    }
    let Some(request) = case.request() else { return Outcome::NotApplicable };
    let both = request.header("authorization").is_some() && case.url().v4().is_some();
    let both = both.then(|| {
        Finding::certain("the request has an `Authorization` header besides the signature in the URL, and S3 accepts one of them only")
            .seen(Source::Request, "an `Authorization` header (its value is not shown)")
            .fix("send presigned URLs without the application's own authorization: with a client that has no default headers or interceptors")
            .rules_out(&["the signature and permissions and policies: S3 did not get to them"])
    });
    both.into()
}

fn unsigned_amz_header(case: &Case) -> Outcome {
    let (Some(request), Some(v4)) = (case.request(), case.url().v4()) else { return Outcome::NotApplicable };
    let in_query = |name: &str| case.url().query().find(name).is_some();
    let unsigned: Vec<&str> = request
        .headers()
        .iter()
        .map(|header| header.name.as_str())
        .filter(|name| name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !in_query(name))
        .filter(|name| !v4.signed_headers.iter().any(|signed| signed == name))
        .collect();
    let found = (!unsigned.is_empty()).then(|| {
        Finding::certain("the request has `x-amz-…` headers that are not signed, and S3 refuses them")
            .seen(Source::Request, list(&unsigned))
            .seen(Source::Url, format!("`X-Amz-SignedHeaders`: {}", list(&v4.signed_headers)))
            .fix(format!("leave out {}, or have the URL signed with them", list(&unsigned)))
            .rules_out(&["permissions and policies: S3 did not get to them"])
    });
    found.into()
}

/// What helps where a signed header is not in the request.
pub(super) const SEND_AS_SIGNED: &str = "send every signed header, with the value that it was signed with";

fn signed_header_missing(case: &Case) -> Outcome {
    let request = case.request().filter(|request| !request.is_preflight());
    let (Some(request), Some(v4)) = (request, case.url().v4()) else { return Outcome::NotApplicable };
    let missing: Vec<&str> = v4.headers_to_send().into_iter().filter(|name| request.header(name).is_none()).collect();
    let found = (!missing.is_empty()).then(|| {
        Finding::certain("the client did not send a header that is signed")
            .seen(Source::Request, format!("no {}", list(&missing)))
            .seen(Source::Url, format!("`X-Amz-SignedHeaders`: {}", list(&v4.signed_headers)))
            .fix(SEND_AS_SIGNED)
            .paste(curl_headers(&missing))
            .rules_out(&["permissions and policies: S3 looks at the signature first"])
    });
    found.into()
}

fn headers_to_send(case: &Case) -> Outcome {
    let Some(v4) = case.url().v4() else { return Outcome::NotApplicable };
    let names = v4.headers_to_send();
    if names.is_empty() || case.request().is_some() {
        return Outcome::Fine;
    }
    let reason = format!("the client must send {}, with the values they were signed with", list(&names));
    // What S3 saw of them, if it tells, is another check's.
    let told = case.error().is_some_and(|error| error.canonical().is_some());
    let unseen = case.said("SignatureDoesNotMatch", "") && !told;
    let finding = if unseen { Finding::likely(reason) } else { Finding::hint(reason) };
    finding
        .seen(Source::Url, format!("`X-Amz-SignedHeaders`: {}", list(&v4.signed_headers)))
        .fix("send them; `presign explain --request` compares them with what was sent")
        .paste(curl_headers(&names))
        .into()
}

pub(super) fn curl_headers(names: &[&str]) -> String {
    let headers: Vec<String> = names.iter().map(|name| format!("-H '{}: …'", pasteable(name, "NAME"))).collect();
    format!("curl {} 'URL'", headers.join(" "))
}

fn host_differs(case: &Case) -> Outcome {
    let (Some(request), Some(_)) = (case.request(), case.url().v4()) else { return Outcome::NotApplicable };
    let Some(host) = request.header("host") else { return Outcome::NotApplicable };
    let signed = case.url().host_header();
    let own_port = if case.url().is_tls() { ":443" } else { ":80" };
    if host.shown().strip_suffix(own_port).unwrap_or(host.shown()).eq_ignore_ascii_case(signed) {
        return Outcome::Fine;
    }
    Finding::certain("the request's `Host` is not the URL's, and the host is signed: a proxy, a redirect or a changed URL is in between")
        .seen(Source::Request, format!("`Host: {}`", quotable(host.shown())))
        .seen(Source::Url, format!("the host `{}`", quotable(signed)))
        .fix(SEND_TO_THE_HOST)
        .rules_out(&["permissions and policies: S3 looks at the signature first"])
        .into()
}

/// What to do where S3 is asked under another name than was signed.
pub(super) const SEND_TO_THE_HOST: &str =
    "send it to the host that was signed; let a proxy pass on `Host`, or sign for the proxy's upstream";

fn request_differs(case: &Case) -> Outcome {
    let (Some(request), Some(_)) = (case.request(), case.url().v4()) else { return Outcome::NotApplicable };
    let url = case.url();
    let mut seen = Vec::new();
    if crate::url::canonical_path(request.path()) != url.canonical_path() {
        seen.push(format!("the path sent is `{}`, the URL's is `{}`", quotable(request.path()), quotable(url.path())));
    }
    let same_path = seen.is_empty();
    seen.extend(how_queries_differ(request.query(), url.query()));
    if seen.is_empty() {
        return Outcome::Fine;
    }
    let reason = "the client did not send the URL as it is: it, or a proxy, changed path or query";
    // What records and texts may put something else in a signature's place.
    let hidden = same_path
        && request.query().canonical() == url.query().canonical()
        && [request.query(), url.query()].into_iter().filter_map(|query| query.find(SIGNED)).any(is_hidden);
    let finding = if hidden { Finding::possible(reason) } else { Finding::certain(reason) };
    let finding = seen.into_iter().fold(finding, |finding, text| finding.seen(Source::Request, text)).fix(
        "give the client the URL as an encoded whole, not in parts that it encodes itself; add no parameters to it",
    );
    finding.rules_out_if_certain(&["permissions and policies: S3 looks at the signature first"]).into()
}

fn is_hidden(signature: &Pair) -> bool {
    signature.hexadecimal_length().is_none()
}

/// The parameter that no canonical request has.
const SIGNED: &str = "X-Amz-Signature";

/// What one would see of the two side by side; values are not shown.
fn how_queries_differ(sent: &Query, signed: &Query) -> Vec<String> {
    let (sent, signed) = (sent.by_canonical_name(), signed.by_canonical_name());
    let lost = names(signed.keys().filter(|name| !sent.contains_key(*name)));
    let added = names(sent.keys().filter(|name| !signed.contains_key(*name)));
    let changed = names(signed.iter().filter(|(name, of_it)| sent.get(*name) != Some(of_it)).map(|(name, _)| name));
    let mut seen = Vec::new();
    if !lost.is_empty() {
        seen.push(format!("the query sent is without {}", list(&lost)));
    }
    if !added.is_empty() {
        seen.push(format!("the query sent has {} besides", list(&added)));
    }
    if seen.is_empty() && !changed.is_empty() {
        seen.push(format!("the query sent has another value for {}", list(&changed)));
    }
    seen
}

/// As they are read.
fn names<'a>(canonical: impl Iterator<Item = &'a String>) -> Vec<String> {
    canonical.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned()).collect()
}

fn redirect_followed(case: &Case) -> Outcome {
    if case.request().is_none() {
        return Outcome::NotApplicable;
    }
    let followed = (case.redirects > 0).then(|| {
        Finding::possible(
            "the recording has more than one request: the client followed a redirect, and signatures do not follow",
        )
        .seen(Source::Request, format!("{} requests before the last", case.redirects))
        .fix("presign for the bucket's regional endpoint, so that nothing redirects")
    });
    followed.into()
}

fn chunked_upload(case: &Case) -> Outcome {
    let Some(request) = case.request() else { return Outcome::NotApplicable };
    let chunked =
        request.header("transfer-encoding").is_some_and(|value| value.shown().to_ascii_lowercase().contains("chunked"));
    let chunked = (chunked && request.header("content-length").is_none()).then(|| {
        Finding::certain("the upload is sent in chunks of unknown total length, which S3 does not take")
            .seen(Source::Request, "`Transfer-Encoding: chunked`, and no `Content-Length`")
            .fix("send a file or a buffer whose length the client knows")
            .paste("curl -T FILE 'URL'")
    });
    chunked.into()
}

/// Whether the request as sent has the URL's host, path and query, and every signed header.
pub(super) fn sends_the_url(case: &Case) -> bool {
    [host_differs, request_differs, signed_header_missing, redirect_followed]
        .iter()
        .all(|check| !matches!(check(case), Outcome::Found(_)))
}
