use serde::Serialize;

use super::KeyPrefix;
use crate::names::BucketName;

/// The longest inline session policy that `AssumeRole` takes, in characters.
/// Source: AWS STS API reference, `AssumeRole`, `Policy`.
pub const LONGEST: usize = 2048;

/// Statements of a session policy, as they stand between its brackets: what a session may do under the prefixes of one bucket,
/// and with the keys that encrypt its objects.
#[derive(Debug, Clone)]
pub struct Statements(String);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a, R> {
    action: &'a [&'a str],
    effect: &'static str,
    resource: R,
}

impl<R: Serialize> Statement<'_, R> {
    fn json(&self) -> String {
        // Texts and lists of them can always be written. Without one the policy would be no JSON, which STS refuses.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The objects of `bucket` under `prefixes`, as a policy names them.
pub fn resources(partition: &str, bucket: &BucketName, prefixes: &[KeyPrefix]) -> Vec<String> {
    prefixes.iter().map(|prefix| format!("arn:{partition}:s3:::{bucket}/{}*", prefix.escaped_for_iam())).collect()
}

impl Statements {
    /// Allows `actions` with `resources`, and those in `kms` with the keys that it names.
    pub fn new<'a>(
        resources: &[String],
        actions: impl IntoIterator<Item = &'a str>,
        kms: Option<(&[&str], &str)>,
    ) -> Self {
        let mut actions: Vec<&str> = actions.into_iter().collect();
        actions.sort_unstable();
        actions.dedup();
        let mut text = Statement { action: &actions, effect: "Allow", resource: resources }.json();
        if let Some((action, key)) = kms {
            text.push(',');
            text.push_str(&Statement { action, effect: "Allow", resource: key }.json());
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
