//! The `Condition` element: which facts of a request a statement depends on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::MalformedPolicy;
use super::pattern::{Pattern, Wildcards};

/// What is known about a request, by lower-case condition key.
#[derive(Debug, Clone, Default)]
pub struct Facts(BTreeMap<Cow<'static, str>, Fact>);

/// One known value.
#[derive(Debug, Clone)]
pub enum Fact {
    Text(String),
    Number(i64),
    Time(Timestamp),
    Flag(bool),
}

impl Facts {
    /// States a fact under its lower-case condition key.
    pub fn state(&mut self, key: impl Into<Cow<'static, str>>, fact: Fact) {
        self.0.insert(key.into(), fact);
    }

    /// States the tags of a principal, or those that a request would give a session. Their names compare without case.
    pub fn state_tags(&mut self, prefix: TagsOf, tags: &BTreeMap<String, String>) {
        for (name, value) in tags {
            self.state(format!("{}{}", prefix.key(), name.to_ascii_lowercase()), Fact::Text(value.clone()));
        }
    }
}

/// Whose tags a condition key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagsOf {
    Principal,
    Request,
}

impl TagsOf {
    /// What comes before the tag's name.
    fn key(self) -> &'static str {
        match self {
            Self::Principal => "aws:principaltag/",
            Self::Request => "aws:requesttag/",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Time,
    Flag,
}

/// The condition keys that the local stack can tell the value of. Any other key is refused when a policy is put.
const KEYS: [(&str, Kind); 19] = [
    ("aws:currenttime", Kind::Time),
    ("aws:principalaccount", Kind::Text),
    ("aws:principalarn", Kind::Text),
    ("aws:securetransport", Kind::Flag),
    ("aws:sourceidentity", Kind::Text),
    ("aws:tokenissuetime", Kind::Time),
    ("aws:userid", Kind::Text),
    ("s3:authtype", Kind::Text),
    ("s3:delimiter", Kind::Text),
    ("s3:max-keys", Kind::Number),
    ("s3:prefix", Kind::Text),
    ("s3:signatureage", Kind::Number),
    ("s3:signatureversion", Kind::Text),
    ("s3:versionid", Kind::Text),
    ("s3:x-amz-server-side-encryption", Kind::Text),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", Kind::Text),
    ("sts:externalid", Kind::Text),
    ("sts:rolesessionname", Kind::Text),
    ("sts:sourceidentity", Kind::Text),
];

/// The key as facts have it, and what its values are.
fn known(key: &str) -> Option<(String, Kind)> {
    let key = key.to_ascii_lowercase();
    let tag = [TagsOf::Principal, TagsOf::Request]
        .into_iter()
        .any(|of| key.len() > of.key().len() && key.starts_with(of.key()));
    let kind = if tag { Kind::Text } else { KEYS.iter().find(|(known, _)| *known == key)?.1 };
    Some((key, kind))
}

/// One key under one operator.
#[derive(Debug, Clone)]
pub struct Condition {
    key: String,
    test: Test,
    /// Whether a request without the key passes: the `IfExists` suffix, and every negated operator.
    passes_when_absent: bool,
}

#[derive(Debug, Clone)]
enum Test {
    Text {
        any_of: Vec<Pattern>,
        negated: bool,
    },
    Number {
        any_of: Vec<i64>,
        compare: Compare,
    },
    Time {
        any_of: Vec<Timestamp>,
        compare: Compare,
    },
    Flag {
        any_of: Vec<bool>,
    },
    /// The `Null` operator: whether the key must be absent.
    Absent(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    fn holds<T: PartialOrd>(self, found: &T, any_of: &[T]) -> bool {
        match self {
            Self::Equal => any_of.contains(found),
            Self::NotEqual => !any_of.contains(found),
            Self::Less => any_of.iter().any(|bound| found < bound),
            Self::LessOrEqual => any_of.iter().any(|bound| found <= bound),
            Self::Greater => any_of.iter().any(|bound| found > bound),
            Self::GreaterOrEqual => any_of.iter().any(|bound| found >= bound),
        }
    }

    fn named(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "Equals" => Self::Equal,
            "NotEquals" => Self::NotEqual,
            "LessThan" => Self::Less,
            "LessThanEquals" => Self::LessOrEqual,
            "GreaterThan" => Self::Greater,
            "GreaterThanEquals" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

impl Condition {
    /// Reads a whole `Condition` element.
    pub(super) fn parse_all(element: &Value, variables: bool) -> Result<Vec<Self>, MalformedPolicy> {
        let operators = element.as_object().ok_or(MalformedPolicy::Syntax("`Condition` must be an object"))?;
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            let keys = keys.as_object().ok_or(MalformedPolicy::Syntax("a condition operator must hold an object"))?;
            for (key, values) in keys {
                conditions.push(Self::parse(operator, key, &scalars(values)?, variables)?);
            }
        }
        Ok(conditions)
    }

    fn parse(operator: &str, key: &str, values: &[String], variables: bool) -> Result<Self, MalformedPolicy> {
        let unknown_operator = || MalformedPolicy::UnknownOperator(operator.to_owned());
        let (key, kind) = known(key).ok_or_else(|| MalformedPolicy::UnknownConditionKey(key.to_owned()))?;
        if operator == "Null" {
            let test = Test::Absent(flag(values.first().map_or("", String::as_str))?);
            return Ok(Self { key, test, passes_when_absent: false });
        }
        let (name, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |name| (name, true));
        let test = match kind {
            Kind::Text => {
                let (wildcards, negated) = match name {
                    "StringEquals" => (Wildcards::Off, false),
                    "StringNotEquals" => (Wildcards::Off, true),
                    "StringLike" => (Wildcards::On, false),
                    "StringNotLike" => (Wildcards::On, true),
                    "ArnEquals" | "ArnLike" if key == "aws:principalarn" => (Wildcards::On, false),
                    "ArnNotEquals" | "ArnNotLike" if key == "aws:principalarn" => (Wildcards::On, true),
                    _ => return Err(unknown_operator()),
                };
                let any_of =
                    values.iter().map(|value| Pattern::parse(value, wildcards, variables)).collect::<Result<_, _>>()?;
                Test::Text { any_of, negated }
            }
            Kind::Number => Test::Number {
                compare: name.strip_prefix("Numeric").and_then(Compare::named).ok_or_else(unknown_operator)?,
                any_of: values.iter().map(|value| number(value)).collect::<Result<_, _>>()?,
            },
            Kind::Time => Test::Time {
                compare: name.strip_prefix("Date").and_then(Compare::named).ok_or_else(unknown_operator)?,
                any_of: values.iter().map(|value| time(value)).collect::<Result<_, _>>()?,
            },
            Kind::Flag if name == "Bool" => {
                Test::Flag { any_of: values.iter().map(|value| flag(value)).collect::<Result<_, _>>()? }
            }
            Kind::Flag => return Err(unknown_operator()),
        };
        let negated = matches!(
            test,
            Test::Text { negated: true, .. }
                | Test::Number { compare: Compare::NotEqual, .. }
                | Test::Time { compare: Compare::NotEqual, .. }
        );
        Ok(Self { key, test, passes_when_absent: if_exists || negated })
    }

    /// Whether the request meets the condition.
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        let fact = facts.0.get(self.key.as_str());
        match (&self.test, fact) {
            (Test::Absent(wanted), fact) => *wanted == fact.is_none(),
            (_, None) => self.passes_when_absent,
            (Test::Text { any_of, negated }, Some(Fact::Text(found))) => {
                any_of.iter().any(|pattern| pattern.matches(found)) != *negated
            }
            (Test::Number { any_of, compare }, Some(Fact::Number(found))) => compare.holds(found, any_of),
            (Test::Time { any_of, compare }, Some(Fact::Time(found))) => compare.holds(found, any_of),
            (Test::Flag { any_of }, Some(Fact::Flag(found))) => any_of.contains(found),
            _ => false,
        }
    }
}

/// A value or an array of values, each as text.
fn scalars(values: &Value) -> Result<Vec<String>, MalformedPolicy> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(MalformedPolicy::Syntax("a condition value must be a string, a number or a boolean")),
    };
    match values {
        Value::Array(values) => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn number(value: &str) -> Result<i64, MalformedPolicy> {
    value.parse().map_err(|_| MalformedPolicy::BadValue(value.to_owned(), "a whole number"))
}

fn flag(value: &str) -> Result<bool, MalformedPolicy> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(MalformedPolicy::BadValue(value.to_owned(), "`true` or `false`")),
    }
}

/// ISO 8601 as IAM takes it: a date, a date with time, or seconds since 1970.
fn time(value: &str) -> Result<Timestamp, MalformedPolicy> {
    value
        .parse()
        .or_else(|_| format!("{value}T00:00:00Z").parse())
        .or_else(|_| Timestamp::from_second(value.parse().unwrap_or(i64::MAX)))
        .map_err(|_| MalformedPolicy::BadValue(value.to_owned(), "an ISO 8601 date with its time zone"))
}
