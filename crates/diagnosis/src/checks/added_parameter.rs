//! Parameters that somebody has added to the URL, and S3 does not know.

use super::form::is_form_in_query;
use crate::case::Case;
use crate::check::Outcome;
use crate::finding::{Finding, Source};
use crate::guarded::shows;
use crate::text::list;
use crate::url::{Pair, SuspectUrl};

/// What S3's operations take in a query, besides `X-Amz-…` and `response-…`.
///
/// Source: Amazon S3 API reference, the request syntax of each operation.
const KNOWN: [&str; 61] = [
    "abac",
    "accelerate",
    "acl",
    "allow-reordered-queries",
    "analytics",
    "annotation",
    "attributes",
    "bucket-region",
    "continuation-token",
    "cors",
    "delete",
    "delimiter",
    "encoding-type",
    "encryption",
    "fetch-owner",
    "id",
    "intelligent-tiering",
    "inventory",
    "key-marker",
    "legal-hold",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "marker",
    "max-buckets",
    "max-directory-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "optional-object-attributes",
    "ownershipControls",
    "part-number-marker",
    "partNumber",
    "policy",
    "policyStatus",
    "prefix",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "select-type",
    "session",
    "start-after",
    "tagging",
    "torrent",
    "upload-id-marker",
    "uploadId",
    "uploads",
    "version-id-marker",
    "versionId",
    "versioning",
    "versions",
];

pub(super) fn run(case: &Case) -> Outcome {
    if case.url().v4().is_none() || is_form_in_query(case.url()) {
        return Outcome::NotApplicable;
    }
    let names = case.url().query().pairs().iter().map(Pair::decoded_name);
    let unknown: Vec<String> = names.filter(|name| !is_known(name)).collect();
    if unknown.is_empty() {
        return Outcome::Fine;
    }
    let reason = "the URL has a parameter that S3 does not know: unless it was signed along, as S3 wants of every parameter, the signature does not match";
    let other_case: Vec<String> = unknown.iter().filter_map(|name| in_other_case(name)).collect();
    let finding = match case.said("SignatureDoesNotMatch", "") {
        _ if !other_case.is_empty() => Finding::likely(
            "a parameter is S3's but for its letters' case: S3 takes no notice of it, and so does something else than is meant",
        ),
        true if added_behind_signature(case.url(), &unknown) => Finding::likely(reason),
        // A header's name may well be signed along: the JavaScript SDK of version 2 does so.
        true if unknown.iter().any(|name| is_of_tracker(name)) => Finding::likely(reason),
        true => Finding::possible(reason),
        false => Finding::hint(reason),
    };
    let of_headers = unknown.iter().filter(|name| is_header(name));
    let of_headers = of_headers.map(|name| format!("`{name}` is a header's name: S3 looks for none in a query"));
    let finding =
        other_case.into_iter().chain(of_headers).fold(finding, |finding, text| finding.seen(Source::Url, text));
    let others = unknown.iter().filter(|name| in_other_case(name).is_none() && !is_header(name));
    let (told, untold): (Vec<&String>, Vec<&String>) = others.partition(|name| is_telling(name));
    let finding = if told.is_empty() { finding } else { finding.seen(Source::Url, list(&told)) };
    let finding = match untold.len() {
        0 => finding,
        count => finding
            .seen(Source::Url, format!("{count} whose names are not shown, since they may be pieces of a secret")),
    };
    let fix = if unknown.iter().any(|name| is_header(name)) {
        "have it signed as a header, and send it as one; add nothing after signing"
    } else if unknown.iter().all(|name| in_other_case(name).is_none()) {
        "take out what was added after signing; exempt presigned URLs from link tracking, and from what is to get round a cache"
    } else {
        "write parameters as S3's API reference does, and sign again"
    };
    finding.fix(fix).into()
}

fn is_known(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let others = ["x-id", "website"].contains(&lower.as_str());
    others || lower.starts_with("x-amz-") || lower.starts_with("response-") || KNOWN.contains(&name)
}

/// Whether a parameter's name is one that somebody has thought of.
pub(super) fn may_be_shown(name: &str) -> bool {
    is_known(name) || is_telling(name)
}

/// Names that S3 would know in other letters, as SDKs write them in their own arguments.
///
/// Source: <https://github.com/minio/minio/issues/14781>, where each part of an upload so became the whole object.
fn in_other_case(name: &str) -> Option<String> {
    // A single word, such as `ID` or `Policy`, may well be a parameter of the signer's own.
    let compound = |known: &str| known.bytes().any(|byte| byte == b'-' || byte.is_ascii_uppercase());
    let meant = KNOWN.iter().find(|known| compound(known) && known.eq_ignore_ascii_case(name))?;
    Some(format!("`{name}` is `{meant}` to S3"))
}

/// A header's name, which is signed and sent as a header, or not at all. Those of one word may be a parameter of the signer's own.
fn is_header(name: &str) -> bool {
    name.contains('-') && shows(&name.to_ascii_lowercase())
}

/// What link trackers add, and what programs add to get round a cache: jQuery's `_`, or nothing but the time.
fn is_of_tracker(name: &str) -> bool {
    const NAMES: [&str; 10] =
        ["_", "dclid", "fbclid", "gbraid", "gclid", "igshid", "mc_eid", "msclkid", "wbraid", "yclid"];
    let only_digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    NAMES.contains(&name) || name.starts_with("utm_") || only_digits
}

/// Whether one of these names stands behind the signature, which signers put at the end. Where all stand by the alphabet, as
/// some signers put them, that tells nothing.
fn added_behind_signature(url: &SuspectUrl, names: &[String]) -> bool {
    let all: Vec<String> = url.query().pairs().iter().map(Pair::decoded_name).collect();
    let mut behind = all.iter().skip_while(|name| *name != "X-Amz-Signature");
    !all.is_sorted() && behind.any(|name| names.contains(name))
}

/// Whether a parameter's name is one that somebody has thought of: where an `&` fell into a token, its rest looks like a name.
fn is_telling(name: &str) -> bool {
    let word = |longest: usize, fits: fn(u8) -> bool| name.len() <= longest && name.bytes().all(fits);
    word(24, |byte| byte.is_ascii_lowercase() || b"_-.".contains(&byte)) || word(6, |byte| byte.is_ascii_alphanumeric())
}
