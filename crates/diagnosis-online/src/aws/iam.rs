use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    AccessKeyMetadata, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType,
    StatusType,
};
use diagnosis::facts::{Decision, KeyStatus, Looked, Permission};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::refusal::looked;

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

pub async fn revoked_before(config: &SdkConfig, role: &str) -> Looked<Timestamp> {
    let sent = Client::new(config).get_role_policy().role_name(role).policy_name(REVOKE).send().await;
    looked(sent, "iam:GetRolePolicy", NONE, |policy| {
        let document = percent_decode_str(policy.policy_document()).decode_utf8_lossy().into_owned();
        revocation(&serde_json::from_str(&document).ok()?)
    })
}

/// The time in `"DateLessThan": {"aws:TokenIssueTime": "…"}`, wherever it stands.
fn revocation(document: &Value) -> Option<Timestamp> {
    match document {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match value {
            Value::String(time) if name.eq_ignore_ascii_case("aws:TokenIssueTime") => time.parse().ok(),
            Value::Array(times) if name.eq_ignore_ascii_case("aws:TokenIssueTime") => {
                times.first().and_then(Value::as_str).and_then(|time| time.parse().ok())
            }
            value => revocation(value),
        }),
        Value::Array(values) => values.iter().find_map(revocation),
        _ => None,
    }
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
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_revocation_is_read_from_the_policy() {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-05-01T10:00:00.000Z"}},
        }]});
        assert_eq!(revocation(&document), "2026-05-01T10:00:00Z".parse().ok());
        assert_eq!(revocation(&serde_json::json!({"Statement": []})), None);
    }
}
