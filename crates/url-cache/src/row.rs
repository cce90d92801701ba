//! A row of the table, and back.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::types::AttributeValue;
use presign::cache::{CacheKey, CachedUrl, IssuedFor, ScopeState};
use presign::generation::{Generations, Scope};
use presign::lifetime::{ExpiresIn, LimitedBy};
use presign::names::EventId;
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;

use crate::schema::{BUCKET, CALLER, EXPIRES_AT, KEY, OPERATION, PARTITION_KEY, SIGNED_BY, TENANT, TTL};

pub type Item = HashMap<String, AttributeValue>;

pub const GENERATION: &str = "generation";
pub const HOLD_UNTIL: &str = "holdUntil";
pub const CEILING: &str = "ceiling";
pub const GENERATIONS: &str = "generations";
const HEADERS: &str = "headers";
const LIMITED_BY: &str = "limitedBy";
const SIGNED_FOR: &str = "signedFor";
const URL: &str = "url";

pub fn url_key(key: &CacheKey) -> String {
    format!("url#{key}")
}

pub fn scope_key(scope: &Scope) -> String {
    format!("generation#{scope}")
}

/// What the reconciler last saw of a scope.
pub fn sight_key(scope: &Scope) -> String {
    format!("sight#{scope}")
}

/// Each scope has records of its own: an event of two scopes that is half handled is not taken for handled.
pub fn event_key(event: &EventId, scope: &Scope) -> String {
    format!("event#{event}#{scope}")
}

pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub fn to_item(key: &CacheKey, cached: &CachedUrl) -> Item {
    let headers = cached.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let expires_at = seconds(cached.expires_at);
    let tenant = cached.issued_for.tenant.as_ref().map(|tenant| (TENANT, text(tenant)));
    [
        (PARTITION_KEY, text(url_key(key))),
        (TTL, number(expires_at)),
        (EXPIRES_AT, number(expires_at)),
        (SIGNED_FOR, number(cached.signed_for.seconds().into())),
        (URL, text(cached.url.expose())),
        (HEADERS, AttributeValue::M(headers)),
        (LIMITED_BY, text(cached.limited_by.as_str())),
        (SIGNED_BY, text(&cached.signed_by)),
        (GENERATIONS, of_generations(&cached.generations)),
        (CALLER, text(&cached.issued_for.caller)),
        (OPERATION, text(cached.issued_for.operation.as_str())),
        (BUCKET, text(cached.issued_for.bucket.as_str())),
        (KEY, text(&cached.issued_for.key)),
    ]
    .into_iter()
    .chain(tenant)
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// None when the item is not a URL as this release writes it.
pub fn from_item(item: &Item) -> Option<CachedUrl> {
    let string = |name: &str| item.get(name)?.as_s().ok();
    let mut headers: Vec<(String, String)> = vec![];
    for (name, value) in item.get(HEADERS)?.as_m().ok()? {
        headers.push((name.clone(), value.as_s().ok()?.clone()));
    }
    headers.sort();
    Some(CachedUrl {
        url: PresignedUrl::new(string(URL)?.clone()),
        headers,
        expires_at: read_second(item.get(EXPIRES_AT)?)?,
        signed_for: ExpiresIn::from_seconds(read_number(item.get(SIGNED_FOR)?)?).ok()?,
        limited_by: LimitedBy::named(string(LIMITED_BY)?)?,
        signed_by: string(SIGNED_BY)?.clone(),
        generations: read_generations(item.get(GENERATIONS)?)?,
        issued_for: issued_for(item)?,
    })
}

/// None when the item does not tell, as the issuer writes it.
pub fn issued_for(item: &Item) -> Option<IssuedFor> {
    let string = |name: &str| item.get(name)?.as_s().ok();
    Some(IssuedFor {
        caller: string(CALLER)?.clone(),
        tenant: string(TENANT).cloned(),
        operation: Operation::named(string(OPERATION)?)?,
        bucket: string(BUCKET)?.parse().ok()?,
        key: string(KEY)?.clone(),
    })
}

/// None when the item is not a scope's.
pub fn scope_state(item: &Item) -> Option<ScopeState> {
    let hold_until = match item.get(HOLD_UNTIL) {
        Some(millis) => Some(SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(read_number(millis)?))?),
        None => None,
    };
    let ceiling = match item.get(CEILING) {
        Some(seconds) => Some(ExpiresIn::from_seconds(read_number(seconds)?).ok()?),
        None => None,
    };
    Some(ScopeState { generation: read_number(item.get(GENERATION)?)?, hold_until, ceiling })
}

pub fn of_generations(generations: &Generations) -> AttributeValue {
    AttributeValue::M(generations.iter().map(|(scope, n)| (scope.to_owned(), number(n))).collect())
}

pub fn read_generations(value: &AttributeValue) -> Option<Generations> {
    let scopes = value.as_m().ok()?.iter();
    scopes.map(|(scope, generation)| Some((scope.clone(), read_number(generation)?))).collect()
}

pub fn read_number(value: &AttributeValue) -> Option<u64> {
    value.as_n().ok()?.parse().ok()
}

/// The moment that is written in whole seconds since 1970.
pub fn read_second(value: &AttributeValue) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(read_number(value)?))
}

/// Whole seconds since 1970, as TTL wants them.
pub fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Milliseconds since 1970, as a hold has them.
pub fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
