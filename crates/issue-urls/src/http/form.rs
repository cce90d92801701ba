use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http_api::{JsonBody, no_store};
use presign::cache::UrlCache;
use presign::form::{FormRequest, FormRequestBody};
#[cfg(feature = "openapi")]
use presign::lifetime::LimitedBy;
use presign::signing_session::SigningSessions;
use serde::Serialize;

use super::answer::rfc3339;
use super::audit;
use super::curl::form_command_line;
use super::problem::Problem;
use crate::{Caller, IssuedForm, Issuer};

/// The JSON that answers `POST /forms`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "IssuedForm"))]
pub struct Answer<'a> {
    url: &'a str,
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "POST")))]
    method: &'static str,
    /// What the form has to have before its `file`, which comes last.
    fields: BTreeMap<&'a str, &'a str>,
    /// What the holder adds to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields_to_add: Option<BTreeMap<&'static str, Beginning<'a>>>,
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    expires_at: String,
    /// What is left, in whole seconds: as many as it was signed for where that was just now and the credentials live for as long.
    expires_in: u64,
    #[cfg_attr(feature = "openapi", schemars(with = "LimitedBy"))]
    limited_by: &'static str,
    /// The ARN that S3 sees as the signer.
    signed_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    curl: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct Beginning<'a> {
    starts_with: &'a str,
}

pub async fn issue_form<C: UrlCache, S: SigningSessions>(
    State(issuer): State<Arc<Issuer<C, S>>>,
    caller: Caller,
    JsonBody(body): JsonBody<FormRequestBody>,
) -> Result<Response, Problem> {
    let request =
        FormRequest::try_from(body).map_err(|error| Problem::invalid_request(Some(error.parameter()), &error))?;
    let outcome = issuer.issue_form(&caller, &request).await;
    audit::of_form(&caller, &request, &outcome);
    Ok(answer(&outcome?))
}

fn answer(issued: &IssuedForm) -> Response {
    let fields = issued.form.expose_fields().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let answer = Answer {
        url: issued.form.url(),
        method: "POST",
        fields: fields.collect(),
        fields_to_add: issued
            .content_type
            .as_deref()
            .map(|starts_with| [("Content-Type", Beginning { starts_with })].into()),
        expires_at: rfc3339(issued.expires_at),
        expires_in: issued.expires_in.as_secs(),
        limited_by: issued.limited_by.as_str(),
        signed_by: &issued.signed_by,
        curl: issued.wants_curl.then(|| form_command_line(issued)),
    };
    (no_store(), Json(answer)).into_response()
}
