//! Policy documents: strict reading, and AWS's order of evaluation.
//!
//! A document is refused when it holds anything the evaluator cannot honour. A policy that is stored but partly ignored
//! would make the local stack say yes where AWS says no.

mod condition;
mod pattern;
mod statement;
mod trust;

pub use condition::{Fact, Facts, TagsOf};
pub use pattern::UnknownVariable;
use statement::{Scope, Statement, statements};
pub use trust::{TrustPolicy, Trusted};

/// A policy of a role or of a session.
#[derive(Debug, Clone)]
pub struct Policy(Vec<Statement>);

/// What one policy says about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Deny,
    /// No statement speaks of the request.
    Silent,
}

/// Why a policy document is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPolicy {
    #[error("syntax errors in policy: {0}")]
    NotJson(String),
    #[error("syntax errors in policy: {0}")]
    Syntax(&'static str),
    #[error("the local stack does not know the policy element `{0}`")]
    UnknownElement(String),
    #[error("the local stack does not know the policy version `{0}`")]
    UnknownVersion(String),
    #[error("has prohibited field {0}")]
    Prohibited(&'static str),
    #[error("the local stack does not know the condition operator `{0}` for this key")]
    UnknownOperator(String),
    #[error("the local stack does not know the condition key `{0}`")]
    UnknownConditionKey(String),
    #[error("the local stack does not know the principal `{0}`")]
    UnknownPrincipal(String),
    #[error("`{0}` is not {1}")]
    BadValue(String, &'static str),
    #[error(transparent)]
    UnknownVariable(#[from] UnknownVariable),
}

impl Policy {
    /// Reads an identity or session policy.
    ///
    /// # Errors
    /// When it is not a policy, or says something the evaluator cannot honour.
    pub fn parse(document: &str) -> Result<Self, MalformedPolicy> {
        statements(document, Scope::Identity).map(Self)
    }

    /// What the policy says about doing `action` to `resource`.
    #[must_use]
    pub fn verdict(&self, action: &str, resource: &str, facts: &Facts) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.0.iter().filter(|statement| statement.speaks_of(action, resource, facts)) {
            if statement.denies {
                return Verdict::Deny;
            }
            verdict = Verdict::Allow;
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn policy(statement: &Value) -> Result<Policy, MalformedPolicy> {
        Policy::parse(&json!({"Version": "2012-10-17", "Statement": statement}).to_string())
    }

    fn verdict(statement: &Value, facts: &Facts) -> Verdict {
        policy(statement).unwrap().verdict("s3:GetObject", "arn:aws:s3:::b/a/k.txt", facts)
    }

    fn facts(known: &[(&'static str, Fact)]) -> Facts {
        let mut facts = Facts::default();
        for (key, fact) in known {
            facts.state(*key, fact.clone());
        }
        facts
    }

    #[test]
    fn nothing_is_allowed_that_no_statement_speaks_of() {
        let allow = json!({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"});
        assert_eq!(verdict(&allow, &Facts::default()), Verdict::Silent);
    }

    #[test]
    fn an_explicit_deny_wins_over_any_allow() {
        let both = json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["s3:getobject"], "Resource": ["arn:aws:s3:::b/a/*"]},
        ]);
        assert_eq!(verdict(&both, &Facts::default()), Verdict::Deny);
    }

    #[test]
    fn not_action_and_not_resource_speak_of_all_others() {
        let others = json!({"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::c/*"});
        assert_eq!(verdict(&others, &Facts::default()), Verdict::Allow);
        let excluded = json!({"Effect": "Allow", "NotAction": "s3:Get*", "NotResource": "arn:aws:s3:::c/*"});
        assert_eq!(verdict(&excluded, &Facts::default()), Verdict::Silent);
    }

    #[test]
    fn sessions_older_than_a_moment_are_denied_and_newer_ones_are_not() {
        let deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-05-01T10:00:00.500Z"}}});
        let issued = |at: &str| facts(&[("aws:tokenissuetime", Fact::Time(at.parse().unwrap()))]);
        assert_eq!(verdict(&deny, &issued("2026-05-01T10:00:00Z")), Verdict::Deny);
        assert_eq!(verdict(&deny, &issued("2026-05-01T10:00:01Z")), Verdict::Silent);
        assert_eq!(verdict(&deny, &Facts::default()), Verdict::Silent, "no token, no issue time");
    }

    #[test]
    fn every_condition_and_any_of_its_values_must_hold() {
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "StringLike": {"s3:prefix": ["home/*", "tmp/*"]},
            "NumericLessThan": {"s3:signatureAge": 60000},
            "Bool": {"aws:SecureTransport": "true"},
        }});
        let with = |prefix: &str, age: i64| {
            facts(&[
                ("s3:prefix", Fact::Text(prefix.to_owned())),
                ("s3:signatureage", Fact::Number(age)),
                ("aws:securetransport", Fact::Flag(true)),
            ])
        };
        assert_eq!(verdict(&allow, &with("tmp/x", 59_999)), Verdict::Allow);
        assert_eq!(verdict(&allow, &with("etc/x", 1)), Verdict::Silent);
        assert_eq!(verdict(&allow, &with("tmp/x", 60_000)), Verdict::Silent);
    }

    #[test]
    fn a_missing_key_passes_negated_and_if_exists_operators_only() {
        let statement =
            |condition: Value| json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
        let none = Facts::default();
        for passing in [
            json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
            json!({"StringEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
            json!({"Null": {"s3:x-amz-server-side-encryption": "true"}}),
        ] {
            assert_eq!(verdict(&statement(passing), &none), Verdict::Deny);
        }
        let plain = json!({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}});
        assert_eq!(verdict(&statement(plain), &none), Verdict::Silent);
    }

    #[test]
    fn what_the_evaluator_cannot_honour_is_refused() {
        let refused = [
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}}),
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"s3:prefix": "true"}}}),
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"s3:prefix": "a"}}}),
            json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}),
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}),
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Surprise": 1}),
            json!({"Effect": "Allow", "Action": "*"}),
            json!({"Effect": "Allow", "Resource": "*"}),
            json!({"Effect": "Perhaps", "Action": "*", "Resource": "*"}),
            json!({"Effect": "Allow", "Action": "GetObject", "Resource": "*"}),
            json!({"Effect": "Allow", "Action": "*", "NotAction": "s3:*", "Resource": "*"}),
            json!([]),
        ];
        for statement in refused {
            assert!(policy(&statement).is_err(), "{statement} must be refused");
        }
        assert!(Policy::parse("{").is_err());
        assert!(Policy::parse(r#"{"Version":"2013-01-01","Statement":[]}"#).is_err());
    }
}
