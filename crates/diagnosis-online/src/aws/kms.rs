use aws_sdk_kms::Client;
use diagnosis::facts::{Grant, KmsKey, Looked};
use diagnosis::policy::Policy;

use super::refusal::looked;
use super::s3::read_policy;

const NONE: &[&str] = &["NotFoundException"];

pub async fn key(client: &Client, key: &str) -> Looked<KmsKey> {
    let sent = client.describe_key().key_id(key).send().await;
    looked(sent, "kms:DescribeKey", NONE, |answer| {
        let key = answer.key_metadata()?;
        let state = key.key_state().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        Some(KmsKey { arn: key.arn().unwrap_or_default().to_owned(), state })
    })
}

pub async fn policy(client: &Client, key: &str) -> Looked<Policy> {
    let sent = client.get_key_policy().key_id(key).policy_name("default").send().await;
    read_policy(looked(sent, "kms:GetKeyPolicy", NONE, |answer| answer.policy().map(str::to_owned)))
}

pub async fn grants(client: &Client, key: &str) -> Looked<Vec<Grant>> {
    let sent = client.list_grants().key_id(key).send().await;
    looked(sent, "kms:ListGrants", NONE, |answer| {
        let grants = answer.grants().iter().map(|grant| Grant {
            grantee: grant.grantee_principal().unwrap_or_default().to_owned(),
            operations: grant.operations().iter().map(ToString::to_string).collect(),
            constrained: grant.constraints().is_some(),
        });
        Some(grants.collect())
    })
}
