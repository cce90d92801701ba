//! Checksums that were signed before there was a body.

use super::checked;
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};

/// The check that finds the checksum of an empty body.
pub(crate) const EMPTY_CHECKSUM: &str = "empty-checksum";

/// Of a body of no bytes, in base64.
///
/// Source: the algorithms; and <https://github.com/seaweedfs/seaweedfs/issues/10216>, of an SDK that signs them.
const OF_NOTHING: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "AAAAAA=="),
    ("x-amz-checksum-crc32c", "AAAAAA=="),
    ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
    ("x-amz-checksum-sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    ("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
];

/// What S3, and servers like it, answer where a checksum of `x-amz-checksum-…` is not the body's.
const DIFFERS: &[Symptom] = &[
    Symptom::said("BadDigest", "checksum"),
    Symptom::said("InvalidDigest", "checksum"),
    Symptom::said("InvalidRequest", "Value for x-amz-checksum"),
    Symptom::code("XAmzContentChecksumMismatch"),
];

pub(super) const CHECKS: &[Check] = &[checked(
    EMPTY_CHECKSUM,
    "The checksum in the URL is of an empty body: it was signed before there was one.",
    DIFFERS,
    run,
)];

/// Whether the checksum in the URL is of an empty body, and its answer is about a checksum.
pub(crate) fn is_empty_checksum(case: &Case) -> bool {
    of_nothing(case).is_some() && is_refused(case)
}

fn of_nothing(case: &Case) -> Option<&'static str> {
    let is = |(name, of_nothing): &(&str, &str)| case.url().query().get(name).as_deref() == Some(of_nothing);
    OF_NOTHING.iter().find(|it| is(it)).map(|(name, _)| *name)
}

fn is_refused(case: &Case) -> bool {
    DIFFERS.iter().any(|symptom| case.said(symptom.code, symptom.message))
}

/// An empty body has it by rights, and S3 itself takes no notice of it in a query:
/// <https://github.com/storacha/w3infra/issues/78>.
fn run(case: &Case) -> Outcome {
    let Some(name) = of_nothing(case) else { return Outcome::Fine };
    let reason = "the checksum in the URL is of an empty body: the SDK signed it before there was one. S3 takes no notice of it there, other servers refuse any other body";
    let finding = if is_refused(case) { Finding::likely(reason) } else { Finding::hint(reason) };
    finding
        .seen(Source::Url, format!("`{name}` is the checksum of no bytes"))
        .fix("let the signer's client compute checksums only where they are required, and sign again")
        .paste("new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' })")
        .into()
}
