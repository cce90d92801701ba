use std::fmt;

use super::fitted::fitted;

/// A `RoleSessionName` or a `SourceIdentity`: 2 to 64 characters of `[\w+=,.@-]`. Both appear in CloudTrail, and the first in the
/// session's ARN too, so they tell who asked.
/// Source: AWS STS API reference, `AssumeRole`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionName(String);

impl SessionName {
    const LONGEST: usize = 64;

    /// The own name of a caller or tenant where AWS accepts it; otherwise its acceptable part, marked with a digest of the whole
    /// so that two never share a name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(fitted(name, |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c), &(2..=Self::LONGEST)))
    }

    /// The name of a federated user, which has half the length: 2 to 32 characters. Two names never become one.
    /// Source: AWS STS API reference, `GetFederationToken`, `Name`.
    #[must_use]
    pub fn of_federated_user(&self) -> String {
        fitted(&self.0, |_| true, &(2..=32))
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
        for name in ["alice@example.com", "7d8ca528-4931-4254-9273-ea5ee853f271"] {
            assert_eq!(SessionName::of(name).as_str(), name);
        }
    }

    #[test]
    fn callers_who_look_alike_keep_apart() {
        assert_ne!(SessionName::of("a b"), SessionName::of("a/b"));
        let made = SessionName::of("a b");
        assert_ne!(SessionName::of(made.as_str()), made);
    }

    #[test]
    fn of_an_arn_the_end_is_kept() {
        let made = SessionName::of("arn:aws:sts::123456789012:assumed-role/Deployer/pipeline");
        assert!(made.as_str().contains("-Deployer-pipeline-"), "{made}");
    }

    proptest! {
        #[test]
        fn every_caller_gets_a_name_that_sts_accepts(caller in any::<String>()) {
            let name = SessionName::of(&caller);
            prop_assert!((2..=64).contains(&name.as_str().len()));
            prop_assert!((2..=32).contains(&name.of_federated_user().len()));
            prop_assert!(name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)));
        }
    }
}
