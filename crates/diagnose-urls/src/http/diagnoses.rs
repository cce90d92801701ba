use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use diagnosis::facts::Circumstances;
use diagnosis::{CaseError, Report};
use http_api::{Caller, LONGEST_LIST, Problem, no_store, read_body, read_json};
use presign::redactor::Redactor;
use presign::request::given;
use serde::{Deserialize, Serialize};

use crate::{Asked, DiagnoseError, Diagnosed, Diagnoser};

/// The JSON of `POST /diagnoses`. Unknown fields are refused, and so is `null`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request, as a JSON object")]
struct DiagnosisBody {
    url: String,
    #[serde(default, deserialize_with = "given")]
    error: Option<String>,
    #[serde(default, deserialize_with = "given")]
    request: Option<String>,
    #[serde(default, deserialize_with = "given")]
    source_ip: Option<IpAddr>,
    #[serde(default, deserialize_with = "given")]
    vpc_endpoint: Option<String>,
    #[serde(default, deserialize_with = "given")]
    origin: Option<String>,
    #[serde(default = "yes")]
    online: bool,
}

fn yes() -> bool {
    true
}

/// The JSON that answers it: the report, and how it came about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    cause_found: bool,
    online: bool,
    #[serde(flatten)]
    report: &'a Report,
}

pub async fn diagnose(
    State(diagnoser): State<Arc<Diagnoser>>,
    caller: Caller,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    let text = read_body(request, LONGEST_LIST).await?;
    // Whatever is wrong with it: nothing that it holds is a secret that may be said.
    let clean = |problem: Problem| {
        let mut redactor = Redactor::default();
        redactor.learn_from(&String::from_utf8_lossy(&text));
        // A field that is none of ours may be a whole URL.
        let field = problem.field.map(|field| redactor.clean(&field).into());
        Problem { detail: redactor.clean(&problem.detail).into(), field, ..problem }
    };
    let asked = read(&text).map_err(clean)?;
    let outcome = diagnoser.diagnose(&caller, &asked).await;
    log(&caller, &outcome);
    let Diagnosed { report, online, .. } = outcome.map_err(|error| match error {
        // Nothing of what was sent is in it but the bucket's name.
        DiagnoseError::Denied(_) | DiagnoseError::NothingServed => error.into(),
        DiagnoseError::Unreadable(_) => clean(error.into()),
    })?;
    let answer = Answer { cause_found: report.has_cause(), online, report: &report };
    Ok((no_store(), Json(&answer)).into_response())
}

fn read(text: &[u8]) -> Result<Asked, Problem> {
    let DiagnosisBody { url, error, request, source_ip, vpc_endpoint, origin, online } = read_json(text)?;
    let circumstances = Circumstances { source_ip: source_ip.map(|address| address.to_string()), vpc_endpoint, origin };
    Ok(Asked { url, error, request, circumstances, online })
}

/// The audit: who, which bucket, and what came first. Never the URL.
fn log(caller: &Caller, outcome: &Result<Diagnosed, DiagnoseError>) {
    match outcome {
        Ok(Diagnosed { report, online, permitted_by }) => tracing::info!(
            caller = caller.name(),
            bucket = report.url.bucket,
            cause = report.findings.first().map(|finding| finding.check),
            could_not_look = report.could_not_look.len(),
            online,
            ?permitted_by,
            "diagnosed a URL"
        ),
        Err(DiagnoseError::Unreadable(_)) => {
            tracing::info!(caller = caller.name(), "what was to be diagnosed cannot be read");
        }
        Err(error) => tracing::info!(caller = caller.name(), %error, "refused to diagnose a URL"),
    }
}

impl From<DiagnoseError> for Problem {
    fn from(error: DiagnoseError) -> Self {
        let field = match &error {
            DiagnoseError::Denied(denied) => return Self::denied(denied),
            DiagnoseError::NothingServed => return Self::denied(&error),
            DiagnoseError::Unreadable(CaseError::Url(_)) => "url",
            DiagnoseError::Unreadable(CaseError::Error(_)) => "error",
            DiagnoseError::Unreadable(CaseError::Request(_)) => "request",
        };
        Self::invalid_request(Some(field), &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_without_a_value_is_not_taken_for_a_field_that_is_left_out() {
        assert!(read(br#"{"url": "https://h.example/"}"#).is_ok());
        for field in ["error", "request", "sourceIp", "vpcEndpoint", "origin", "online"] {
            let text = format!(r#"{{"url": "https://h.example/", "{field}": null}}"#);
            let problem = read(text.as_bytes()).err().unwrap();
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{text}");
        }
    }
}
