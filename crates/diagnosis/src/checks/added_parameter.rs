//! Parameters that somebody has added to the URL, and S3 does not know.

use crate::case::Case;
use crate::check::Outcome;
use crate::finding::{Finding, Source};
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
    if case.url().v4().is_none() {
        return Outcome::NotApplicable;
    }
    let is_known = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let others = ["x-id", "website"].contains(&lower.as_str());
        others || lower.starts_with("x-amz-") || lower.starts_with("response-") || KNOWN.contains(&name)
    };
    let names = case.url().query().pairs().iter().map(Pair::decoded_name);
    let unknown: Vec<String> = names.filter(|name| !is_known(name)).collect();
    if unknown.is_empty() {
        return Outcome::Fine;
    }
    let reason = "the URL has a parameter that S3 does not know: unless it was signed along, as S3 wants of every parameter, the signature does not match";
    let finding = match case.said("SignatureDoesNotMatch", "") {
        true if added_behind_signature(case.url(), &unknown) => Finding::likely(reason),
        true => Finding::possible(reason),
        false => Finding::hint(reason),
    };
    let (told, untold): (Vec<&String>, Vec<&String>) = unknown.iter().partition(|name| is_telling(name));
    let finding = if told.is_empty() { finding } else { finding.seen(Source::Url, list(&told)) };
    let finding = match untold.len() {
        0 => finding,
        count => finding
            .seen(Source::Url, format!("{count} whose names are not shown, since they may be pieces of a secret")),
    };
    finding.fix("take out what was added after signing; exempt presigned URLs from link tracking").into()
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
