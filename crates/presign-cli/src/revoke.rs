//! `presign revoke`: kills what a signing role has signed.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Revoke;
use crate::outcome::Outcome;
use crate::service::Api;

/// What the service answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revoked {
    signing_role: String,
    issued_before: String,
    changed: bool,
    dry_run: bool,
    cached_urls: Option<u64>,
}

/// `presign revoke`
pub async fn run(arguments: &Revoke, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let mut request = json!({"signingRole": arguments.signing_role, "dryRun": arguments.dry_run});
    if let (Value::Object(fields), Some(time)) = (&mut request, &arguments.issued_before) {
        fields.insert("issuedBefore".to_owned(), time.as_str().into());
    }
    let api = Api::connect(&arguments.service, clock).await?;
    let revoked: Revoked = api.post("revocations", &request).await?.json("revocation")?;
    io::stdout().write_all(said(&revoked).as_bytes())?;
    Ok(Outcome::Fine)
}

fn said(revoked: &Revoked) -> String {
    let Revoked { signing_role, issued_before, changed, dry_run, cached_urls } = revoked;
    let urls = match cached_urls {
        Some(1) => "1 cached URL of the role has not expired".to_owned(),
        Some(count) => format!("{count} cached URLs of the role have not expired"),
        None => "how many cached URLs there are is not known".to_owned(),
    };
    let are = match (changed, dry_run) {
        (true, false) => "are dead now",
        (true, true) => "would be dead; nothing was changed",
        (false, _) => "were dead already; nothing was changed",
    };
    format!("{signing_role}: URLs of sessions from before {issued_before} {are} ({urls}).\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_and_what_would_be_are_told_apart() {
        let revoked = |changed, dry_run, cached_urls| {
            said(&Revoked {
                signing_role: "ROLE".to_owned(),
                issued_before: "TIME".to_owned(),
                changed,
                dry_run,
                cached_urls,
            })
        };
        assert!(revoked(true, false, Some(2)).contains("before TIME are dead now (2 cached URLs"));
        assert!(revoked(true, true, Some(1)).contains("would be dead; nothing was changed (1 cached URL of"));
        assert!(revoked(false, false, None).contains("were dead already; nothing was changed (how many"));
    }
}
