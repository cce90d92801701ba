use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use http_api::{Caller, Problem, no_store};
use jiff::Timestamp;
use presign::names::BucketName;
use presign::operation::Operation;
use serde::{Deserialize, Serialize};
use url_cache::IssuedUrl;

use crate::{Cursor, ListError, Listed, Listing, Operator};

/// The query string of `GET /issued`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListingQuery {
    principal: Option<String>,
    tenant: Option<String>,
    bucket: Option<BucketName>,
    prefix: Option<String>,
    /// A number. What is none is told the same as one out of bounds.
    limit: Option<String>,
    cursor: Option<String>,
}

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 1_000;

/// The JSON that answers it.
#[derive(Serialize)]
struct Answer<'a> {
    urls: Vec<Url<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Url<'a> {
    principal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    operation: Operation,
    bucket: &'a str,
    key: &'a str,
    expires_at: String,
    signed_by: &'a str,
}

impl<'a> Url<'a> {
    fn of(url: &'a IssuedUrl) -> Self {
        let issued_for = &url.issued_for;
        Self {
            principal: &issued_for.caller,
            tenant: issued_for.tenant.as_deref(),
            operation: issued_for.operation,
            bucket: issued_for.bucket.as_str(),
            key: &issued_for.key,
            expires_at: Timestamp::try_from(url.expires_at).map(|time| time.to_string()).unwrap_or_default(),
            signed_by: &url.signed_by,
        }
    }
}

pub async fn list(
    State(operator): State<Arc<Operator>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Problem> {
    let listing = read(query.as_deref().unwrap_or_default())?;
    let Listed { urls, cursor } = match operator.list(&caller, &listing).await {
        Ok(listed) => listed,
        Err(error) => return Err(refused(&caller, error)),
    };
    tracing::info!(caller = caller.name(), urls = urls.len(), "listed issued URLs");
    let answer = Answer { urls: urls.iter().map(Url::of).collect(), cursor: cursor.as_ref().map(Cursor::write) };
    Ok((no_store(), Json(answer)).into_response())
}

fn refused(caller: &Caller, error: ListError) -> Problem {
    let (caller, said) = (caller.name(), error.to_string());
    let answer = Problem::from(error);
    let problem = answer.kind.name();
    if answer.is_of_the_service() {
        tracing::warn!(caller, problem, error = said, "refused to list issued URLs");
    } else {
        tracing::info!(caller, problem, error = said, "refused to list issued URLs");
    }
    answer
}

fn read(query: &str) -> Result<Listing, Problem> {
    let fields = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    let query: ListingQuery = serde_path_to_error::deserialize(fields).map_err(|error| Problem::of_field(&error))?;
    let limit = query.limit.map_or(Some(DEFAULT_LIMIT), |text| text.parse().ok());
    let Some(limit) = limit.filter(|limit| (1..=LARGEST_LIMIT).contains(limit)) else {
        let detail = format!("`limit` is 1 to {LARGEST_LIMIT}");
        return Err(Problem::invalid_request(Some("limit"), &detail));
    };
    let unknown = || Problem::invalid_request(Some("cursor"), &"the cursor is none of this service");
    let cursor = query.cursor.as_deref().map(|text| Cursor::read(text).ok_or_else(unknown)).transpose()?;
    let ListingQuery { principal, tenant, bucket, prefix, .. } = query;
    Ok(Listing { principal, tenant, bucket, prefix, limit, cursor })
}
