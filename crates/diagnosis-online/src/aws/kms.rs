use aws_sdk_kms::Client;
use aws_sdk_kms::types::GrantListEntry;
use diagnosis::facts::{Grant, Grants, KmsKey, Looked};
use diagnosis::policy::Policy;

use super::refusal::looked;
use super::s3::read_policy;

/// A key may have 50,000 grants, of which KMS tells 50 at once unless it is asked for more.
///
/// Source: AWS KMS API reference, "`ListGrants`"; AWS KMS developer guide, "Resource quotas".
const MOST_OF_A_PAGE: i32 = 100;

/// Pages that are read, one after the other, while someone waits.
const MOST_PAGES: usize = 5;

pub async fn key(client: &Client, key: &str) -> Looked<KmsKey> {
    let sent = client.describe_key().key_id(key).send().await;
    looked(sent, "kms:DescribeKey", &["NotFoundException"], |answer| {
        let key = answer.key_metadata()?;
        let state = key.key_state().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        Some(KmsKey { arn: key.arn().unwrap_or_default().to_owned(), state })
    })
}

pub async fn policy(client: &Client, key: &str) -> Looked<Policy> {
    let sent = client.get_key_policy().key_id(key).policy_name("default").send().await;
    read_policy(looked(sent, "kms:GetKeyPolicy", &[], |answer| answer.policy().map(str::to_owned)))
}

/// A page that is refused hides none of those before it.
pub async fn grants(client: &Client, key: &str) -> Looked<Grants> {
    let mut pages = client.list_grants().key_id(key).limit(MOST_OF_A_PAGE).into_paginator().send();
    let mut grants = Grants::default();
    for _ in 0..MOST_PAGES {
        let Some(page) = pages.next().await else { return Looked::Found(grants) };
        match looked(page, "kms:ListGrants", &[], |page| {
            Some((page.grants().iter().map(grant).collect::<Vec<_>>(), page.truncated()))
        }) {
            Looked::Found((page, more)) => {
                grants.read.extend(page);
                if !more {
                    return Looked::Found(grants);
                }
            }
            Looked::CouldNot(reason) if !grants.read.is_empty() => {
                grants.unread = Some(reason);
                return Looked::Found(grants);
            }
            none => return none.map(|_| Grants::default()),
        }
    }
    grants.unread = Some(format!("kms:ListGrants: of its grants the first {} were read", grants.read.len()));
    Looked::Found(grants)
}

fn grant(entry: &GrantListEntry) -> Grant {
    Grant {
        grantee: entry.grantee_principal().unwrap_or_default().to_owned(),
        operations: entry.operations().iter().map(ToString::to_string).collect(),
        constrained: entry.constraints().is_some(),
    }
}
