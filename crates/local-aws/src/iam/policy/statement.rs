//! One statement of a policy document.

use serde_json::{Map, Value};

use super::MalformedPolicy;
use super::condition::{Condition, Facts};
use super::pattern::{Pattern, Wildcards};
use super::trust::Principal;

/// Which kind of document is read: an identity policy names resources, a trust policy names principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Identity,
    Trust,
}

/// A statement that the evaluator can honour in full.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub denies: bool,
    actions: Selection,
    resources: Selection,
    pub principals: Vec<Principal>,
    conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone)]
struct Selection {
    patterns: Vec<Pattern>,
    inverted: bool,
}

impl Selection {
    fn covers(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(text)) != self.inverted
    }
}

impl Statement {
    /// Whether the statement applies to the request.
    pub fn speaks_of(&self, action: &str, resource: &str, facts: &Facts) -> bool {
        self.actions.covers(&action.to_ascii_lowercase())
            && self.resources.covers(resource)
            && self.conditions.iter().all(|condition| condition.holds(facts))
    }

    fn parse(element: &Value, scope: Scope, variables: bool) -> Result<Self, MalformedPolicy> {
        let element = element.as_object().ok_or(MalformedPolicy::Syntax("a statement must be an object"))?;
        for name in element.keys() {
            match (name.as_str(), scope) {
                ("Sid" | "Effect" | "Action" | "NotAction" | "Condition", _)
                | ("Resource" | "NotResource", Scope::Identity)
                | ("Principal", Scope::Trust) => {}
                ("Resource" | "NotResource", Scope::Trust) => return Err(MalformedPolicy::Prohibited("Resource")),
                ("Principal" | "NotPrincipal", Scope::Identity) => {
                    return Err(MalformedPolicy::Prohibited("Principal"));
                }
                (other, _) => return Err(MalformedPolicy::UnknownElement(other.to_owned())),
            }
        }
        let denies = match element.get("Effect").and_then(Value::as_str) {
            Some("Allow") => false,
            Some("Deny") => true,
            _ => return Err(MalformedPolicy::Syntax("`Effect` must be `Allow` or `Deny`")),
        };
        let actions = actions(element)?;
        let resources = match scope {
            Scope::Identity => selection(element, "Resource", "NotResource", variables)?
                .ok_or(MalformedPolicy::Syntax("a statement needs either `Resource` or `NotResource`"))?,
            Scope::Trust => Selection { patterns: Vec::new(), inverted: true },
        };
        let principals = match scope {
            Scope::Identity => Vec::new(),
            Scope::Trust => Principal::parse_all(
                element.get("Principal").ok_or(MalformedPolicy::Syntax("a trust policy needs `Principal`"))?,
            )?,
        };
        let conditions = match element.get("Condition") {
            Some(condition) => Condition::parse_all(condition, variables)?,
            None => Vec::new(),
        };
        Ok(Self { denies, actions, resources, principals, conditions })
    }
}

/// Action names are a service prefix and a name, or a lone `*`; they compare without case.
fn actions(element: &Map<String, Value>) -> Result<Selection, MalformedPolicy> {
    for name in ["Action", "NotAction"] {
        if let Some(texts) = element.get(name) {
            for text in strings(texts)? {
                if text != "*" && !text.contains(':') {
                    return Err(MalformedPolicy::BadValue(text, "an action: actions must be prefixed by a vendor"));
                }
            }
        }
    }
    let mut actions = selection(element, "Action", "NotAction", false)?
        .ok_or(MalformedPolicy::Syntax("a statement needs either `Action` or `NotAction`"))?;
    actions.patterns = actions.patterns.iter().map(Pattern::to_lowercase).collect();
    Ok(actions)
}

fn selection(
    element: &Map<String, Value>,
    name: &str,
    inverse: &str,
    variables: bool,
) -> Result<Option<Selection>, MalformedPolicy> {
    let (texts, inverted) = match (element.get(name), element.get(inverse)) {
        (Some(texts), None) => (texts, false),
        (None, Some(texts)) => (texts, true),
        _ => return Ok(None),
    };
    let patterns =
        strings(texts)?.iter().map(|text| Pattern::parse(text, Wildcards::On, variables)).collect::<Result<_, _>>()?;
    Ok(Some(Selection { patterns, inverted }))
}

/// A string or a non-empty array of strings.
pub(super) fn strings(value: &Value) -> Result<Vec<String>, MalformedPolicy> {
    const EXPECTED: MalformedPolicy = MalformedPolicy::Syntax("expected a string or a non-empty array of strings");
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(values) if !values.is_empty() => {
            values.iter().map(|value| value.as_str().map(str::to_owned).ok_or(EXPECTED)).collect()
        }
        _ => Err(EXPECTED),
    }
}

/// All statements of a document.
pub(super) fn statements(document: &str, scope: Scope) -> Result<Vec<Statement>, MalformedPolicy> {
    let document: Value =
        serde_json::from_str(document).map_err(|error| MalformedPolicy::NotJson(error.to_string()))?;
    let document = document.as_object().ok_or(MalformedPolicy::Syntax("a policy must be an object"))?;
    if let Some(name) = document.keys().find(|name| !matches!(name.as_str(), "Version" | "Id" | "Statement")) {
        return Err(MalformedPolicy::UnknownElement(name.clone()));
    }
    let variables = match document.get("Version").map(|version| version.as_str().unwrap_or_default()) {
        None | Some("2008-10-17") => false,
        Some("2012-10-17") => true,
        Some(other) => return Err(MalformedPolicy::UnknownVersion(other.to_owned())),
    };
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err(MalformedPolicy::Syntax("`Statement` must hold at least one statement")),
    };
    statements.iter().map(|statement| Statement::parse(statement, scope, variables)).collect()
}
