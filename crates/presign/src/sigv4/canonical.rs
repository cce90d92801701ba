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

    /// Its SHA-256. Nothing is put together for it: that would cost more than the hashing.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.for_each_part(|part| hash.update(part));
        hash.finalize().into()
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
        for (i, (name, _)) in self.headers.iter().enumerate() {
            take(if i == 0 { "" } else { ";" });
            take(name);
        }
        take("\n");
        take(self.payload);
    }
}

/// What the signing key signs: date, credential scope and the [hash](CanonicalRequest::hash) of the canonical request.
#[must_use]
pub fn string_to_sign(date: &str, scope: &str, hash: &[u8; 32]) -> String {
    let parts = ["AWS4-HMAC-SHA256\n", date, "\n", scope, "\n"];
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum::<usize>() + 2 * hash.len());
    text.extend(parts);
    encode::push_hex(&mut text, hash);
    text
}

/// A header's value as it is signed: trimmed, its runs of spaces folded into one.
#[must_use]
pub fn fold_header_value(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
