use sha2::{Digest, Sha256};

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
        let mut text = format!("{}\n{}\n{}\n", self.method, self.path, self.query);
        for (name, value) in self.headers {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&signed_headers(self.headers));
        text.push('\n');
        text.push_str(self.payload);
        text
    }
}

/// The names of signed headers, as `X-Amz-SignedHeaders` lists them.
#[must_use]
pub fn signed_headers(headers: &[(&str, String)]) -> String {
    headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";")
}

/// What the signing key signs: date, credential scope and the hash of the canonical request.
#[must_use]
pub fn string_to_sign(date: &str, scope: &str, canonical_request: &str) -> String {
    let digest = hex::encode(Sha256::digest(canonical_request.as_bytes()));
    format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}")
}

/// A header's value as it is signed: trimmed, its runs of spaces folded into one.
#[must_use]
pub fn fold_header_value(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
