use std::fmt;

use presign::redactor::MASK;
use sha2::{Digest, Sha256};

use crate::text::quotable;

/// A text that can be compared as it is, and shows itself only if it is no secret.
#[derive(Clone)]
pub struct Guarded {
    shown: String,
    digest: [u8; 32],
}

impl Guarded {
    pub(crate) fn plain(text: &str) -> Self {
        Self { shown: quotable(text), digest: Sha256::digest(text.as_bytes()).into() }
    }

    pub(crate) fn secret(text: &str) -> Self {
        Self { shown: MASK.to_owned(), digest: Sha256::digest(text.as_bytes()).into() }
    }

    /// A header's value. Only headers that are known to hold no secret are shown.
    pub(crate) fn header(name: &str, value: &str) -> Self {
        if shows(name) { Self::plain(value) } else { Self::secret(value) }
    }

    /// A parameter's value, by its decoded name. Only parameters that are known to hold no secret are shown.
    pub(crate) fn parameter(name: &str, value: &str) -> Self {
        if shows_parameter(name) { Self::plain(value) } else { Self::secret(value) }
    }

    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.shown == MASK
    }
}

/// Headers whose values may be quoted.
pub(crate) fn shows(name: &str) -> bool {
    const SHOWN: [&str; 35] = [
        "accept",
        "accept-encoding",
        "accept-language",
        "access-control-request-headers",
        "access-control-request-method",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-md5",
        "content-type",
        "date",
        "expect",
        "expires",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "origin",
        "range",
        "transfer-encoding",
        "user-agent",
        "x-amz-acl",
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-date",
        "x-amz-request-payer",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled",
        "x-amz-storage-class",
    ];
    const PREFIXES: [&str; 3] = ["x-amz-checksum-", "x-amz-meta-", "x-amz-object-lock-"];
    SHOWN.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a parameter stands for a header whose value may not be quoted: S3 takes an SSE-C key in the query too.
pub(crate) fn stands_for_a_guarded_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("x-amz-") && !SIGNING.contains(&name.as_str()) && !shows(&name)
}

/// The parameters of a signature that are no secret, in lower case.
const SIGNING: [&str; 6] =
    ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-region-set", "x-amz-signedheaders"];

/// Parameters of S3 whose values may be quoted.
fn shows_parameter(name: &str) -> bool {
    const SHOWN: [&str; 11] = [
        "delimiter",
        "encoding-type",
        "list-type",
        "marker",
        "max-keys",
        "partnumber",
        "prefix",
        "start-after",
        "uploadid",
        "versionid",
        "x-id",
    ];
    let name = name.to_ascii_lowercase();
    let known = SIGNING.contains(&name.as_str()) || SHOWN.contains(&name.as_str()) || name.starts_with("response-");
    known || name.starts_with("x-amz-") && shows(&name)
}

impl PartialEq for Guarded {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Guarded {}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let (a, b) = (Guarded::header("x-amz-security-token", "one"), Guarded::header("x-amz-security-token", "two"));
        assert_ne!(a, b);
        assert_eq!((format!("{a} {a:?}"), a.is_secret()), ("*** ***".to_owned(), true));
        assert_eq!(Guarded::header("content-type", "text/plain").shown(), "text/plain");
    }

    #[test]
    fn only_parameters_that_are_known_are_shown() {
        for name in
            ["x-amz-server-side-encryption-customer-key", "X-Amz-Security-Token", "X-Amz-Signature", "sig", "key"]
        {
            assert!(Guarded::parameter(name, "a").is_secret(), "{name}");
        }
        for name in ["X-Amz-Expires", "x-amz-acl", "versionId", "response-content-type", "x-id"] {
            assert!(!Guarded::parameter(name, "a").is_secret(), "{name}");
        }
    }
}
