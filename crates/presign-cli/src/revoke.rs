//! `presign revoke`: kills what a signing role has signed.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::arguments::Revoke;
use crate::outcome::Outcome;
use crate::service::{Api, with};
use crate::terminal;

/// What the service answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revoked {
    signing_role: String,
    tenant: Option<String>,
    caller: Option<String>,
    issued_before: String,
    changed: bool,
    dry_run: bool,
    cached_urls: Option<u64>,
}

/// `presign revoke`
pub async fn run(arguments: &Revoke, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let request = json!({"signingRole": arguments.signing_role, "dryRun": arguments.dry_run});
    let optional =
        [("issuedBefore", &arguments.issued_before), ("tenant", &arguments.tenant), ("caller", &arguments.caller)];
    let request = with(request, optional.map(|(field, value)| (field, value.clone())));
    let api = Api::connect(&arguments.service, clock).await?;
    let revoked: Revoked = api.post("revocations", &request).await?.json("revocation")?;
    terminal::print(said(&revoked).as_bytes())?;
    Ok(Outcome::Fine)
}

fn said(revoked: &Revoked) -> String {
    let Revoked { signing_role, tenant, caller, issued_before, changed, dry_run, cached_urls } = revoked;
    let of = match (tenant, caller) {
        (Some(tenant), _) => format!("the tenant `{tenant}`"),
        (None, Some(caller)) => format!("the caller `{caller}`"),
        (None, None) => "the role".to_owned(),
    };
    let sessions = if of == "the role" { "sessions".to_owned() } else { format!("sessions tagged with {of}") };
    let urls = match cached_urls {
        Some(1) => format!("1 cached URL of {of} has not expired"),
        Some(count) => format!("{count} cached URLs of {of} have not expired"),
        None => "how many cached URLs there are is not known".to_owned(),
    };
    let are = match (changed, dry_run) {
        (true, false) => "are dead now",
        (true, true) => "would be dead; nothing was changed",
        (false, _) => "were dead already; nothing was changed",
    };
    format!("{signing_role}: URLs of {sessions} from before {issued_before} {are} ({urls}).\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_and_what_would_be_are_told_apart() {
        let revoked = |changed, dry_run, cached_urls, tenant: Option<&str>| {
            said(&Revoked {
                signing_role: "ROLE".to_owned(),
                tenant: tenant.map(str::to_owned),
                caller: None,
                issued_before: "TIME".to_owned(),
                changed,
                dry_run,
                cached_urls,
            })
        };
        assert!(revoked(true, false, Some(2), None).contains("before TIME are dead now (2 cached URLs"));
        assert!(revoked(true, true, Some(1), None).contains("would be dead; nothing was changed (1 cached URL of"));
        assert!(revoked(false, false, None, None).contains("were dead already; nothing was changed (how many"));
        let of_tenant = revoked(true, false, Some(2), Some("acme"));
        assert!(of_tenant.contains("URLs of sessions tagged with the tenant `acme` from before"), "{of_tenant}");
        assert!(of_tenant.contains("2 cached URLs of the tenant `acme`"), "{of_tenant}");
    }
}
