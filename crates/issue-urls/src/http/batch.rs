use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use http_api::{LONGEST_LIST, no_store, read_body, read_json};
use presign::cache::UrlCache;
use presign::request::{List, UrlRequest, UrlRequestBody};
use presign::signed_request::Refusal;
use presign::signing_session::SigningSessions;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::{Answer, escaped, length};
use super::audit;
use super::problem::Problem;
use super::router::read_request;
use crate::known::digest;
use crate::{Caller, IssueError, IssuedUrl, Issuer};

/// The most requests of one batch.
const MOST: usize = 1000;

/// The JSON of `POST /urls/batch`. Each request is left as it came, so that a bad one does not spoil the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a request, as a JSON object")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Batch {
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<UrlRequestBody>", length(max = MOST)))]
    requests: List<Box<RawValue>, MOST>,
}

/// What `POST /urls` would have answered to each request, in their order.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "BatchResults"))]
pub struct Results<'a> {
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(inline))]
enum Outcome<'a> {
    Issued(Answer<'a>),
    Refused(&'a Problem),
}

impl<S: Sync> FromRequest<S> for Batch {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        read_json(&read_body(request, LONGEST_LIST).await?)
    }
}

/// The bytes of a problem but for its texts, generously.
const OF_A_PROBLEM: usize = 512;

fn length_of_refusal(error: &IssueError) -> usize {
    let diagnosis =
        if let IssueError::WouldFail(would_fail) = error { escaped(&would_fail.diagnosis.to_string()) } else { 0 };
    escaped(&error.to_string()) + diagnosis + OF_A_PROBLEM
}

pub async fn issue_all<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    batch: Batch,
) -> Response {
    let mut requests: Vec<UrlRequest> = vec![];
    let mut unreadable: Vec<Option<Problem>> = vec![];
    for request in &batch.requests.0 {
        let body = read_json::<UrlRequestBody>(request.get().as_bytes());
        match body.and_then(read_request) {
            Ok(request) => {
                requests.push(request);
                unreadable.push(None);
            }
            Err(problem) => unreadable.push(Some(problem)),
        }
    }
    let outcomes = issuer.issue_all(&caller, &requests).await;
    // What is refused is told in any case.
    let refusals = unreadable.iter().flatten().map(|problem| escaped(&problem.detail) + OF_A_PROBLEM).sum::<usize>()
        + outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).map(length_of_refusal).sum::<usize>();
    let mut room = Refusal::LONGEST_ANSWER.saturating_sub(refusals);
    let mut outcomes = outcomes.into_iter().zip(&requests).map(|(outcome, request)| {
        // What Lambda could not answer is told as refused, in the log too.
        let outcome = outcome.and_then(|issued| {
            room = room.checked_sub(length(&issued)).ok_or(IssueError::Refused(Refusal::AnswerTooLong))?;
            Ok(issued)
        });
        audit::of_url(&caller, request, &digest(request.key().as_str()), &outcome);
        outcome.map_err(Problem::from)
    });
    // There is one outcome for each request that could be read.
    let results = unreadable.into_iter().filter_map(|problem| match problem {
        Some(problem) => Some(Err(problem)),
        None => outcomes.next(),
    });
    let results: Vec<Result<IssuedUrl, Problem>> = logging::together(|| results.collect());
    let outcomes = results.iter().map(|result| match result {
        Ok(url) => Outcome::Issued(Answer::of(url)),
        Err(problem) => Outcome::Refused(problem),
    });
    let answer = Results { results: outcomes.collect() };
    (no_store(), Json(answer)).into_response()
}
