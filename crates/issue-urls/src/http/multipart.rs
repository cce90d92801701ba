//! Uploads in parts: `POST /multipart-uploads`, and below it what is done with one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http_api::{JsonBody, LongJsonBody, no_store};
use presign::cache::UrlCache;
#[cfg(feature = "openapi")]
use presign::lifetime::LimitedBy;
use presign::multipart::{
    AbortUploadBody, CompleteUpload, CompleteUploadBody, CreateUpload, CreateUploadBody, ListPartsBody, PartUrls,
    PartUrlsBody, UploadRequestError,
};
use presign::signing_session::SigningSessions;
use serde::Serialize;

use super::answer::rfc3339;
use super::audit;
use super::problem::Problem;
use super::router::Route;
use crate::{Caller, Issuer};

pub fn routes<C, S>() -> [Route<C, S>; 5]
where
    C: UrlCache + Send + Sync + 'static,
    S: SigningSessions + Send + Sync + 'static,
{
    [
        ("/multipart-uploads", post(create::<C, S>)),
        ("/multipart-uploads/parts", post(part_urls::<C, S>)),
        ("/multipart-uploads/list-parts", post(list_parts::<C, S>)),
        ("/multipart-uploads/complete", post(complete::<C, S>)),
        ("/multipart-uploads/abort", post(abort::<C, S>)),
    ]
}

/// The JSON that answers `POST /multipart-uploads`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "CreatedUpload"))]
pub struct Created<'a> {
    bucket: &'a str,
    key: &'a str,
    upload_id: &'a str,
    /// Bytes of each part but the last, where the object's size was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    part_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<u64>,
}

async fn create<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    JsonBody(body): JsonBody<CreateUploadBody>,
) -> Result<Response, Problem> {
    let request = CreateUpload::try_from(body).map_err(|error| invalid(&error))?;
    let outcome = issuer.create_upload(&caller, &request).await;
    audit::of_step(&caller, (&request.bucket, &request.key), "create", &outcome);
    let (created, advice) = outcome?;
    let answer = Created {
        bucket: request.bucket.as_str(),
        key: request.key.as_str(),
        upload_id: created.upload_id.as_str(),
        part_size: advice.map(|advice| advice.size),
        parts: advice.map(|advice| advice.parts),
    };
    Ok((StatusCode::CREATED, no_store(), Json(answer)).into_response())
}

/// The JSON that answers `POST /multipart-uploads/parts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "IssuedPartUrls"))]
pub struct PartUrlsAnswer<'a> {
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "PUT")))]
    method: &'static str,
    parts: Vec<PartUrl<'a>>,
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    expires_at: String,
    /// What is left, in whole seconds: as many as it was signed for where that was just now and the credentials live for as long.
    expires_in: u64,
    #[cfg_attr(feature = "openapi", schemars(with = "LimitedBy"))]
    limited_by: &'static str,
    /// The ARN that S3 sees as the signer.
    signed_by: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "IssuedPartUrl"))]
struct PartUrl<'a> {
    part_number: u64,
    url: &'a str,
    /// All that the client must send. It may send no other header that begins with `x-amz-`.
    headers: BTreeMap<&'a str, &'a str>,
}

async fn part_urls<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    LongJsonBody(body): LongJsonBody<PartUrlsBody>,
) -> Result<Response, Problem> {
    let request = PartUrls::try_from(body).map_err(|error| invalid(&error))?;
    let outcome = issuer.issue_part_urls(&caller, &request).await;
    audit::of_parts(&caller, &request, &outcome);
    let urls = outcome?;
    let parts = urls.parts.iter().map(|part| PartUrl {
        part_number: part.part_number,
        url: part.url.expose(),
        headers: part.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    });
    let answer = PartUrlsAnswer {
        method: "PUT",
        parts: parts.collect(),
        expires_at: rfc3339(urls.expires_at),
        expires_in: urls.expires_in.as_secs(),
        limited_by: urls.limited_by.as_str(),
        signed_by: &urls.signed_by,
    };
    Ok((no_store(), Json(answer)).into_response())
}

async fn list_parts<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    JsonBody(request): JsonBody<ListPartsBody>,
) -> Result<Response, Problem> {
    let outcome = issuer.list_parts(&caller, &request).await;
    audit::of_step(&caller, (&request.bucket, &request.key), "list-parts", &outcome);
    Ok((no_store(), Json(outcome?)).into_response())
}

async fn complete<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    LongJsonBody(body): LongJsonBody<CompleteUploadBody>,
) -> Result<Response, Problem> {
    let request = CompleteUpload::try_from(body).map_err(|error| invalid(&error))?;
    let outcome = issuer.complete_upload(&caller, &request).await;
    audit::of_step(&caller, (&request.bucket, &request.key), "complete", &outcome);
    Ok((no_store(), Json(outcome?)).into_response())
}

async fn abort<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    JsonBody(request): JsonBody<AbortUploadBody>,
) -> Result<Response, Problem> {
    let outcome = issuer.abort_upload(&caller, &request).await;
    audit::of_step(&caller, (&request.bucket, &request.key), "abort", &outcome);
    outcome?;
    Ok((StatusCode::NO_CONTENT, no_store()).into_response())
}

fn invalid(error: &UploadRequestError) -> Problem {
    Problem::invalid_request(Some(&error.field()), error)
}
