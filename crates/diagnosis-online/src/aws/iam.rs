use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    AccessKeyMetadata, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType,
    StatusType,
};
use diagnosis::facts::{Decision, KeyStatus, Looked, Permission, Revocation, Revocations};
use diagnosis::policy::Policy;
use futures_util::stream::{self, StreamExt};
use percent_encoding::percent_decode_str;

use super::refusal::looked;
use super::s3::read_policy;

const NONE: &[&str] = &["NoSuchEntity"];

/// The inline policy that IAM's console writes to revoke a role's sessions.
const REVOKE: &str = "AWSRevokeOlderSessions";

pub async fn key_user(config: &SdkConfig, access_key_id: &str) -> Looked<String> {
    // A session's key has no user, and IAM does not know it.
    if !access_key_id.starts_with("AKIA") {
        return Looked::NotAsked;
    }
    let sent = Client::new(config).get_access_key_last_used().access_key_id(access_key_id).send().await;
    looked(sent, "iam:GetAccessKeyLastUsed", NONE, |used| used.user_name().map(str::to_owned))
}

pub async fn key_status(config: &SdkConfig, user: &str, access_key_id: &str) -> Looked<KeyStatus> {
    let sent = Client::new(config).list_access_keys().user_name(user).send().await;
    looked(sent, "iam:ListAccessKeys", NONE, |keys| {
        let key = keys.access_key_metadata().iter().find(|key| key.access_key_id() == Some(access_key_id));
        Some(match key.and_then(AccessKeyMetadata::status) {
            Some(StatusType::Active) => KeyStatus::Active,
            Some(_) => KeyStatus::Inactive,
            None => KeyStatus::Gone,
        })
    })
}

pub async fn user_arn(config: &SdkConfig, user: &str) -> Looked<String> {
    let sent = Client::new(config).get_user().user_name(user).send().await;
    looked(sent, "iam:GetUser", NONE, |found| found.user().map(|user| user.arn().to_owned()))
}

pub async fn role_arn(config: &SdkConfig, role: &str) -> Looked<String> {
    let sent = Client::new(config).get_role().role_name(role).send().await;
    looked(sent, "iam:GetRole", NONE, |found| found.role().map(|role| role.arn().to_owned()))
}

/// How many policies are read at once. A role that is full of revocations has some 60, and someone waits.
const AT_ONCE: usize = 8;

/// Every inline policy of the role by whose name it may be a revocation. One that cannot be read may revoke anything.
pub async fn revocations(config: &SdkConfig, role: &str) -> Looked<Revocations> {
    let client = &Client::new(config);
    let names = match policy_names(client, role).await {
        Looked::Found(names) => names,
        Looked::Nothing => return Looked::Nothing,
        Looked::CouldNot(reason) => return Looked::CouldNot(reason),
        Looked::NotAsked => return Looked::NotAsked,
    };
    let read = names.into_iter().filter(|name| may_revoke(name)).map(|name| async move {
        let policy = role_policy(client, role, &name).await;
        (name, policy)
    });
    let mut read = stream::iter(read).buffered(AT_ONCE);
    let mut found = Revocations::default();
    while let Some((name, policy)) = read.next().await {
        match policy {
            Looked::Found(policy) => found.read.extend(Revocation::of_policy(&name, &policy)),
            Looked::CouldNot(reason) => found.unread = Some(reason),
            // It was taken away meanwhile.
            Looked::Nothing | Looked::NotAsked => {}
        }
    }
    Looked::Found(found)
}

async fn policy_names(client: &Client, role: &str) -> Looked<Vec<String>> {
    let mut pages = client.list_role_policies().role_name(role).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        match looked(page, "iam:ListRolePolicies", NONE, |page| Some(page.policy_names().to_vec())) {
            Looked::Found(page) => names.extend(page),
            none => return none,
        }
    }
    Looked::Found(names)
}

async fn role_policy(client: &Client, role: &str, name: &str) -> Looked<Policy> {
    let sent = client.get_role_policy().role_name(role).policy_name(name).send().await;
    read_policy(looked(sent, "iam:GetRolePolicy", NONE, |policy| {
        Some(percent_decode_str(policy.policy_document()).decode_utf8_lossy().into_owned())
    }))
}

/// What lies beside the console's policy is of one moment, or of some of the role's sessions, and has a name that begins as it does.
fn may_revoke(policy_name: &str) -> bool {
    policy_name.strip_prefix(REVOKE).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

pub async fn permission(config: &SdkConfig, principal: &str, action: &str, resource: &str) -> Looked<Permission> {
    let simulate = Client::new(config).simulate_principal_policy();
    let simulate = simulate.policy_source_arn(principal).action_names(action).resource_arns(resource);
    looked(simulate.send().await, "iam:SimulatePrincipalPolicy", &[], |simulated| {
        let result = simulated.evaluation_results().first()?;
        Some(Permission {
            action: action.to_owned(),
            resource: resource.to_owned(),
            decision: match result.eval_decision() {
                PolicyEvaluationDecisionType::Allowed => Decision::Allowed,
                PolicyEvaluationDecisionType::ExplicitDeny => Decision::ExplicitDeny,
                _ => Decision::ImplicitDeny,
            },
            organization_allows: result
                .organizations_decision_detail()
                .map(OrganizationsDecisionDetail::allowed_by_organizations),
            boundary_allows: result
                .permissions_boundary_decision_detail()
                .map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary),
            missing_context: result.missing_context_values().to_vec(),
            policies: result
                .matched_statements()
                .iter()
                .filter_map(|it| it.source_policy_id())
                .map(str::to_owned)
                .collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocations_are_known_by_the_beginning_of_their_names() {
        for name in [REVOKE, "AWSRevokeOlderSessions-all-5", "AWSRevokeOlderSessions-tenants-8-2a97-1795420096"] {
            assert!(may_revoke(name), "{name}");
        }
        assert!(!may_revoke("sign-urls") && !may_revoke("AWSRevokeOlderSessionsToo"));
    }
}
