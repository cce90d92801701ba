use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;
use percent_encoding::percent_decode_str;
use presign::lifetime::ExpiresIn;
use presign::names::RoleArn;
use presign::reconcile::{Ceiling, Fingerprint, Part, Sight};

use super::managed_policies::ManagedPolicies;
use crate::look::{Look, fingerprint, unless_absent, unseen};

pub const ABSENT: &[&str] = &["NoSuchEntity"];

/// What the role may.
pub async fn permissions(iam: &Client, policies: &ManagedPolicies, role: &RoleArn) -> Sight {
    let name = role.name();
    let (boundary, id) = match found(iam, name).await {
        Err(reason) => (Err(reason.clone()), Err(reason)),
        Ok(role) => (
            boundary(iam, policies, role.as_ref()).await,
            Ok(fingerprint(role, |role| Fingerprint::of([role.role_id()]))),
        ),
    };
    let parts = [
        (Part::InlinePolicies, inline(iam, name).await),
        (Part::AttachedPolicies, attached(iam, policies, name).await),
        (Part::PermissionsBoundary, boundary),
        (Part::RoleId, id),
    ];
    Sight { parts: parts.into_iter().collect(), ceiling: Ceiling::Unseen }
}

/// Who may become the role, and for how long.
pub async fn sessions(iam: &Client, role: &RoleArn) -> Sight {
    let (trust, longest, ceiling) = match found(iam, role.name()).await {
        Err(reason) => (Err(reason.clone()), Err(reason), Ceiling::Unseen),
        Ok(role) => {
            let trust = role.as_ref().map(|role| document(role.assume_role_policy_document()));
            let longest = role.as_ref().and_then(Role::max_session_duration);
            let ceiling = longest.and_then(|longest| ExpiresIn::from_seconds(u64::try_from(longest).ok()?).ok());
            (
                Ok(fingerprint(trust, |trust| Fingerprint::of_policy(&trust))),
                Ok(fingerprint(longest, |longest| Fingerprint::of([longest.to_string().as_str()]))),
                ceiling.map_or(Ceiling::Unseen, Ceiling::At),
            )
        }
    };
    Sight { parts: [(Part::TrustPolicy, trust), (Part::MaxSessionDuration, longest)].into_iter().collect(), ceiling }
}

/// IAM answers policies percent-encoded.
pub fn document(encoded: Option<&str>) -> String {
    percent_decode_str(encoded.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

async fn found(iam: &Client, name: &str) -> Look<Option<Role>> {
    let answer = unless_absent(iam.get_role().role_name(name).send().await, ABSENT)?;
    Ok(answer.and_then(|answer| answer.role))
}

async fn inline(iam: &Client, name: &str) -> Look<Fingerprint> {
    let mut policies = BTreeMap::new();
    let mut marker = None;
    loop {
        let call = iam.list_role_policies().role_name(name).set_marker(marker.clone());
        let Some(page) = unless_absent(call.send().await, ABSENT)? else { return Ok(Fingerprint::absent()) };
        for policy in page.policy_names() {
            let answer = iam.get_role_policy().role_name(name).policy_name(policy).send().await;
            let answer = unless_absent(answer, ABSENT)?.ok_or_else(meanwhile)?;
            policies.insert(policy.clone(), document(Some(answer.policy_document())));
        }
        match next(page.is_truncated(), marker.as_deref(), page.marker())? {
            Some(following) => marker = Some(following),
            None => return Ok(Fingerprint::of_policies(&policies)),
        }
    }
}

async fn attached(iam: &Client, policies: &ManagedPolicies, name: &str) -> Look<Fingerprint> {
    let mut attached = BTreeMap::new();
    let mut marker = None;
    loop {
        let call = iam.list_attached_role_policies().role_name(name).set_marker(marker.clone());
        let Some(page) = unless_absent(call.send().await, ABSENT)? else { return Ok(Fingerprint::absent()) };
        for arn in page.attached_policies().iter().filter_map(|policy| policy.policy_arn()) {
            attached.insert(arn.to_owned(), policies.in_force(iam, arn).await?);
        }
        match next(page.is_truncated(), marker.as_deref(), page.marker())? {
            Some(following) => marker = Some(following),
            None => return Ok(Fingerprint::of_policies(&attached)),
        }
    }
}

async fn boundary(iam: &Client, policies: &ManagedPolicies, role: Option<&Role>) -> Look<Fingerprint> {
    let boundary = role.and_then(Role::permissions_boundary);
    match boundary.and_then(|boundary| boundary.permissions_boundary_arn()) {
        Some(arn) => {
            let policy = BTreeMap::from([(arn.to_owned(), policies.in_force(iam, arn).await?)]);
            Ok(Fingerprint::of_policies(&policy))
        }
        None => Ok(Fingerprint::absent()),
    }
}

/// Where the next page begins. To stop for want of a marker would be to take a part for the whole.
fn next(truncated: bool, marker: Option<&str>, next: Option<&str>) -> Look<Option<String>> {
    match next {
        _ if !truncated => Ok(None),
        Some(next) if marker != Some(next) => Ok(Some(next.to_owned())),
        _ => Err(unseen("IAM's answer ends before its last page")),
    }
}

pub fn meanwhile() -> presign::reconcile::Unseen {
    unseen("it was changed while it was looked at")
}
