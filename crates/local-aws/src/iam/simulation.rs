//! What a role could do, without doing it.

use super::policy::{Facts, Verdict};
use super::{Answered, no_such_role};
use crate::identity::Directory;
use crate::query::Parameters;

/// What the simulator comes to for one action on one resource.
struct Simulated {
    action: String,
    resource: String,
    decision: &'static str,
    /// The role's own policies that decided it.
    policies: Vec<String>,
    /// None where the role has no boundary.
    allowed_by_boundary: Option<bool>,
}

/// Like IAM's, it looks at the role's own policies and boundary, and knows no session and no bucket policy. It takes no context:
/// a statement whose condition needs one is taken for one that does not speak of the request.
pub fn simulate_principal(parameters: &Parameters, directory: &Directory) -> Answered {
    let arn = parameters.required("PolicySourceArn")?;
    let name = arn.rsplit('/').next().filter(|_| arn.contains(":role/")).unwrap_or_default();
    let role = directory.roles.role(name).filter(|role| role.arn(&directory.account_id) == arn);
    let role = role.ok_or_else(|| no_such_role(name))?;
    let facts = Facts::default();
    let mut simulated = Vec::new();
    for action in parameters.members("ActionNames") {
        for resource in parameters.members("ResourceArns") {
            let of_role = directory.roles.verdict(&role, action, resource, &facts);
            let of_boundary = directory.roles.boundary_verdict(&role, action, resource, &facts);
            let decision = match (of_role, of_boundary) {
                (Verdict::Deny, _) | (_, Verdict::Deny) => "explicitDeny",
                (Verdict::Allow, Verdict::Allow) => "allowed",
                _ => "implicitDeny",
            };
            let policies = match (of_role, decision) {
                (Verdict::Deny, _) | (_, "allowed") => directory.roles.saying(of_role, &role, action, resource, &facts),
                _ => Vec::new(),
            };
            let allowed_by_boundary = role.boundary.as_ref().map(|_| of_boundary == Verdict::Allow);
            let (action, resource) = (action.to_owned(), resource.to_owned());
            simulated.push(Simulated { action, resource, decision, policies, allowed_by_boundary });
        }
    }
    Ok(Some(Box::new(move |xml| {
        xml.members("EvaluationResults", &simulated, |xml, simulated| {
            let xml = xml
                .text("EvalActionName", &simulated.action)
                .text("EvalResourceName", &simulated.resource)
                .text("EvalDecision", simulated.decision)
                .members("MatchedStatements", &simulated.policies, |xml, policy| xml.text("SourcePolicyId", policy));
            match simulated.allowed_by_boundary {
                Some(allowed) => xml.element("PermissionsBoundaryDecisionDetail", |xml| {
                    xml.text("AllowedByPermissionsBoundary", if allowed { "true" } else { "false" })
                }),
                None => xml,
            }
        })
        .text("IsTruncated", "false")
    })))
}
