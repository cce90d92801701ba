use std::fmt;

use zeroize::Zeroizing;

/// Text that must not be printed: a secret access key or a session token. It is wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself; what takes it must not print it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An access key, with the session token that temporary ones come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    secret: Secret,
    session_token: Option<Secret>,
}

impl Credentials {
    /// An IAM user's access key.
    #[must_use]
    pub fn long_term(access_key_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { access_key_id: access_key_id.into(), secret: Secret::new(secret), session_token: None }
    }

    /// A session's access key.
    #[must_use]
    pub fn temporary(
        access_key_id: impl Into<String>,
        secret: impl Into<String>,
        session_token: impl Into<String>,
    ) -> Self {
        Self { session_token: Some(Secret::new(session_token)), ..Self::long_term(access_key_id, secret) }
    }

    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    #[must_use]
    pub fn session_token(&self) -> Option<&Secret> {
        self.session_token.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_access_key_id_and_nothing_secret() {
        let shown = format!("{:?}", Credentials::temporary("ASIA1", "the-secret", "the-token"));
        assert!(shown.contains("ASIA1"), "{shown}");
        assert!(!shown.contains("the-secret") && !shown.contains("the-token"), "{shown}");
    }
}
