use std::fmt::Display;

use cedar_policy::{Effect, ParseErrors, PolicySet, Schema, ValidationMode, ValidationWarning, Validator};

use crate::PoliciesError;
use crate::look_alikes::can_be_mistaken;
use crate::named::under_their_names;

/// Of schema.cedarschema, as the tests have written it: Cedar reads its JSON in a fraction of the time of its text.
pub const SCHEMA: &str = include_str!("schema.json");

/// The policies that the text has, each under its own name.
///
/// # Errors
/// When it is not Cedar, speaks of what the schema does not know, permits nothing, or has a policy that can never say anything: a forbid
/// that forbids nothing is believed to.
pub fn fitting(text: &str) -> Result<PolicySet, PoliciesError> {
    let unreadable = |error: &dyn Display| PoliciesError::Schema(error.to_string());
    let schema = Schema::from_json_str(SCHEMA).map_err(|error| unreadable(&error))?;
    let policies: PolicySet = text.parse().map_err(|error| PoliciesError::Syntax(syntax(text, &error)))?;
    let validation = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    if !validation.validation_passed() {
        let errors: Vec<String> = validation.validation_errors().map(ToString::to_string).collect();
        return Err(PoliciesError::Invalid(errors.join("; ")));
    }
    let unmeant = validation.validation_warnings().filter(|warning| !is_as_meant(warning));
    let unmeant: Vec<String> = unmeant.map(ToString::to_string).collect();
    if !unmeant.is_empty() {
        return Err(PoliciesError::Unmeant(unmeant.join("; ")));
    }
    if policies.templates().next().is_some() {
        return Err(PoliciesError::Template);
    }
    if !policies.policies().any(|policy| policy.effect() == Effect::Permit) {
        return Err(PoliciesError::NothingPermitted);
    }
    under_their_names(&policies).map_err(|error| PoliciesError::Invalid(error.to_string()))
}

/// Whether what Cedar warns of may be as it is meant: names in any letters and signs, as long as none can be taken for another. Each warning
/// has the whole of what it is about.
fn is_as_meant(warning: &ValidationWarning) -> bool {
    let is_of_letters = matches!(
        warning,
        ValidationWarning::MixedScriptString(_)
            | ValidationWarning::MixedScriptIdentifier(_)
            | ValidationWarning::ConfusableIdentifier(_)
    );
    is_of_letters && !can_be_mistaken(&unescaped(&warning.to_string()))
}

/// The letters and signs that Cedar has escaped in a message: those that nobody sees among them.
fn unescaped(message: &str) -> String {
    let mut pieces = message.split(r"\u{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once('}').unwrap_or(("", piece));
        text.extend(u32::from_str_radix(number, 16).ok().and_then(char::from_u32));
        text.push_str(rest);
    }
    text
}

/// Where in the text it cannot be read, by line.
fn syntax(text: &str, error: &ParseErrors) -> String {
    use miette::Diagnostic;
    let offset = error.iter().find_map(|error| Some(error.labels()?.next()?.offset()));
    let line = offset.map(|offset| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1);
    line.map_or_else(|| error.to_string(), |line| format!("line {line}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERMIT: &str = "permit (principal, action == Presign::Action::\"getObject\", resource);";

    fn refused(policy: &str) -> PoliciesError {
        fitting(&[PERMIT, policy].concat()).unwrap_err()
    }

    #[test]
    fn a_template_is_refused_and_not_passed_over() {
        assert!(fitting(PERMIT).is_ok());
        for head in
            ["principal == ?principal, action, resource", "principal in ?principal, action, resource in ?resource"]
        {
            let error = refused(&format!("forbid ({head});"));
            assert!(matches!(error, PoliciesError::Template), "{error}");
        }
    }

    #[test]
    fn a_policy_that_can_never_apply_is_refused() {
        let get = "principal, action == Presign::Action::\"getObject\", resource";
        for policy in [
            format!("forbid ({get}) when {{ false }};"),
            format!("forbid ({get}) when {{ context.expiresIn > 0 && false }};"),
            "forbid (principal, action == Presign::Action::\"getObject\", resource is Presign::SigningRole);"
                .to_owned(),
            format!("forbid ({get}) when {{ principal in Presign::Group::\"\u{43e}perators\" }};"),
            format!("forbid ({get}) when {{ resource.key == \"secret\u{202e}\" }};"),
            "forbid (principal in Presign::Group::\"\u{43e}perators\", action, resource);".to_owned(),
            format!("forbid ({get}) when {{ resource.key == \"\u{585}perators\" }};"),
            format!("forbid ({get}) when {{ resource.key like \"a/\u{585}perators/*\" }};"),
            "forbid (principal in Presign::Group::\"Vertrieb – E\u{200b}U\", action, resource);".to_owned(),
            "forbid (principal in Presign::Group::\"\u{ff4f}perators\", action, resource);".to_owned(),
            "forbid (principal in Presign::Group::\"Vertrieb – E\\u{200b}U\", action, resource);".to_owned(),
        ] {
            let error = refused(&policy);
            assert!(matches!(error, PoliciesError::Unmeant(_) | PoliciesError::Invalid(_)), "{policy}: {error}");
        }
        for key in ["отчёты/report/*", "レポートreport/*", "ทีมIT/*"] {
            let policy = format!("{PERMIT} forbid ({get}) when {{ resource.key like \"{key}\" }};");
            assert!(fitting(&policy).is_ok(), "{key}");
        }
    }

    #[test]
    fn a_group_may_have_a_name_in_any_letters() {
        for name in ["Vertrieb – EU", "営業-team", "営業team", "営業\u{3000}team", "ทีมIT", "📦 packers", "отчёты/EU"]
        {
            for head in ["principal in", "principal is Presign::Caller in"] {
                let policy = format!("{PERMIT} forbid ({head} Presign::Group::\"{name}\", action, resource);");
                assert!(fitting(&policy).is_ok(), "{policy}");
            }
        }
    }
}
