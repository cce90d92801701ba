//! Trust policies: who may take a role.

use serde_json::Value;

use super::MalformedPolicy;
use super::condition::Facts;
use super::statement::{Scope, Statement, statements, strings};

/// A role's `AssumeRolePolicyDocument`.
#[derive(Debug, Clone)]
pub struct TrustPolicy(Vec<Statement>);

/// How a trust policy lets a caller in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trusted {
    /// The caller is named (or everyone is): trust alone suffices within one account.
    ByName,
    /// The caller's account is named: the caller also needs a policy that allows `sts:AssumeRole`.
    ByAccount,
    No,
}

/// Whom a trust statement names.
#[derive(Debug, Clone)]
pub(super) enum Principal {
    Everyone,
    /// Of a role, a user or an identity provider; or a bare account number.
    Arn(String),
    /// A service or a canonical user: never a caller of the local stack.
    Other,
}

impl Principal {
    pub(super) fn parse_all(element: &Value) -> Result<Vec<Self>, MalformedPolicy> {
        if element.as_str() == Some("*") {
            return Ok(vec![Self::Everyone]);
        }
        let kinds = element.as_object().ok_or(MalformedPolicy::Syntax("`Principal` must be `*` or an object"))?;
        let mut principals = Vec::new();
        for (kind, names) in kinds {
            for name in strings(names)? {
                principals.push(match kind.as_str() {
                    "AWS" if name == "*" => Self::Everyone,
                    "AWS" | "Federated" => Self::Arn(name),
                    "Service" | "CanonicalUser" => Self::Other,
                    other => return Err(MalformedPolicy::UnknownPrincipal(other.to_owned())),
                });
            }
        }
        Ok(principals)
    }

    fn trusts(&self, caller: &[String], account: &str) -> Trusted {
        match self {
            Self::Everyone => Trusted::ByName,
            Self::Arn(name) if name == account || *name == format!("arn:aws:iam::{account}:root") => Trusted::ByAccount,
            Self::Arn(name) if caller.contains(name) => Trusted::ByName,
            Self::Arn(_) | Self::Other => Trusted::No,
        }
    }
}

impl TrustPolicy {
    /// Reads a trust policy.
    ///
    /// # Errors
    /// When it is not a trust policy, or says something the evaluator cannot honour.
    pub fn parse(document: &str) -> Result<Self, MalformedPolicy> {
        statements(document, Scope::Trust).map(Self)
    }

    /// How the policy lets a caller who goes by any of the ARNs `caller` do `action` to the role.
    #[must_use]
    pub fn trusts(&self, action: &str, caller: &[String], account: &str, facts: &Facts) -> Trusted {
        let mut trusted = Trusted::No;
        for statement in self.0.iter().filter(|statement| statement.speaks_of(action, "", facts)) {
            for principal in &statement.principals {
                match (principal.trusts(caller, account), statement.denies) {
                    (Trusted::No, _) => {}
                    (_, true) => return Trusted::No,
                    (Trusted::ByName, false) => trusted = Trusted::ByName,
                    (Trusted::ByAccount, false) if trusted == Trusted::No => trusted = Trusted::ByAccount,
                    (Trusted::ByAccount, false) => {}
                }
            }
        }
        trusted
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trusts(principal: &Value, caller: &str) -> Trusted {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"},
        ]});
        TrustPolicy::parse(&document.to_string()).unwrap().trusts(
            "sts:AssumeRole",
            &[caller.to_owned()],
            "123456789012",
            &Facts::default(),
        )
    }

    #[test]
    fn a_role_is_trusted_by_its_name_its_account_or_with_everyone() {
        let role = "arn:aws:iam::123456789012:role/issuer";
        assert_eq!(trusts(&json!({"AWS": [role]}), role), Trusted::ByName);
        assert_eq!(trusts(&json!({"AWS": "arn:aws:iam::123456789012:root"}), role), Trusted::ByAccount);
        assert_eq!(trusts(&json!({"AWS": "123456789012"}), role), Trusted::ByAccount);
        assert_eq!(trusts(&json!("*"), role), Trusted::ByName);
        assert_eq!(trusts(&json!({"AWS": "arn:aws:iam::123456789012:role/other"}), role), Trusted::No);
        assert_eq!(trusts(&json!({"Service": "lambda.amazonaws.com"}), role), Trusted::No);
    }

    #[test]
    fn a_trust_policy_names_no_resource() {
        let document = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}});
        assert!(matches!(TrustPolicy::parse(&document.to_string()), Err(MalformedPolicy::Prohibited("Resource"))));
    }
}
