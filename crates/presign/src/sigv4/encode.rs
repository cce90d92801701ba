//! Percent-encoding as Signature Version 4 defines it: everything but `A–Z a–z 0–9 - . _ ~`, in upper-case hexadecimal.

/// Appends `text` to `out` as one component of a query: `/` is encoded too.
pub fn push_component(out: &mut String, text: &str) {
    push(out, text.as_bytes(), false);
}

/// `text` as one component of a query.
#[must_use]
pub fn component(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    push_component(&mut out, text);
    out
}

/// The same for what need not be UTF-8, such as a part of a URL that someone else has made.
pub fn push_component_bytes(out: &mut String, bytes: &[u8]) {
    push(out, bytes, false);
}

/// Appends an object key to `out` as a path. S3 is the service that neither normalizes a path nor encodes it twice.
pub fn push_path(out: &mut String, text: &str) {
    push(out, text.as_bytes(), true);
}

/// The same for what need not be UTF-8.
pub fn push_path_bytes(out: &mut String, bytes: &[u8]) {
    push(out, bytes, true);
}

/// Appends a SHA-256 to `out` in lower-case hexadecimal.
pub fn push_hex(out: &mut String, hash: &[u8; 32]) {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    // Of a length that is known, all bytes are turned at once.
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(hash) {
        *pair = [digit(byte >> 4), digit(byte & 0xf)];
    }
    out.push_str(str::from_utf8(&digits).unwrap_or_default());
}

/// A SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn hex(hash: &[u8; 32]) -> String {
    let mut out = String::with_capacity(2 * hash.len());
    push_hex(&mut out, hash);
    out
}

fn push(out: &mut String, bytes: &[u8], keep_slash: bool) {
    let stays = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || (keep_slash && byte == b'/')
    };
    let digit = |nibble: u8| char::from(nibble + if nibble < 10 { b'0' } else { b'A' - 10 });
    // What stays is taken over in runs.
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| !stays(*byte)) {
        let (plain, [byte, behind @ ..]) = rest.split_at(end) else { break };
        out.push_str(str::from_utf8(plain).unwrap_or_default());
        out.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        rest = behind;
    }
    out.push_str(str::from_utf8(rest).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unreserved_characters_stay() {
        let mut out = String::new();
        push_component(&mut out, "Aa0-._~ +/%é\u{1f600}");
        assert_eq!(out, "Aa0-._~%20%2B%2F%25%C3%A9%F0%9F%98%80");
    }

    #[test]
    fn hexadecimal_digits_are_in_lower_case() {
        let mut hash = [0; 32];
        hash[..3].copy_from_slice(&[0x10, 0x9a, 0xff]);
        assert_eq!(hex(&hash), format!("109aff{}", "0".repeat(58)));
    }

    #[test]
    fn a_path_keeps_its_slashes_and_dots() {
        let mut out = String::new();
        push_path(&mut out, "/a//b/../c+d");
        assert_eq!(out, "/a//b/../c%2Bd");
    }
}
