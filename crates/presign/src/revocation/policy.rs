use serde_json::{Value, json};

use super::CutOff;

/// What AWS's own console calls the inline policy by which it revokes a role's sessions. There is one of this name, with one
/// statement, whose cut-off only ever moves on: it covers all that were before it.
/// Source: IAM user guide, "Revoke IAM role temporary security credentials".
pub const POLICY_NAME: &str = "AWSRevokeOlderSessions";

pub(super) const ISSUE_TIME: &str = "aws:TokenIssueTime";

/// A policy has the revocation's name, and says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the role's inline policy `{POLICY_NAME}` is no revocation of sessions: give it another name")]
pub struct AnotherPolicy;

/// The cut-off of a policy as [`Denial::of_all`](super::Denial::of_all) and AWS's console write it.
///
/// # Errors
/// When it says anything else, which would be lost if it were written over.
pub fn read(document: &str) -> Result<CutOff, AnotherPolicy> {
    let policy: Value = serde_json::from_str(document).map_err(|_| AnotherPolicy)?;
    let statement = sole_statement(&policy).ok_or(AnotherPolicy)?;
    let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
    let members = statement.as_object().ok_or(AnotherPolicy)?;
    let everything =
        |member: &str| matches!(members.get(member), Some(value) if *value == json!("*") || *value == json!(["*"]));
    let denies_everything =
        members.get("Effect") == Some(&json!("Deny")) && everything("Action") && everything("Resource");
    if !denies_everything || members.keys().any(|name| !known.contains(&name.as_str())) {
        return Err(AnotherPolicy);
    }
    let condition = members.get("Condition").and_then(Value::as_object).filter(|operators| operators.len() == 1);
    let keys = condition.and_then(|operators| operators.get("DateLessThan")).and_then(Value::as_object);
    let keys = keys.filter(|keys| keys.len() == 1).ok_or(AnotherPolicy)?;
    let (_, time) = keys.iter().find(|(key, _)| key.eq_ignore_ascii_case(ISSUE_TIME)).ok_or(AnotherPolicy)?;
    // A condition's value may stand in an array of one.
    let time = time.as_array().and_then(|times| times.first().filter(|_| times.len() == 1)).unwrap_or(time);
    time.as_str().and_then(CutOff::in_policy).ok_or(AnotherPolicy)
}

/// A statement may stand in an array of one.
pub(super) fn sole_statement(policy: &Value) -> Option<&Value> {
    match policy.get("Statement")? {
        Value::Array(statements) => statements.first().filter(|_| statements.len() == 1),
        statement => Some(statement),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::super::Denial;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let cut_off = CutOff::just_after(SystemTime::UNIX_EPOCH + Duration::from_hours(500_000), Duration::ZERO);
        assert_eq!(read(&Denial::of_all(cut_off).document()), Ok(cut_off));
    }

    #[test]
    fn what_aws_itself_writes_is_read() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],
            "Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T10:00:00.500Z"}}}]}"#;
        assert_eq!(read(text).map(|cut_off| cut_off.to_string()), Ok("2026-05-01T10:00:00Z".to_owned()));
    }

    #[test]
    fn what_says_anything_else_is_not_taken_for_a_revocation() {
        let good = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-05-01T10:00:00Z"}}});
        let policy = |statement: &Value| json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        assert!(read(&policy(&good)).is_ok());
        let with = |member: &str, value: Value| {
            let mut statement = good.clone();
            statement[member] = value;
            policy(&statement)
        };
        for other in [
            with("Effect", json!("Allow")),
            with("Action", json!("s3:*")),
            with("Resource", json!("arn:aws:s3:::demo/*")),
            with("NotAction", json!("s3:*")),
            with("Condition", json!({"DateLessThan": {"aws:CurrentTime": "2026-05-01T10:00:00Z"}})),
            with("Condition", json!({"DateGreaterThan": {"aws:TokenIssueTime": "2026-05-01T10:00:00Z"}})),
            with("Condition", json!({"DateLessThan": {"aws:TokenIssueTime": "soon"}})),
            with(
                "Condition",
                json!({"DateLessThan": {"aws:TokenIssueTime": "2026-05-01T10:00:00Z"}, "Bool": {"aws:SecureTransport": "false"}}),
            ),
            policy(&json!([good, good])),
            policy(&json!([])),
            "{".to_owned(),
        ] {
            assert_eq!(read(&other), Err(AnotherPolicy), "{other}");
        }
    }
}
