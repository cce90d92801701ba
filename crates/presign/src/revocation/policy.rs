use serde_json::{Value, json};

use super::CutOff;

/// What AWS's own console calls the inline policy by which it revokes a role's sessions. There is one of this name, with one
/// statement, whose cut-off only ever moves on: it covers all that were before it.
/// Source: IAM user guide, "Revoke IAM role temporary security credentials".
pub const POLICY_NAME: &str = "AWSRevokeOlderSessions";

pub(super) const ISSUE_TIME: &str = "aws:TokenIssueTime";

/// The cut-off of a policy as [`Denial::of_all`](super::Denial::of_all) and AWS's console write it; none where it says anything
/// else, which would be lost if it were written over.
#[must_use]
pub fn read(document: &str) -> Option<CutOff> {
    let policy: Value = serde_json::from_str(document).ok()?;
    let members = sole_statement(&policy)?.as_object()?;
    let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
    let everything =
        |member: &str| matches!(members.get(member), Some(value) if *value == json!("*") || *value == json!(["*"]));
    let denies_everything =
        members.get("Effect") == Some(&json!("Deny")) && everything("Action") && everything("Resource");
    if !denies_everything || members.keys().any(|name| !known.contains(&name.as_str())) {
        return None;
    }
    let condition = members.get("Condition")?.as_object().filter(|operators| operators.len() == 1)?;
    let keys = condition.get("DateLessThan")?.as_object().filter(|keys| keys.len() == 1)?;
    let (_, time) = keys.iter().find(|(key, _)| key.eq_ignore_ascii_case(ISSUE_TIME))?;
    // A condition's value may stand in an array of one.
    let time = time.as_array().and_then(|times| times.first().filter(|_| times.len() == 1)).unwrap_or(time);
    CutOff::in_policy(time.as_str()?)
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
        assert_eq!(read(&Denial::of_all(cut_off).document()), Some(cut_off));
    }

    #[test]
    fn what_aws_itself_writes_is_read() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],
            "Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T10:00:00.500Z"}}}]}"#;
        assert_eq!(read(text).map(|cut_off| cut_off.to_string()), Some("2026-05-01T10:00:00Z".to_owned()));
    }

    #[test]
    fn what_says_anything_else_is_not_taken_for_a_revocation() {
        let good = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-05-01T10:00:00Z"}}});
        let policy = |statement: &Value| json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        assert!(read(&policy(&good)).is_some());
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
            assert_eq!(read(&other), None, "{other}");
        }
    }
}
