use presign::sigv4::{CanonicalRequest, UNSIGNED_PAYLOAD, string_to_sign};
use sha2::{Digest, Sha256};

/// The limit: nothing but SHA-256 of as many blocks as the URL's canonical request and signature have.
pub struct Hashing {
    text: Vec<u8>,
}

impl Hashing {
    const BLOCK: usize = 64;
    /// What SHA-256 adds at the end: a bit, and the length.
    const PADDING: usize = 9;

    /// The blocks of `url`, which was signed for a `GET` with no header but `Host`.
    pub fn of(url: &str) -> Self {
        let (signed, _) = url.split_once("&X-Amz-Signature=").unwrap_or((url, ""));
        let (address, query) = signed.split_once('?').unwrap_or((signed, ""));
        let address = address.trim_start_matches("https://");
        let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
        let headers = [("host", host.into())];
        let canonical = CanonicalRequest { method: "GET", path, query, headers: &headers, payload: UNSIGNED_PAYLOAD };
        let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap_or_default();
        let credential = parameter("X-Amz-Credential=").replace("%2F", "/");
        let (_, scope) = credential.split_once('/').unwrap_or_default();
        let to_sign = string_to_sign(parameter("X-Amz-Date="), scope, &[0; 32]);
        // The HMAC has its keys hashed in already, so that it takes the string to sign and one block more.
        let blocks = Self::blocks(canonical.text().len()) + Self::blocks(to_sign.len()) + 1;
        Self { text: vec![b'a'; blocks * Self::BLOCK - Self::PADDING] }
    }

    pub fn blocks_hashed(&self) -> usize {
        Self::blocks(self.text.len())
    }

    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.text).into()
    }

    fn blocks(length: usize) -> usize {
        (length + Self::PADDING).div_ceil(Self::BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signers::Task;
    use crate::signers::ours::Ours;

    /// The canonical request's 1,372 bytes are 22 blocks, the string to sign's 136 are three, and the HMAC ends with one.
    #[test]
    fn a_url_with_a_token_of_a_thousand_characters_has_26_blocks() {
        let task = Task::get_with_token();
        let url = Ours::new(&task).unwrap().url(&task, &[]).unwrap();
        assert_eq!(Hashing::of(url.expose()).blocks_hashed(), 26);
    }
}
