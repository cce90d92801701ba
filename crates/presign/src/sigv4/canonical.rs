use sha2::{Digest, Sha256};

use super::encode;

/// The form of a request that signer and S3 must both arrive at.
#[derive(Debug, Clone, Copy)]
pub struct CanonicalRequest<'a> {
    pub method: &'a str,
    /// Percent-encoded once, beginning with `/`.
    pub path: &'a str,
    /// Pairs percent-encoded, then sorted, joined by `&`; without the signature.
    pub query: &'a str,
    /// Lower-case names, sorted; values [folded](fold_header_value).
    pub headers: &'a [(&'a str, String)],
    /// The body's SHA-256 in hexadecimal; [`UNSIGNED_PAYLOAD`] in a presigned URL.
    pub payload: &'a str,
}

/// What stands in for the hash of a body that is not known when a URL is signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

impl CanonicalRequest<'_> {
    /// The text whose hash is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.for_each_part(|part| text.push_str(part));
        text
    }

    /// Its hash, in lower-case hexadecimal. Nothing is put together for it: that would cost more than the hashing.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        self.for_each_part(|part| hash.update(part));
        encode::hex(&hash.finalize())
    }

    fn for_each_part(&self, mut take: impl FnMut(&str)) {
        for part in [self.method, "\n", self.path, "\n", self.query, "\n"] {
            take(part);
        }
        for (name, value) in self.headers {
            for part in [name, ":", value, "\n"] {
                take(part);
            }
        }
        take("\n");
        for_each_name(self.headers, &mut take);
        take("\n");
        take(self.payload);
    }
}

/// The names of signed headers, as `X-Amz-SignedHeaders` lists them.
#[must_use]
pub fn signed_headers(headers: &[(&str, String)]) -> String {
    let mut names = String::new();
    for_each_name(headers, |part| names.push_str(part));
    names
}

fn for_each_name(headers: &[(&str, String)], mut take: impl FnMut(&str)) {
    for (i, (name, _)) in headers.iter().enumerate() {
        if i > 0 {
            take(";");
        }
        take(name);
    }
}

/// What the signing key signs: date, credential scope and the [hash](CanonicalRequest::hash) of the canonical request.
#[must_use]
pub fn string_to_sign(date: &str, scope: &str, hash: &str) -> String {
    ["AWS4-HMAC-SHA256\n", date, "\n", scope, "\n", hash].concat()
}

/// A header's value as it is signed: trimmed, its runs of spaces folded into one.
#[must_use]
pub fn fold_header_value(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
