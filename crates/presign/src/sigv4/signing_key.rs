use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::AmzDate;
use crate::credentials::Secret;
use crate::names::Region;

/// The key that signs for one secret, day and region; deriving it costs four HMACs, using it one.
#[derive(Clone)]
pub struct SigningKey {
    key: [u8; 32],
    scope: String,
}

impl SigningKey {
    #[must_use]
    pub fn derive(secret: &Secret, date: &AmzDate, region: &Region) -> Self {
        let first = format!("AWS4{}", secret.expose());
        let date_key = hmac_sha256(first.as_bytes(), date.date().as_bytes());
        let region_key = hmac_sha256(&date_key, region.as_str().as_bytes());
        let service_key = hmac_sha256(&region_key, b"s3");
        let key = hmac_sha256(&service_key, b"aws4_request");
        Self { key, scope: format!("{}/{region}/s3/aws4_request", date.date()) }
    }

    /// `YYYYMMDD/REGION/s3/aws4_request`
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The signature of a string to sign, in lower-case hexadecimal.
    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> String {
        hex::encode(hmac_sha256(&self.key, string_to_sign.as_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("scope", &self.scope).finish_non_exhaustive()
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so `new_from_slice` has no way to fail for it.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    mac.update(message);
    mac.finalize().into_bytes().into()
}
