//! Role sessions that carry their own state.
//!
//! Nothing is stored per session: the secret key follows from the access key id, and the token holds what the session may
//! do, sealed with the master key. Sessions therefore outlive a restart, and any number of them costs no memory.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::crypto;

/// The key that session secrets and tokens follow from.
#[derive(Clone, Serialize, Deserialize)]
pub struct MasterKey(String);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Holder {
    Role {
        role_name: String,
        /// Tells a role from one that was deleted and made anew under its name.
        role_id: String,
    },
    /// Whom the local administrator has lent some of what it may.
    FederatedUser {},
}

/// What a session token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub access_key_id: String,
    #[serde(flatten)]
    pub holder: Holder,
    pub name: String,
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub issued_at: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl MasterKey {
    /// A new random key.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(hex::encode(key)))
    }

    /// The secret access key that belongs to a session's access key id.
    #[must_use]
    pub fn secret(&self, access_key_id: &str) -> String {
        let mac = crypto::hmac(self.0.as_bytes(), format!("secret:{access_key_id}").as_bytes());
        base64::prelude::BASE64_STANDARD.encode(mac.get(..30).unwrap_or_default())
    }

    /// Writes a session as a token that only this key could have sealed.
    ///
    /// # Errors
    /// When the claims cannot be written as JSON.
    pub fn seal(&self, session: &Session) -> Result<String, serde_json::Error> {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(session)?);
        let seal = crypto::hmac(self.0.as_bytes(), format!("token:{claims}").as_bytes());
        Ok(format!("{claims}.{}", BASE64_URL_SAFE_NO_PAD.encode(seal)))
    }

    /// Reads a token back; `None` when this key did not seal it.
    #[must_use]
    pub fn open(&self, token: &str) -> Option<Session> {
        let (claims, seal) = token.split_once('.')?;
        let seal = BASE64_URL_SAFE_NO_PAD.decode(seal).ok()?;
        if !crypto::hmac_matches(self.0.as_bytes(), format!("token:{claims}").as_bytes(), &seal) {
            return None;
        }
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            access_key_id: "ASIAQQQQQQQQQQQQQQQQ".to_owned(),
            holder: Holder::Role { role_name: "signer".to_owned(), role_id: "AROAQQQQQQQQQQQQQQQQQ".to_owned() },
            name: "test".to_owned(),
            issued_at: Timestamp::from_second(1).unwrap(),
            expires_at: Timestamp::from_second(2).unwrap(),
            policy: None,
            source_identity: None,
            tags: BTreeMap::new(),
        }
    }

    #[test]
    fn a_token_opens_with_the_key_that_sealed_it_only() {
        let (key, other) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let token = key.seal(&session()).unwrap();
        assert_eq!(key.open(&token), Some(session()));
        assert_eq!(other.open(&token), None);
        assert_eq!(key.open(&format!("x{token}")), None);
        assert_eq!(key.open(""), None);
    }

    #[test]
    fn secrets_have_the_length_of_those_of_aws_and_do_not_print() {
        let key = MasterKey::generate().unwrap();
        assert_eq!(key.secret("ASIAQQQQQQQQQQQQQQQQ").len(), 40);
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
    }
}
