//! The few cryptographic pieces shared by signatures, sessions and identifiers.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A keyed HMAC-SHA-256. Short keys are padded and long ones hashed first, as HMAC itself defines it.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    let hashed;
    let key = if key.len() > block.len() {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block.into())
}

/// HMAC-SHA-256 of `data`.
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    keyed(key).chain_update(data).finalize().into_bytes().into()
}

/// Whether `tag` is the HMAC-SHA-256 of `data`, compared in constant time.
pub fn hmac_matches(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    keyed(key).chain_update(data).verify_slice(tag).is_ok()
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}

/// An identifier in AWS's style: a prefix that names the kind, then upper-case base 32.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn identifier(prefix: &str, length: usize) -> Result<String, getrandom::Error> {
    let mut random = vec![0_u8; length];
    getrandom::fill(&mut random)?;
    let symbols = random.into_iter().map(|byte| match byte % 32 {
        letter @ 0..26 => char::from(b'A' + letter),
        digit => char::from(b'2' + digit - 26),
    });
    Ok(prefix.chars().chain(symbols).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let short = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex::encode(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        assert!(hmac_matches(b"Jefe", b"what do ya want for nothing?", &short));
        assert!(!hmac_matches(b"Jefe", b"what do ya want for something?", &short));
    }

    #[test]
    fn identifiers_look_like_those_of_aws() {
        let id = identifier("ASIA", 16).unwrap();
        assert_eq!(id.len(), 20);
        assert!(id.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte)));
    }
}
