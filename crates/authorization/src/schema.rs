use std::fmt::Display;

use cedar_policy::{Effect, ParseErrors, PolicySet, Schema, ValidationMode, Validator};

use crate::PoliciesError;
use crate::named::under_their_names;

/// Of schema.cedarschema, as the tests have written it: Cedar reads its JSON in a fraction of the time of its text.
pub const SCHEMA: &str = include_str!("schema.json");

/// The policies that the text has, each under its own name.
///
/// # Errors
/// When it is not Cedar, speaks of what the schema does not know, or permits nothing.
pub fn fitting(text: &str) -> Result<PolicySet, PoliciesError> {
    let unreadable = |error: &dyn Display| PoliciesError::Schema(error.to_string());
    let schema = Schema::from_json_str(SCHEMA).map_err(|error| unreadable(&error))?;
    let policies: PolicySet = text.parse().map_err(|error| PoliciesError::Syntax(syntax(text, &error)))?;
    let validation = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    if !validation.validation_passed() {
        let errors: Vec<String> = validation.validation_errors().map(ToString::to_string).collect();
        return Err(PoliciesError::Invalid(errors.join("; ")));
    }
    if !policies.policies().any(|policy| policy.effect() == Effect::Permit) {
        return Err(PoliciesError::NothingPermitted);
    }
    under_their_names(&policies).map_err(|error| PoliciesError::Invalid(error.to_string()))
}

/// Where in the text it cannot be read, by line.
fn syntax(text: &str, error: &ParseErrors) -> String {
    use miette::Diagnostic;
    let offset = error.iter().find_map(|error| Some(error.labels()?.next()?.offset()));
    let line = offset.map(|offset| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1);
    line.map_or_else(|| error.to_string(), |line| format!("line {line}: {error}"))
}
