use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http_api::{Caller, JsonBody, Problem, no_store};
use presign::attribution::Whose;
use presign::names::RoleArn;
use presign::redactor::masked;
use presign::request::given;
use presign::revocation::CutOff;
use serde::{Deserialize, Serialize};

use crate::{Operator, Revocation, Revoked};

/// The JSON of `POST /revocations`. Unknown fields are refused, and so is `null`: of a tenant that a client forgot to fill in, all
/// sessions of the role would be revoked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
pub struct RevocationBody {
    signing_role: RoleArn,
    #[serde(default, deserialize_with = "given")]
    tenant: Option<String>,
    #[serde(default, deserialize_with = "given")]
    caller: Option<String>,
    #[serde(default, deserialize_with = "given")]
    issued_before: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

impl RevocationBody {
    fn read(self) -> Result<Revocation, Problem> {
        let Self { signing_role, tenant, caller, issued_before, dry_run } = self;
        let of = match (tenant, caller) {
            (None, None) => None,
            (Some(tenant), None) => Some((Whose::Tenant, tenant)),
            (None, Some(caller)) => Some((Whose::Caller, caller)),
            (Some(_), Some(_)) => {
                let detail = "a revocation is of a tenant or of a caller, not of both";
                return Err(Problem::invalid_request(Some("caller"), &detail));
            }
        };
        if let Some((whose, _)) = of.as_ref().filter(|(_, name)| name.is_empty()) {
            let detail = "it names nobody; without the field, all sessions of the role are revoked";
            return Err(Problem::invalid_request(Some(whose.as_str()), &detail));
        }
        Ok(Revocation { signing_role, of, issued_before, dry_run })
    }
}

/// The JSON that answers it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    signing_role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    issued_before: CutOff,
    policy_name: &'a str,
    changed: bool,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_urls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caches_told: Option<bool>,
}

pub async fn revoke(
    State(operator): State<Arc<Operator>>,
    caller: Caller,
    JsonBody(body): JsonBody<RevocationBody>,
) -> Result<impl IntoResponse, Problem> {
    let revocation = body.read()?;
    let outcome = operator.revoke(&caller, &revocation).await;
    let outcome = outcome.map_err(|error| (error.to_string(), Problem::from(error)));
    log(&caller, &revocation, &outcome);
    let revoked = outcome.map_err(|(_, problem)| problem)?;
    let answer = Answer {
        signing_role: revocation.signing_role.as_str(),
        tenant: revocation.name_of(Whose::Tenant),
        caller: revocation.name_of(Whose::Caller),
        issued_before: revoked.cut_off,
        policy_name: &revoked.policy_name,
        changed: revoked.changed,
        dry_run: revocation.dry_run,
        cached_urls: revoked.cached_urls,
        caches_told: revoked.caches_told,
    };
    Ok((no_store(), Json(answer)).into_response())
}

/// What somebody has sent, for the log: in a hurry it may be a whole URL.
fn told(text: &str) -> String {
    masked(text).chars().take(LONGEST_TOLD).collect()
}

/// As long as a session's tag.
const LONGEST_TOLD: usize = 256;

/// The audit: who, what, and until when.
fn log(caller: &Caller, revocation: &Revocation, outcome: &Result<Revoked, (String, Problem)>) {
    let Revocation { signing_role, dry_run, .. } = revocation;
    let signing_role = told(signing_role.as_str());
    let (of_tenant, of_caller) =
        (revocation.name_of(Whose::Tenant).map(told), revocation.name_of(Whose::Caller).map(told));
    match outcome {
        Ok(revoked) if *dry_run => tracing::info!(
            caller = caller.name(),
            signing_role,
            of_tenant,
            of_caller,
            issued_before = %revoked.cut_off,
            cached_urls = revoked.cached_urls,
            permitted_by = ?revoked.permitted_by,
            "told what a revocation would do"
        ),
        // The record of who did it, which few levels hide.
        Ok(revoked) => tracing::warn!(
            caller = caller.name(),
            signing_role,
            of_tenant,
            of_caller,
            issued_before = %revoked.cut_off,
            changed = revoked.changed,
            policy_name = revoked.policy_name,
            caches_told = revoked.caches_told,
            cached_urls = revoked.cached_urls,
            permitted_by = ?revoked.permitted_by,
            "revoked the sessions of a signing role"
        ),
        Err((error, problem)) => {
            let (caller, problem, error) = (caller.name(), problem.kind.name(), masked(error));
            tracing::warn!(caller, signing_role, of_tenant, of_caller, dry_run, problem, error, "refused a revocation");
        }
    }
}

#[cfg(test)]
mod tests {
    use http_api::read_json;

    use super::*;

    #[test]
    fn a_field_without_a_value_is_not_taken_for_a_field_that_is_left_out() {
        for field in ["tenant", "caller", "issuedBefore", "dryRun", "signingRole"] {
            let text = format!(r#"{{"signingRole": "arn:aws:iam::123456789012:role/signer", "{field}": null}}"#);
            let text = if field == "signingRole" { r#"{"signingRole": null}"#.to_owned() } else { text };
            let problem = read_json::<RevocationBody>(text.as_bytes()).unwrap_err();
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{text}");
        }
    }

    #[test]
    fn a_list_of_values_is_no_revocation() {
        let text = br#"["arn:aws:iam::123456789012:role/signer", "acme", "alice", "2020-01-01T00:00:00Z", false]"#;
        assert_eq!(read_json::<RevocationBody>(text).unwrap_err().status, 400);
    }
}
