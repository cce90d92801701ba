use serde_json::json;

use super::KeyPrefix;
use crate::names::BucketName;

/// The longest inline session policy that `AssumeRole` takes, in characters.
/// Source: AWS STS API reference, `AssumeRole`, `Policy`.
pub const LONGEST: usize = 2048;

/// Statements of a session policy, as they stand between its brackets: what a session may do under the prefixes of one bucket,
/// and with the keys that encrypt its objects.
#[derive(Debug, Clone)]
pub struct Statements(String);

impl Statements {
    /// Allows `actions` under `prefixes`, and those in `kms` with the keys that it names.
    pub fn new<'a>(
        partition: &str,
        bucket: &BucketName,
        prefixes: &[KeyPrefix],
        actions: impl IntoIterator<Item = &'a str>,
        kms: Option<(&[&str], &str)>,
    ) -> Self {
        let mut actions: Vec<&str> = actions.into_iter().collect();
        actions.sort_unstable();
        actions.dedup();
        let arn = |prefix: &KeyPrefix| format!("arn:{partition}:s3:::{bucket}/{}*", prefix.escaped_for_iam());
        let resources: Vec<String> = prefixes.iter().map(arn).collect();
        let mut text = json!({"Effect": "Allow", "Action": actions, "Resource": resources}).to_string();
        if let Some((actions, key)) = kms {
            text.push(',');
            text.push_str(&json!({"Effect": "Allow", "Action": actions, "Resource": key}).to_string());
        }
        Self(text)
    }

    /// The policy that confines a session to all of `statements`. It grants nothing by itself: what a session may do is what
    /// both this and its role allow.
    pub fn policy<'a>(statements: impl IntoIterator<Item = &'a Self>) -> String {
        let statements: Vec<&str> = statements.into_iter().map(|statements| statements.0.as_str()).collect();
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
    }
}
