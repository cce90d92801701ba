use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};

use crate::sigv4::encode::hex;

/// Hexadecimal digits of a digest that tell two texts apart: to find another text for given ones takes 2⁹⁶ tries.
pub const DIGEST_LENGTH: usize = 24;

/// The beginning of the digest of `text`, in hexadecimal.
pub fn short_digest(text: &str) -> String {
    let mut digest = hex(&Sha256::digest(text.as_bytes()).into());
    digest.truncate(DIGEST_LENGTH);
    digest
}

/// `text` as it is where its characters are all `acceptable` and so many of them; otherwise the end of it, which tells most in an
/// ARN, with what is not acceptable replaced by `-`, and marked with a digest of the whole so that two texts never become one.
pub fn fitted(text: &str, acceptable: impl Fn(char) -> bool, lengths: &RangeInclusive<usize>) -> String {
    if lengths.contains(&text.len()) && text.chars().all(&acceptable) && !looks_derived(text) {
        return text.to_owned();
    }
    let room = lengths.end().saturating_sub(DIGEST_LENGTH + 1);
    let beyond = text.chars().count().saturating_sub(room);
    let part: String = text.chars().skip(beyond).map(|c| if acceptable(c) { c } else { '-' }).collect();
    format!("{part}-{}", short_digest(text))
}

/// One could otherwise bear the name that is made for another.
fn looks_derived(text: &str) -> bool {
    let is_digest = |end: &str| end.len() == DIGEST_LENGTH && end.bytes().all(|b| b.is_ascii_hexdigit());
    text.rsplit_once('-').is_some_and(|(_, end)| is_digest(end))
}
