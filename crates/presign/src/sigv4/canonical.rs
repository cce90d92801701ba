use std::borrow::Cow;

use super::encode;

/// A header as it is signed: its name in lower case, its value [folded](fold_header_value).
pub type CanonicalHeader<'a> = (&'a str, Cow<'a, str>);

/// The form of a request that signer and S3 must both arrive at.
#[derive(Debug, Clone, Copy)]
pub struct CanonicalRequest<'a> {
    pub method: &'a str,
    /// Percent-encoded once, beginning with `/`.
    pub path: &'a str,
    /// Pairs percent-encoded, then sorted, joined by `&`; without the signature.
    pub query: &'a str,
    /// Sorted by name.
    pub headers: &'a [CanonicalHeader<'a>],
    /// The body's SHA-256 in hexadecimal; [`UNSIGNED_PAYLOAD`] in a presigned URL.
    pub payload: &'a str,
}

/// What stands in for the hash of a body that is not known when a URL is signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

impl CanonicalRequest<'_> {
    /// The text whose hash is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = before_query(self.method, self.path).concat();
        text.push_str(self.query);
        push_after_query(&mut text, self.headers, self.payload);
        text
    }
}

/// What a canonical request begins with.
pub fn before_query<'a>(method: &'a str, path: &'a str) -> [&'a str; 4] {
    [method, "\n", path, "\n"]
}

/// Appends to `text` what follows the query in a canonical request.
pub fn push_after_query(text: &mut String, headers: &[CanonicalHeader<'_>], payload: &str) {
    text.push('\n');
    for (name, value) in headers {
        text.extend([name, ":", value, "\n"]);
    }
    text.push('\n');
    for (i, (name, _)) in headers.iter().enumerate() {
        text.extend([if i == 0 { "" } else { ";" }, name]);
    }
    text.extend(["\n", payload]);
}

/// What the signing key signs: date, credential scope and the hash of the canonical request.
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
pub fn fold_header_value(value: &str) -> Cow<'_, str> {
    let trimmed = value.trim_matches(' ');
    if !trimmed.contains("  ") {
        return trimmed.into();
    }
    trimmed.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_trimmed_and_its_runs_of_spaces_are_one() {
        for (value, folded) in [("a b", "a b"), ("  a   b c ", "a b c"), (" a b", "a b"), ("  ", ""), ("", "")] {
            assert_eq!(fold_header_value(value), folded);
        }
    }

    #[test]
    fn the_text_has_the_form_that_is_documented() {
        let request = CanonicalRequest {
            method: "GET",
            path: "/test.txt",
            query: "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            headers: &[("host", "h".into()), ("x-amz-date", "d".into())],
            payload: UNSIGNED_PAYLOAD,
        };
        let expected = "GET\n/test.txt\nX-Amz-Algorithm=AWS4-HMAC-SHA256\nhost:h\nx-amz-date:d\n\nhost;x-amz-date\nUNSIGNED-PAYLOAD";
        assert_eq!(request.text(), expected);
    }
}
