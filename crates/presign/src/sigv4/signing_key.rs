use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{AmzDate, encode};
use crate::credentials::{Credentials, Secret};
use crate::names::Region;

/// What signs for one set of credentials, one day and one region, and all of a URL that depends on nothing else. Making it costs
/// six times what a signature does.
#[derive(Clone)]
pub struct SigningKey {
    /// With the key hashed in already: what every signature begins with. It wipes itself when it is dropped.
    hmac: Hmac<Sha256>,
    scope: String,
    region: Region,
    encoded_credential: String,
    encoded_token: Option<Secret>,
}

impl SigningKey {
    #[must_use]
    pub fn derive(credentials: &Credentials, date: &AmzDate, region: &Region) -> Self {
        // Whole from the start: what grows leaves copies behind that nothing wipes.
        let first = Zeroizing::new(["AWS4", credentials.secret().expose()].concat());
        let parts = [date.date(), region.as_str(), "s3", "aws4_request"];
        let next = |hmac, part: &&str| keyed(Zeroizing::new(finished(hmac, part.as_bytes())).as_slice());
        let hmac = parts.iter().fold(keyed(first.as_bytes()), next);
        let scope = parts.join("/");
        let encoded_credential = encode::component(&format!("{}/{scope}", credentials.access_key_id()));
        let encoded_token = credentials.session_token().map(|token| Secret::new(encode::component(token.expose())));
        Self { hmac, scope, region: region.clone(), encoded_credential, encoded_token }
    }

    /// Whether it is the key of that day and region.
    #[must_use]
    pub fn is_for(&self, date: &AmzDate, region: &Region) -> bool {
        self.scope.starts_with(date.date()) && self.region == *region
    }

    /// `YYYYMMDD/REGION/s3/aws4_request`
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// `ACCESS_KEY_ID/SCOPE`, percent-encoded.
    #[must_use]
    pub fn encoded_credential(&self) -> &str {
        &self.encoded_credential
    }

    /// The session token, percent-encoded.
    #[must_use]
    pub fn encoded_token(&self) -> Option<&Secret> {
        self.encoded_token.as_ref()
    }

    /// The signature of a string to sign.
    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> [u8; 32] {
        finished(self.hmac.clone(), string_to_sign.as_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("scope", &self.scope).finish_non_exhaustive()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length, so `new_from_slice` has no way to fail for it.
    let Ok(hmac) = Hmac::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    hmac
}

fn finished(mut hmac: Hmac<Sha256>, message: &[u8]) -> [u8; 32] {
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn debug_shows_nothing_secret() {
        let credentials = Credentials::temporary("ASIA1", "the-secret", "the-token");
        let date = AmzDate::at(SystemTime::UNIX_EPOCH).unwrap();
        let shown = format!("{:?}", SigningKey::derive(&credentials, &date, &"us-east-1".parse().unwrap()));
        assert_eq!(shown, "SigningKey { scope: \"19700101/us-east-1/s3/aws4_request\", .. }");
    }

    #[test]
    fn what_holds_a_secret_or_a_key_wipes_itself() {
        fn wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        wiped(&Zeroizing::new(String::new()));
        // The state of an HMAC is two of these, which are so only with a feature of the library.
        wiped(&Sha256::default());
    }

    #[test]
    fn it_is_the_key_of_its_own_day_and_region_only() {
        let (credentials, day) = (Credentials::long_term("AKIA1", "s"), Duration::from_hours(24));
        let (date, next) =
            [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + day].map(|at| AmzDate::at(at).unwrap()).into();
        let (here, there) = ("us-east-1".parse().unwrap(), "us-east-2".parse().unwrap());
        let key = SigningKey::derive(&credentials, &date, &here);
        assert!(key.is_for(&date, &here));
        assert!(!key.is_for(&next, &here) && !key.is_for(&date, &there));
    }
}
