use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    AccessKeyMetadata, EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, ResourceSpecificResult, StatusType,
};
use diagnosis::facts::{Decision, KeyStatus, Looked, Permission};
use diagnosis::policy::Policy;
use percent_encoding::percent_decode_str;

use super::refusal::looked;
use super::s3::read_policy;

const NONE: &[&str] = &["NoSuchEntity"];

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

/// The names of a role's inline policies.
pub async fn role_policies(config: &SdkConfig, role: &str) -> Looked<Vec<String>> {
    let mut pages = Client::new(config).list_role_policies().role_name(role).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        match looked(page, "iam:ListRolePolicies", NONE, |page| Some(page.policy_names().to_vec())) {
            Looked::Found(page) => names.extend(page),
            none => return none,
        }
    }
    Looked::Found(names)
}

pub async fn role_policy(config: &SdkConfig, role: &str, name: &str) -> Looked<Policy> {
    let sent = Client::new(config).get_role_policy().role_name(role).policy_name(name).send().await;
    read_policy(looked(sent, "iam:GetRolePolicy", NONE, |policy| {
        Some(percent_decode_str(policy.policy_document()).decode_utf8_lossy().into_owned())
    }))
}

pub async fn permission(config: &SdkConfig, principal: &str, action: &str, resource: &str) -> Looked<Permission> {
    let simulate = Client::new(config).simulate_principal_policy();
    let simulate = simulate.policy_source_arn(principal).action_names(action).resource_arns(resource);
    looked(simulate.send().await, "iam:SimulatePrincipalPolicy", &[], |simulated| {
        Some(permission_of(simulated.evaluation_results().first()?, action, resource))
    })
}

/// Of a resource that was named, the simulator tells some things of the whole, and some of the resource.
///
/// Source: IAM API reference, "`EvaluationResult`".
fn permission_of(result: &EvaluationResult, action: &str, resource: &str) -> Permission {
    let of_resource = result.resource_specific_results().first();
    let boundary = result.permissions_boundary_decision_detail();
    let boundary = boundary.or_else(|| of_resource?.permissions_boundary_decision_detail());
    let missing = of_resource.map(ResourceSpecificResult::missing_context_values).unwrap_or_default();
    let statements = of_resource.map(ResourceSpecificResult::matched_statements).unwrap_or_default();
    let mut missing_context = [result.missing_context_values(), missing].concat();
    missing_context.sort();
    missing_context.dedup();
    let statements = result.matched_statements().iter().chain(statements);
    let mut policies: Vec<String> = statements.filter_map(|it| it.source_policy_id()).map(str::to_owned).collect();
    policies.sort();
    policies.dedup();
    Permission {
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
        boundary_allows: boundary.map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary),
        missing_context,
        policies,
    }
}
