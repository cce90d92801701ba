use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_iam::Client;
use tokio::sync::OnceCell;

use super::role::{ABSENT, document, meanwhile};
use crate::look::{Look, unless_absent, unseen};

/// The versions in force of the managed policies that were looked up. Many roles have the same ones, and IAM's rate limits are
/// low: each is looked up once, unless that fails.
#[derive(Default)]
pub struct ManagedPolicies(Mutex<BTreeMap<String, Arc<OnceCell<String>>>>);

impl ManagedPolicies {
    /// The version of the policy `arn` that is in force.
    pub async fn in_force(&self, iam: &Client, arn: &str) -> Look<String> {
        let cell = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(arn.to_owned()).or_default())
        };
        cell.get_or_try_init(|| in_force(iam, arn)).await.cloned()
    }
}

async fn in_force(iam: &Client, arn: &str) -> Look<String> {
    let policy = unless_absent(iam.get_policy().policy_arn(arn).send().await, ABSENT)?.ok_or_else(meanwhile)?;
    let version = policy.policy().and_then(|policy| policy.default_version_id());
    let version = version.ok_or_else(|| unseen("IAM names no version of a policy as the one in force"))?;
    let call = iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = unless_absent(call.send().await, ABSENT)?.ok_or_else(meanwhile)?;
    Ok(document(answer.policy_version().and_then(|version| version.document())))
}
