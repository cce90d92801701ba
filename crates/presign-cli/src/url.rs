//! `presign url`: a URL of the service, for whoever is to use it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use crate::arguments::{Url, UrlFor};
use crate::outcome::Outcome;
use crate::service::{Api, ObjectName, url_request};
use crate::terminal;

/// What a parameter of `Content-Disposition` may have as it is, but for punctuation.
/// Source: RFC 8187, section 3.2.1, `attr-char`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// `presign url`
pub async fn run(arguments: &Url, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let object = ObjectName::read(&arguments.object)?;
    let api = Api::connect(&arguments.asking.service, clock).await?;
    let answer = api.post("urls", &request(arguments, &object)).await?;
    if arguments.instead.json {
        let answer: Value = answer.json("issued URL")?;
        terminal::print((serde_json::to_string_pretty(&answer)? + "\n").as_bytes())?;
        return Ok(Outcome::Fine);
    }
    let told: Told = answer.json("issued URL")?;
    let limited_by = match told.limited_by.as_str() {
        "request" => String::new(),
        other => format!(", limited by: {other}"),
    };
    terminal::note(&format!("it lives for {} s{limited_by}", told.expires_in));
    if told.curl.is_none() {
        for (name, value) in &told.headers {
            terminal::note(&format!("its holder must send this header: {name}: {value}"));
        }
    }
    terminal::print(format!("{}\n", told.curl.as_ref().unwrap_or(&told.url)).as_bytes())?;
    Ok(Outcome::Fine)
}

/// What is told of an answer. It prints nothing of itself: the URL is a bearer token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    url: String,
    headers: BTreeMap<String, String>,
    expires_in: u64,
    limited_by: String,
    curl: Option<String>,
}

fn request(arguments: &Url, object: &ObjectName) -> Value {
    let operation = match arguments.used_for {
        UrlFor::Get => "getObject",
        UrlFor::Head => "headObject",
        UrlFor::Put => "putObject",
        UrlFor::Delete => "deleteObject",
    };
    let disposition = arguments
        .download_as
        .as_ref()
        .map(|name| format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, ENCODED)).into());
    let more = [
        ("lifetime", arguments.require.then(|| "require".into())),
        ("verify", arguments.verify.then(|| true.into())),
        ("curl", arguments.instead.curl.then(|| true.into())),
        ("contentType", arguments.content_type.clone().map(Value::from)),
        ("responseContentDisposition", disposition),
    ];
    let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
    url_request(&arguments.asking, operation, object, more)
}
