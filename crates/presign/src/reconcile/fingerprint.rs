use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::sigv4::encode::hex;

/// A digest of how something looks: enough to see that it has changed, and nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of something that is not there: a policy that a bucket does not have, a role that was deleted.
    #[must_use]
    pub fn absent() -> Self {
        Self("absent".to_owned())
    }

    /// Of `parts`, so that no two different lists give the same: each is preceded by its length.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(hex(&digest.finalize().into()))
    }

    /// Of policies by name, in any order.
    #[must_use]
    pub fn of_policies(policies: &BTreeMap<String, String>) -> Self {
        let written: Vec<_> = policies.iter().map(|(name, policy)| (name.as_str(), written(policy))).collect();
        Self::of(written.iter().flat_map(|(name, policy)| [*name, policy.as_str()]))
    }

    /// Of one policy, however AWS happens to order its lists today.
    #[must_use]
    pub fn of_policy(policy: &str) -> Self {
        Self::of([written(policy).as_str()])
    }

    /// As it was kept.
    #[must_use]
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The policy in the one way of writing it. In policies, lists are sets: of statements, of actions, of principals.
fn written(policy: &str) -> String {
    serde_json::from_str::<Value>(policy).map_or_else(|_| policy.to_owned(), |value| Sorted(&value).to_string())
}

struct Sorted<'a>(&'a Value);

impl fmt::Display for Sorted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Object(members) => {
                let sorted: BTreeMap<_, _> = members.iter().collect();
                f.write_str("{")?;
                sorted.into_iter().try_for_each(|(name, value)| write!(f, "{name:?}:{},", Sorted(value)))?;
                f.write_str("}")
            }
            Value::Array(items) => {
                let mut sorted: Vec<String> = items.iter().map(|item| Sorted(item).to_string()).collect();
                sorted.sort_unstable();
                write!(f, "[{}]", sorted.join(","))
            }
            plain => plain.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_white_space_are_no_change() {
        let one = r#"{"Statement":[{"Action":["a","b"],"Effect":"Deny"},{"Sid":"s"}]}"#;
        let other = r#"{ "Statement": [{"Sid":"s"}, {"Effect":"Deny", "Action":["b","a"]}] }"#;
        assert_eq!(Fingerprint::of_policy(one), Fingerprint::of_policy(other));
        assert_ne!(Fingerprint::of_policy(one), Fingerprint::of_policy(&one.replace("Deny", "Allow")));
        assert_ne!(Fingerprint::of_policy("no JSON"), Fingerprint::of_policy("no  JSON"));
    }

    #[test]
    fn a_policy_of_another_name_is_another() {
        let named = |name: &str| Fingerprint::of_policies(&BTreeMap::from([(name.to_owned(), "{}".to_owned())]));
        assert_ne!(named("a"), named("b"));
        assert_ne!(named("a"), Fingerprint::of_policies(&BTreeMap::new()));
        assert_ne!(Fingerprint::of_policies(&BTreeMap::new()), Fingerprint::absent());
    }
}
