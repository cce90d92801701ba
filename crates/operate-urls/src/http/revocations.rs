use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use http_api::{Caller, JsonBody, Problem};
use presign::names::RoleArn;
use presign::revocation::{CutOff, POLICY_NAME};
use serde::{Deserialize, Serialize};

use crate::{Operator, Revocation, RevokeError, Revoked};

/// The JSON of `POST /revocations`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevocationBody {
    signing_role: RoleArn,
    issued_before: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// The JSON that answers it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    signing_role: &'a str,
    issued_before: CutOff,
    policy_name: &'static str,
    changed: bool,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_urls: Option<u64>,
}

pub async fn revoke(
    State(operator): State<Arc<Operator>>,
    caller: Caller,
    JsonBody(body): JsonBody<RevocationBody>,
) -> Result<impl IntoResponse, Problem> {
    let RevocationBody { signing_role, issued_before, dry_run } = body;
    let revocation = Revocation { signing_role, issued_before, dry_run };
    let outcome = operator.revoke(&caller, &revocation).await;
    log(&caller, &revocation, &outcome);
    let revoked = outcome?;
    let answer = Answer {
        signing_role: revocation.signing_role.as_str(),
        issued_before: revoked.cut_off,
        policy_name: POLICY_NAME,
        changed: revoked.changed,
        dry_run,
        cached_urls: revoked.cached_urls,
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer)).into_response())
}

/// The audit: who, what, and until when.
fn log(caller: &Caller, revocation: &Revocation, outcome: &Result<Revoked, RevokeError>) {
    let Revocation { signing_role, dry_run, .. } = revocation;
    match outcome {
        Ok(revoked) if *dry_run => tracing::info!(
            caller = caller.name(),
            %signing_role,
            issued_before = %revoked.cut_off,
            cached_urls = revoked.cached_urls,
            permitted_by = ?revoked.permitted_by,
            "told what a revocation would do"
        ),
        // The record of who did it, which few levels hide.
        Ok(revoked) => tracing::warn!(
            caller = caller.name(),
            %signing_role,
            issued_before = %revoked.cut_off,
            changed = revoked.changed,
            cached_urls = revoked.cached_urls,
            permitted_by = ?revoked.permitted_by,
            "revoked the sessions of a signing role"
        ),
        Err(error) => {
            tracing::warn!(caller = caller.name(), %signing_role, dry_run, %error, "refused a revocation");
        }
    }
}
