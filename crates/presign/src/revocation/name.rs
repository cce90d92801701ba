use std::collections::BTreeSet;
use std::fmt;
use std::time::SystemTime;

use super::{CutOff, POLICY_NAME};
use crate::attribution::Whose;
use crate::names::short_digest;

/// The name of a revocation that is a policy of its own. It tells whose sessions the policy kills, and from before when: two that
/// are made at the same moment cannot undo each other, and none is ever changed into one that kills less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationName {
    of: Of,
    cut_off: CutOff,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    All,
    /// By a digest of the tag's values, which fit in no name.
    Tags {
        whose: Whose,
        count: usize,
        digest: String,
    },
}

/// What no tag's value has.
const SEPARATOR: &str = "\n";

impl RevocationName {
    #[must_use]
    pub(super) fn of_all(cut_off: CutOff) -> Self {
        Self { of: Of::All, cut_off }
    }

    #[must_use]
    pub(super) fn of_tags(whose: Whose, values: &BTreeSet<String>, cut_off: CutOff) -> Self {
        let all: Vec<_> = values.iter().map(String::as_str).collect();
        let digest = short_digest(&all.join(SEPARATOR));
        Self { of: Of::Tags { whose, count: values.len(), digest }, cut_off }
    }

    /// None where a policy of this name is none.
    #[must_use]
    pub fn of_policy(name: &str) -> Option<Self> {
        let (of, seconds) = name.strip_prefix(POLICY_NAME)?.strip_prefix('-')?.rsplit_once('-')?;
        let of = match of.split('-').collect::<Vec<_>>().as_slice() {
            ["all"] => Of::All,
            [key, digest] => Of::Tags { whose: Whose::named(key)?, count: 1, digest: (*digest).to_owned() },
            [keys, count, digest] => Of::Tags {
                whose: Whose::named(keys.strip_suffix('s')?)?,
                count: count.parse().ok().filter(|count| *count > 1)?,
                digest: (*digest).to_owned(),
            },
            _ => return None,
        };
        let known = matches!(&of, Of::All)
            || matches!(&of, Of::Tags { digest, .. } if digest.bytes().all(|b| b.is_ascii_hexdigit()));
        let read = Self { of, cut_off: CutOff::in_name(seconds)? };
        (known && read.to_string() == name).then_some(read)
    }

    #[must_use]
    pub fn cut_off(&self) -> CutOff {
        self.cut_off
    }

    /// Of which tag, and of how many of its values; none where it is of all sessions.
    #[must_use]
    pub fn tags(&self) -> Option<(Whose, usize)> {
        match &self.of {
            Of::All => None,
            Of::Tags { whose, count, .. } => Some((*whose, *count)),
        }
    }

    /// Whether it does nothing any more at `now`: every session that it could hit has ended.
    #[must_use]
    pub fn is_spent(&self, now: SystemTime) -> bool {
        self.cut_off.is_spent(now)
    }

    /// Whether it kills all that `other` does, as far as names tell, and is another.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self != other && self.cut_off >= other.cut_off && (self.of == Of::All || self.of == other.of)
    }
}

/// Which of them can be taken away at `now`: what is spent, and what another of them covers.
#[must_use]
pub fn superfluous(names: &[RevocationName], now: SystemTime) -> Vec<&RevocationName> {
    names.iter().filter(|name| name.is_spent(now) || names.iter().any(|other| other.covers(name))).collect()
}

/// The policy's name.
impl fmt::Display for RevocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{POLICY_NAME}-")?;
        match &self.of {
            Of::All => f.write_str("all")?,
            Of::Tags { whose, count: 1, digest } => write!(f, "{}-{digest}", whose.as_str())?,
            Of::Tags { whose, count, digest } => write!(f, "{}s-{count}-{digest}", whose.as_str())?,
        }
        write!(f, "-{}", self.cut_off.seconds())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(tenants: &[&str], seconds: u64) -> RevocationName {
        let values = tenants.iter().map(|tenant| (*tenant).to_owned()).collect();
        RevocationName::of_tags(Whose::Tenant, &values, CutOff::of_seconds(seconds))
    }

    fn of_all(seconds: u64) -> RevocationName {
        RevocationName::of_all(CutOff::of_seconds(seconds))
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_policys_name_tells_all_of_it_and_is_one_that_iam_takes() {
        for name in [of(&["long/".repeat(50).as_str()], 1_795_412_841), of(&["a", "b"], 1), of_all(1_795_412_841)] {
            let text = name.to_string();
            assert!(
                text.len() <= 128 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)),
                "{text}"
            );
            assert_eq!(RevocationName::of_policy(&text), Some(name));
        }
    }

    #[test]
    fn an_earlier_releases_names_are_the_same() {
        let name = "AWSRevokeOlderSessions-tenant-2a97516c354b68848cdbd8f5-1795420096";
        assert_eq!(RevocationName::of_policy(name), Some(of(&["demo"], 1_795_420_096)));
    }

    #[test]
    fn other_policies_are_not_taken_for_one() {
        let (name, fold) = (of(&["acme"], 5).to_string(), of(&["a", "b"], 5).to_string());
        for other in [
            "sign-urls",
            POLICY_NAME,
            "AWSRevokeOlderSessions-everyone-5",
            "AWSRevokeOlderSessions-all-18446744073709551615",
            &format!("{name}5x"),
            &format!("x{name}"),
            &name.replace("tenant", "team"),
            &name.replace("tenant-", "tenant-x"),
            &name.replace("-5", "-05"),
            &fold.replace("-2-", "-1-"),
            &fold.replace("-2-", "-02-"),
            &fold.replace("tenants", "tenant"),
        ] {
            assert_eq!(RevocationName::of_policy(other), None, "{other}");
        }
    }

    #[test]
    fn it_is_kept_until_the_last_session_that_it_could_hit_has_ended() {
        let half_a_day = 12 * 60 * 60;
        assert!(!of(&["acme"], 1_000).is_spent(at(1_000 + half_a_day)));
        assert!(of(&["acme"], 1_000).is_spent(at(1_000 + half_a_day + 15 * 60)));
    }

    #[test]
    fn only_a_later_one_of_the_same_tags_or_of_all_covers_it() {
        let old = of(&["acme"], 1_000);
        assert!(of(&["acme"], 1_500).covers(&old));
        assert!(of_all(1_000).covers(&old) && of_all(1_001).covers(&of_all(1_000)));
        assert!(!of(&["umbrella"], 1_500).covers(&old), "it is another's");
        assert!(!of(&["acme", "umbrella"], 1_500).covers(&old), "its name does not tell whose it is");
        assert!(!old.covers(&old) && !of(&["acme"], 500).covers(&old), "it is the latest");
        assert!(!of_all(999).covers(&old) && !old.covers(&of_all(500)));
    }
}
