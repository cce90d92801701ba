//! `presign issued`: what is out, as far as the cache knows.

use std::fmt::Write;

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::arguments::IssuedUrls;
use crate::outcome::Outcome;
use crate::service::Api;
use crate::terminal;

#[derive(Deserialize)]
struct Page {
    urls: Vec<Url>,
    cursor: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Url {
    principal: String,
    operation: String,
    bucket: String,
    key: String,
    expires_at: String,
    signed_by: String,
}

/// `presign issued`
pub async fn run(arguments: &IssuedUrls, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let api = Api::connect(&arguments.service, clock).await?;
    let mut cursor: Option<String> = None;
    loop {
        let page: Page = api.get(&path(arguments, cursor.as_deref())).await?.json("listing")?;
        let mut text = String::new();
        for url in &page.urls {
            if arguments.json {
                text.push_str(&serde_json::to_string(url)?);
                text.push('\n');
            } else {
                let Url { principal, operation, bucket, key, expires_at, .. } = url;
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{expires_at}  {operation:<10}  s3://{bucket}/{}  {principal}", shown(key));
            }
        }
        terminal::print(text.as_bytes())?;
        match page.cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(Outcome::Fine),
        }
    }
}

fn path(arguments: &IssuedUrls, cursor: Option<&str>) -> String {
    let given = [
        ("bucket", arguments.bucket.as_deref()),
        ("prefix", arguments.prefix.as_deref()),
        ("principal", arguments.principal.as_deref()),
        ("tenant", arguments.tenant.as_deref()),
        ("cursor", cursor),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let pairs = given.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    let query = pairs.collect::<Vec<_>>().join("&");
    if query.is_empty() { "issued".to_owned() } else { format!("issued?{query}") }
}

/// A key is whatever its uploader chose.
fn shown(key: &str) -> String {
    key.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
