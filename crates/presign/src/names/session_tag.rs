use std::fmt;
use std::ops::RangeInclusive;

use super::fitted::fitted;
use crate::attribution::Whose;

/// A session tag: policies see it as `aws:PrincipalTag/KEY`, and CloudTrail tells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionTag {
    whose: Whose,
    value: String,
}

impl SessionTag {
    /// Source: AWS STS API reference, `Tag`. AWS takes letters of all scripts and spaces besides, of which it does not say when
    /// two are the same.
    const LENGTHS: RangeInclusive<usize> = 1..=256;

    /// The own name of a caller or tenant where it can be a tag's value; otherwise its acceptable part, marked with a digest of
    /// the whole so that two never share a value.
    #[must_use]
    pub fn of(whose: Whose, name: &str) -> Self {
        let acceptable = |c: char| c.is_ascii_alphanumeric() || "_.:/=+-@".contains(c);
        Self { whose, value: fitted(name, acceptable, &Self::LENGTHS) }
    }

    /// `caller` or `tenant`.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.whose.as_str()
    }

    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    #[must_use]
    pub fn whose(&self) -> Whose {
        self.whose
    }
}

impl fmt::Display for SessionTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key(), self.value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_that_aws_accepts_is_kept_and_others_keep_apart() {
        let value = |name| SessionTag::of(Whose::Tenant, name).value;
        assert_eq!(value("arn:aws:iam::123456789012:user/alice"), "arn:aws:iam::123456789012:user/alice");
        assert_ne!(value("auth0|1"), value("auth0-1"));
        assert_ne!(value("Müller"), value("Mu\u{308}ller"), "one look, two texts");
    }

    proptest! {
        #[test]
        fn every_name_gets_a_value_that_sts_accepts(name in any::<String>()) {
            let tag = SessionTag::of(Whose::Caller, &name);
            prop_assert!((1..=256).contains(&tag.value().len()));
            prop_assert!(tag.value().chars().all(|c| c.is_ascii_alphanumeric() || "_.:/=+-@".contains(c)));
        }
    }
}
