//! An upload in parts: several at once, and resumed where it broke off.

mod parts;
mod progress;
mod remembered;

use std::collections::BTreeMap;

use anyhow::Context;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{Color, Put};
use crate::outcome::Outcome;
use crate::service::{Api, ObjectName, ServiceRefused, with};
use crate::transfer;
pub use parts::Source;
use parts::Unsent;
use progress::Progress;
use remembered::Remembered;

/// How often parts that failed are tried again, each time with new URLs.
const ROUNDS: usize = 3;

/// URLs are asked for so many at a time: they live for minutes, and the parts of one asking take no longer.
const URLS_AT_ONCE: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    upload_id: String,
    part_size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    parts: Vec<Part>,
    next_part_number_marker: Option<u64>,
    is_truncated: bool,
}

/// A part that S3 has.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(rename = "partNumber")]
    number: u64,
    e_tag: String,
    size: u64,
}

/// Uploads a file in parts.
pub async fn in_parts(
    arguments: &Put,
    object: &ObjectName,
    source: &Source,
    color: Color,
    clock: fn() -> Timestamp,
) -> anyhow::Result<Outcome> {
    let api = Api::connect(&arguments.asking.service, clock).await?;
    let (remembered, mut done) = begin(&api, arguments, object, source).await?;
    let all = source.length().div_ceil(remembered.part_size).max(1);
    let progress = Progress::new(source.length(), done.values().map(|part| part.size).sum());
    let mut failure = None;
    for _ in 0..ROUNDS {
        let missing: Vec<u64> = (1..=all).filter(|number| !done.contains_key(number)).collect();
        if missing.is_empty() {
            break;
        }
        for numbers in missing.chunks(URLS_AT_ONCE) {
            let wanted = json!({
                "bucket": object.bucket, "key": object.key, "uploadId": remembered.upload_id,
                "expiresIn": arguments.asking.expires_in, "partNumbers": numbers,
            });
            let urls = api.post("multipart-uploads/parts", &wanted).await?.json("list of URLs")?;
            let sent = parts::send(&api, source, &remembered, urls, arguments.concurrency, &progress).await;
            done.extend(sent.parts.into_iter().map(|part| (part.number, part)));
            failure = sent.failure.or(failure);
        }
    }
    progress.finish();
    if u64::try_from(done.len()).is_ok_and(|sent| sent < all) {
        return match failure {
            Some(Unsent::Refused(refusal)) => transfer::explain(&refusal.issued, refusal.answer, color, clock()).await,
            Some(Unsent::Failed(error)) => Err(error.context("the same command goes on where this one has stopped")),
            None => anyhow::bail!("some parts are missing: the same command goes on where this one has stopped"),
        };
    }
    let parts: Vec<Value> = done.values().map(|part| json!({"partNumber": part.number, "eTag": part.e_tag})).collect();
    let complete =
        json!({"bucket": object.bucket, "key": object.key, "uploadId": remembered.upload_id, "parts": parts});
    api.post("multipart-uploads/complete", &complete).await?;
    remembered.forget();
    Ok(Outcome::Fine)
}

/// Goes on with the upload that an earlier run has left, if S3 still has it; or begins one.
async fn begin(
    api: &Api,
    arguments: &Put,
    object: &ObjectName,
    source: &Source,
) -> anyhow::Result<(Remembered, BTreeMap<u64, Part>)> {
    let place = remembered::place(&arguments.asking.service.api_url, object, source);
    if let Some(remembered) = place.as_deref().and_then(|place| Remembered::read(place, source)) {
        match listed(api, object, &remembered.upload_id).await {
            Ok(parts) => return Ok((remembered, parts)),
            Err(error) if ServiceRefused::status(&error) == Some(StatusCode::NOT_FOUND) => remembered.forget(),
            Err(error) => return Err(error),
        }
    }
    let request = json!({"bucket": object.bucket, "key": object.key, "contentLength": source.length()});
    let request = with(request, [("contentType", arguments.content_type.clone())]);
    let Created { upload_id, part_size } = api.post("multipart-uploads", &request).await?.json("upload")?;
    anyhow::ensure!(part_size > 0, "the service advises parts of no size");
    let remembered = Remembered::new(upload_id, part_size, source, place);
    remembered.write().context("where the upload stands cannot be noted")?;
    Ok((remembered, BTreeMap::new()))
}

async fn listed(api: &Api, object: &ObjectName, upload_id: &str) -> anyhow::Result<BTreeMap<u64, Part>> {
    let mut parts = BTreeMap::new();
    let mut marker: Option<u64> = None;
    loop {
        let request = json!({"bucket": object.bucket, "key": object.key, "uploadId": upload_id});
        let request = with(request, [("partNumberMarker", marker)]);
        let page: Listed = api.post("multipart-uploads/list-parts", &request).await?.json("list of parts")?;
        parts.extend(page.parts.into_iter().map(|part| (part.number, part)));
        match page.next_part_number_marker.filter(|_| page.is_truncated) {
            Some(next) => marker = Some(next),
            None => return Ok(parts),
        }
    }
}
