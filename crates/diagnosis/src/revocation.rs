use jiff::Timestamp;

use crate::policy::{Effect, Listed, Policy, Statement, date};
use crate::text::quotable;

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

impl Revocations {
    /// Adds what a role's policy of this name revokes.
    pub fn add(&mut self, name: &str, policy: &Policy) {
        for statement in policy.statements.iter().filter(|statement| statement.effect == Effect::Deny) {
            let of_time = statement.conditions.iter().find(|condition| {
                condition.key.eq_ignore_ascii_case(ISSUE_TIME) && condition.operator.starts_with("DateLessThan")
            });
            let Some(of_time) = of_time else { continue };
            let dates: Vec<_> = of_time.values.iter().map(|value| date(value)).collect();
            if dates.contains(&None) {
                self.unread =
                    Some(format!("a date in the role's policy `{}` is none that can be read", quotable(name)));
            }
            // Any of a condition's values will do, so that the latest is the one that counts.
            if let Some(before) = dates.into_iter().flatten().max() {
                let of_all = is_of_all(statement);
                self.read.push(Revocation { policy: name.to_owned(), before, of_all });
            }
        }
    }
}

fn is_of_all(statement: &Statement) -> bool {
    let everything = |listed: &Listed| !listed.negated && listed.patterns.iter().any(|pattern| pattern == "*");
    statement.conditions.len() == 1 && everything(&statement.actions) && everything(&statement.resources)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(effect: &str, action: &str, condition: &str) -> Vec<Revocation> {
        let found = found(effect, action, condition);
        assert_eq!(found.unread, None);
        found.read
    }

    fn found(effect: &str, action: &str, condition: &str) -> Revocations {
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"{effect}","Action":{action},"Resource":["*"],"Condition":{condition}}}]}}"#
        );
        let mut found = Revocations::default();
        found.add("p", &Policy::read(&policy).unwrap());
        found
    }

    #[test]
    fn a_revocation_is_read_by_whatever_date_a_policy_may_have() {
        let by =
            |date: &str| found("Deny", r#"["*"]"#, &format!(r#"{{"DateLessThan":{{"aws:TokenIssueTime":{date}}}}}"#));
        let before = |date: &str| by(date).read.first().map(|revocation| revocation.before.to_string());
        assert_eq!(before(r#""2027-01-01""#).as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(before(r#""1830000000""#).as_deref(), Some("2027-12-28T13:20:00Z"));
        assert_eq!(before("1830000000").as_deref(), Some("2027-12-28T13:20:00Z"));
        let unread = by(r#""next May""#);
        assert!(unread.read.is_empty() && unread.unread.is_some_and(|why| why.contains("`p`")));
        let half = by(r#"["2027-01-01","next May"]"#);
        assert!(half.read.len() == 1 && half.unread.is_some());
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
