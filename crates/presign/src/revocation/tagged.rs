use std::fmt;
use std::time::SystemTime;

use super::{CutOff, POLICY_NAME};
use crate::names::SessionTag;

/// The revocation of the sessions that bear one tag. It is a policy of its own, whose name tells the tag and the cut-off: two that
/// are made at the same moment cannot undo each other, and none is ever changed. What is spent, or covered by a later one of the
/// same tag, can be taken away by its name, whatever has happened since the names were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedRevocation {
    mark: String,
    cut_off: CutOff,
}

impl TaggedRevocation {
    #[must_use]
    pub fn new(tag: &SessionTag, cut_off: CutOff) -> Self {
        Self { mark: tag.mark(), cut_off }
    }

    /// None where a policy of this name is none.
    #[must_use]
    pub fn of_policy(name: &str) -> Option<Self> {
        let (mark, seconds) = name.strip_prefix(POLICY_NAME)?.strip_prefix('-')?.rsplit_once('-')?;
        let (key, digest) = mark.split_once('-')?;
        let known = ["caller", "tenant"].contains(&key) && digest.bytes().all(|b| b.is_ascii_hexdigit());
        let cut_off = CutOff::of_seconds(seconds.parse().ok()?);
        let revocation = Self { mark: mark.to_owned(), cut_off };
        (known && revocation.to_string() == name).then_some(revocation)
    }

    #[must_use]
    pub fn cut_off(&self) -> CutOff {
        self.cut_off
    }

    #[must_use]
    pub fn is_of(&self, tag: &SessionTag) -> bool {
        self.mark == tag.mark()
    }

    /// Whether it does nothing any more at `now`: every session that it could hit has ended.
    #[must_use]
    pub fn is_spent(&self, now: SystemTime) -> bool {
        self.cut_off.is_spent(now)
    }

    /// Whether `other` kills all that it kills.
    #[must_use]
    pub fn is_covered_by(&self, other: &Self) -> bool {
        self.mark == other.mark && self.cut_off < other.cut_off
    }
}

/// The policy's name.
impl fmt::Display for TaggedRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{POLICY_NAME}-{}-{}", self.mark, self.cut_off.seconds())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::attribution::Whose;

    fn of(tenant: &str, seconds: u64) -> TaggedRevocation {
        TaggedRevocation::new(&SessionTag::of(Whose::Tenant, tenant), CutOff::of_seconds(seconds))
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_policys_name_tells_all_of_it_and_is_one_that_iam_takes() {
        let revocation = of(&"long/".repeat(50), 1_795_412_841);
        let name = revocation.to_string();
        assert!(
            name.len() <= 128 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)),
            "{name}"
        );
        assert_eq!(TaggedRevocation::of_policy(&name), Some(revocation));
    }

    #[test]
    fn other_policies_are_not_taken_for_one() {
        let name = of("acme", 5).to_string();
        for other in [
            "sign-urls",
            POLICY_NAME,
            &format!("{name}5x"),
            &format!("x{name}"),
            &name.replace("tenant", "team"),
            &name.replace("-5", "-05"),
        ] {
            assert_eq!(TaggedRevocation::of_policy(other), None, "{other}");
        }
    }

    #[test]
    fn it_is_kept_until_the_last_session_that_it_could_hit_has_ended() {
        let half_a_day = 12 * 60 * 60;
        assert!(!of("acme", 1_000).is_spent(at(1_000 + half_a_day)));
        assert!(of("acme", 1_000).is_spent(at(1_000 + half_a_day + 15 * 60)));
    }

    #[test]
    fn only_a_later_one_of_the_same_tag_covers_it() {
        let old = of("acme", 1_000);
        assert!(old.is_covered_by(&of("acme", 1_500)));
        assert!(!old.is_covered_by(&of("umbrella", 1_500)), "it is another's");
        assert!(!old.is_covered_by(&old) && !old.is_covered_by(&of("acme", 500)), "it is the latest");
    }
}
