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
    caches_told: Option<bool>,
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
    let Revoked { signing_role, tenant, caller, issued_before, changed, dry_run, cached_urls, caches_told } = revoked;
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
    let untold = if *caches_told == Some(false) {
        format!(
            "The cache could not be told, and may give out dead URLs: repeat this with --issued-before {issued_before}\n"
        )
    } else {
        String::new()
    };
    // The service does not know which names there are.
    let of_nobody = if *cached_urls == Some(0) && of != "the role" {
        format!("None is cached of {of}: see that the name is right, to the letter.\n")
    } else {
        String::new()
    };
    format!("{signing_role}: URLs of {sessions} from before {issued_before} {are} ({urls}).\n{untold}{of_nobody}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_and_what_would_be_are_told_apart() {
        let revoked = |changed, dry_run: bool, cached_urls, tenant: Option<&str>| {
            said(&Revoked {
                caches_told: (!dry_run).then_some(changed),
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
        assert!(!of_tenant.contains("cache could not be told") && !of_tenant.contains("to the letter"), "{of_tenant}");
        assert!(revoked(true, false, Some(0), Some("acme")).contains("see that the name is right"));
        assert!(revoked(false, false, Some(0), None).contains("repeat this with --issued-before TIME"));
    }
}
