use serde::Deserialize;
use serde_json::{Map, Value};

/// A policy: of a bucket, a KMS key, an access point.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    pub principals: Principals,
    /// Whether `Action` or `NotAction` is given.
    pub actions: Listed,
    pub resources: Listed,
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// Whom a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    Everyone,
    /// ARNs and account ids of AWS, as they stand.
    These(Vec<String>),
    NotThese(Vec<String>),
}

/// A list, or everything but it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub patterns: Vec<String>,
    pub negated: bool,
}

/// One key of one operator: any of the values will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub operator: String,
    pub key: String,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy cannot be read")]
pub struct PolicyError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawPolicy {
    statement: OneOrMany<RawStatement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawStatement {
    sid: Option<String>,
    effect: String,
    principal: Option<Value>,
    not_principal: Option<Value>,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

impl Policy {
    /// Reads a policy's JSON.
    ///
    /// # Errors
    /// When it is no policy.
    pub fn read(json: &str) -> Result<Self, PolicyError> {
        let raw: RawPolicy = serde_json::from_str(json).map_err(|_| PolicyError)?;
        let statements = raw.statement.into_vec().into_iter().map(Statement::of).collect::<Option<_>>();
        Ok(Self { statements: statements.ok_or(PolicyError)? })
    }
}

impl Statement {
    fn of(raw: RawStatement) -> Option<Self> {
        let effect = match raw.effect.as_str() {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return None,
        };
        let principals = match (raw.principal, raw.not_principal) {
            (Some(principal), _) => named(&principal).map_or(Principals::Everyone, Principals::These),
            (None, Some(not)) => Principals::NotThese(named(&not).unwrap_or_else(|| vec!["*".to_owned()])),
            // An identity's policy names none.
            (None, None) => Principals::Everyone,
        };
        Some(Self {
            sid: raw.sid,
            effect,
            principals,
            actions: listed(raw.action, raw.not_action),
            resources: listed(raw.resource, raw.not_resource),
            conditions: conditions(&raw.condition),
        })
    }

    /// How a finding calls it.
    #[must_use]
    pub fn name(&self) -> String {
        self.sid.clone().unwrap_or_else(|| "a statement without a Sid".to_owned())
    }

    /// Whether one of its conditions is about this key.
    #[must_use]
    pub fn is_about(&self, key: &str) -> bool {
        self.conditions.iter().any(|condition| condition.key.eq_ignore_ascii_case(key))
    }
}

fn listed(these: Option<OneOrMany<String>>, not_these: Option<OneOrMany<String>>) -> Listed {
    match (these, not_these) {
        (Some(these), _) => Listed { patterns: these.into_vec(), negated: false },
        (None, Some(not)) => Listed { patterns: not.into_vec(), negated: true },
        (None, None) => Listed { patterns: vec!["*".to_owned()], negated: false },
    }
}

/// The AWS principals; none for everyone.
fn named(principal: &Value) -> Option<Vec<String>> {
    let Value::Object(kinds) = principal else { return None };
    let names = kinds.get("AWS").map(texts).unwrap_or_default();
    if names.iter().any(|name| name == "*") { None } else { Some(names) }
}

fn conditions(operators: &Map<String, Value>) -> Vec<Condition> {
    let keys = operators.iter().flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| Condition { operator: operator.clone(), key: key.clone(), values: texts(values) })
    });
    keys.collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_of_everything_is_read() {
        let policy = Policy::read(
            r#"{"Version":"2012-10-17","Statement":{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["a","b"],
                "Condition":{"Bool":{"aws:SecureTransport":false}}}}"#,
        )
        .unwrap();
        let [statement] = policy.statements.as_slice() else { panic!("{policy:?}") };
        assert_eq!((statement.effect, &statement.principals), (Effect::Deny, &Principals::Everyone));
        assert_eq!(statement.resources.patterns, ["a", "b"]);
        assert_eq!(statement.conditions[0].values, ["false"]);
        assert!(Policy::read("{}").is_err() && Policy::read("no").is_err());
    }
}
