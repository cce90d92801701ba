use std::fmt;

use sha2::{Digest, Sha256};

/// A `RoleSessionName`: 2 to 64 characters of `[\w+=,.@-]`. It appears in CloudTrail and in the session's ARN, so it
/// tells who asked.
/// Source: AWS STS API reference, `AssumeRole`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionName(String);

impl SessionName {
    const LONGEST: usize = 64;
    const DIGEST_LENGTH: usize = 12;

    /// The caller's own name where AWS accepts it; otherwise its acceptable part, marked with a digest of the whole so
    /// that two callers never share a name.
    #[must_use]
    pub fn of_caller(caller: &str) -> Self {
        let acceptable = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        let acceptable_whole = (2..=Self::LONGEST).contains(&caller.len()) && caller.chars().all(acceptable);
        if acceptable_whole && !Self::looks_derived(caller) {
            return Self(caller.to_owned());
        }
        let mut digest = hex::encode(Sha256::digest(caller.as_bytes()));
        digest.truncate(Self::DIGEST_LENGTH);
        let part: String = caller
            .chars()
            .map(|c| if acceptable(c) { c } else { '-' })
            .take(Self::LONGEST - Self::DIGEST_LENGTH - 1)
            .collect();
        Self(format!("{part}-{digest}"))
    }

    /// A caller could otherwise call itself by the name that is made for another.
    fn looks_derived(caller: &str) -> bool {
        let is_digest = |end: &str| end.len() == Self::DIGEST_LENGTH && end.bytes().all(|b| b.is_ascii_hexdigit());
        caller.rsplit_once('-').is_some_and(|(_, end)| is_digest(end))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_aws_accepts_is_kept() {
        assert_eq!(SessionName::of_caller("alice@example.com").as_str(), "alice@example.com");
    }

    #[test]
    fn callers_who_look_alike_keep_apart() {
        assert_ne!(SessionName::of_caller("a b"), SessionName::of_caller("a/b"));
        let made = SessionName::of_caller("a b");
        assert_ne!(SessionName::of_caller(made.as_str()), made);
    }

    proptest! {
        #[test]
        fn every_caller_gets_a_name_that_sts_accepts(caller in any::<String>()) {
            let name = SessionName::of_caller(&caller);
            prop_assert!((2..=64).contains(&name.as_str().len()));
            prop_assert!(name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)));
        }
    }
}
