use jiff::Timestamp;

use crate::policy::{Effect, Listed, Policy, Statement};

/// An inline policy of the signing role that denies its sessions from before a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The policy's name.
    pub policy: String,
    pub before: Timestamp,
    /// Whether everything is denied to every such session; else only to those that meet a further condition, such as the tag
    /// of a tenant, or only some actions are.
    pub of_all: bool,
}

/// What revokes a role's sessions, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Revocations {
    pub read: Vec<Revocation>,
    /// Why a policy that may be one could not be read: it may revoke anything.
    pub unread: Option<String>,
}

/// The condition key of a session's beginning.
const ISSUE_TIME: &str = "aws:TokenIssueTime";

impl Revocation {
    /// The revocations that a policy of this name holds.
    #[must_use]
    pub fn of_policy(name: &str, policy: &Policy) -> Vec<Self> {
        policy.statements.iter().filter_map(|statement| Self::of_statement(name, statement)).collect()
    }

    fn of_statement(name: &str, statement: &Statement) -> Option<Self> {
        let of_time = statement.conditions.iter().find(|condition| {
            condition.key.eq_ignore_ascii_case(ISSUE_TIME) && condition.operator.starts_with("DateLessThan")
        })?;
        // Any of a condition's values will do, so that the latest is the one that counts.
        let before = of_time.values.iter().filter_map(|value| value.parse().ok()).max()?;
        let everything = |listed: &Listed| !listed.negated && listed.patterns.iter().any(|pattern| pattern == "*");
        let of_all =
            statement.conditions.len() == 1 && everything(&statement.actions) && everything(&statement.resources);
        (statement.effect == Effect::Deny).then(|| Self { policy: name.to_owned(), before, of_all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(effect: &str, action: &str, condition: &str) -> Vec<Revocation> {
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"{effect}","Action":{action},"Resource":["*"],"Condition":{condition}}}]}}"#
        );
        Revocation::of_policy("p", &Policy::read(&policy).unwrap())
    }

    #[test]
    fn a_denial_by_the_time_of_issue_is_a_revocation() {
        let time = r#"{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T10:00:00.000Z"}}"#;
        let [revocation] = read("Deny", r#"["*"]"#, time).try_into().unwrap();
        assert_eq!((revocation.before, revocation.of_all), ("2026-05-01T10:00:00Z".parse().unwrap(), true));
        assert_eq!(read("Allow", r#"["*"]"#, time), []);
        assert_eq!(read("Deny", r#"["*"]"#, r#"{"Bool":{"aws:SecureTransport":"false"}}"#), []);
    }

    #[test]
    fn one_that_says_more_than_the_time_is_not_of_all_sessions() {
        let tagged = r#"{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T10:00:00Z"},"StringEquals":{"aws:PrincipalTag/tenant":"acme"}}"#;
        assert!(read("Deny", r#"["*"]"#, tagged).iter().all(|revocation| !revocation.of_all));
        let time = r#"{"DateLessThan":{"aws:TokenIssueTime":["2026-05-01T10:00:00Z"]}}"#;
        assert!(read("Deny", r#""kms:*""#, time).iter().all(|revocation| !revocation.of_all));
    }
}
