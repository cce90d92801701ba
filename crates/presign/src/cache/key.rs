use std::fmt;

use sha2::{Digest, Sha256};

use crate::sigv4::encode::hex;

/// The identity of a cached URL: a digest of everything that shapes it or decides who may have it. It holds nothing of the
/// caller's own text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// Changed whenever the meaning of the parts changes, so that rows of an older release are not found.
    const EDITION: &'static str = "presigned-url/3";

    /// Digests `parts` so that no two different lists give the same text: each is preceded by its length.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut digest = Sha256::new();
        for part in std::iter::once(Self::EDITION).chain(parts) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_ends_matters() {
        assert_ne!(CacheKey::of(["ab", "c"]), CacheKey::of(["a", "bc"]));
        assert_ne!(CacheKey::of(["a", ""]), CacheKey::of(["a"]));
    }
}
