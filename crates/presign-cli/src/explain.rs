use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diagnosis::url::{Endpoint, SuspectUrl, UrlError};
use diagnosis::{Case, CaseError, ErrorDocument, Input, Report, request};
use diagnosis_online::{Asked, AwsAccount, Patient, gather};
use jiff::Timestamp;

use crate::arguments::{Color, Explain};
use crate::outcome::{BadInput, Outcome};
use crate::render;
use crate::terminal::{self, Look};

/// `presign explain`
pub async fn run(arguments: &Explain, color: Color, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let standard_inputs =
        [arguments.url == "-", is_dash(arguments.error.as_deref()), is_dash(arguments.request.as_deref())];
    if standard_inputs.into_iter().filter(|reads| *reads).count() > 1 {
        return Err(BadInput("only one of URL, --error and --request can be `-`".to_owned()).into());
    }
    let url = match arguments.url.as_str() {
        "-" => read(Path::new("-"), SuspectUrl::LONGEST)?,
        url => url.to_owned(),
    };
    let error = arguments.error.as_deref().map(|path| read(path, ErrorDocument::LONGEST)).transpose()?;
    let request = arguments.request.as_deref().map(|path| read(path, request::LONGEST)).transpose()?;
    let input = Input { url: &url, error: error.as_deref(), request: request.as_deref(), now: clock() };
    let case = Case::read(input).map_err(|error| match error {
        CaseError::Url(UrlError::Empty) => BadInput(format!("{error}: give one, or `-` and the URL on standard input")),
        error => BadInput(error.to_string()),
    })?;
    let case = case.from_page(arguments.look.origin.clone());
    let case = match &arguments.look.asked() {
        Some(asked) => Box::pin(look(case, asked, clock)).await,
        None => case,
    };
    let report = Report::of(&case);
    let text = if arguments.json { json(&report)? } else { render::report(&report, Look::of_stdout(color)) };
    terminal::print(text.as_bytes())?;
    Ok(if report.has_cause() { Outcome::CauseFound } else { Outcome::Fine })
}

/// How long all looks may take together: someone waits, and what was seen by then is told.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks into the account, at AWS or at what the environment's endpoints name.
async fn look(case: Case, asked: &Asked, clock: fn() -> Timestamp) -> Case {
    let url = case.url();
    let region = url.v4().and_then(|v4| v4.region()).or(url.place().region.as_deref()).unwrap_or("us-east-1");
    let path_style = url.place().endpoint == Endpoint::Other || !url.place().virtual_host;
    let account = AwsAccount::of_environment(region, path_style, Arc::new(clock)).await;
    let facts = gather(&Patient::new(account, PATIENCE), &case, asked).await;
    case.with_facts(facts)
}

fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|json| json + "\n")
}

fn is_dash(path: Option<&Path>) -> bool {
    path.is_some_and(|path| path.as_os_str() == "-")
}

/// Reads a text of no more than is ever looked at, and one byte: enough to tell that it is too long.
fn read(path: &Path, longest: usize) -> Result<String, BadInput> {
    let shown = path.display();
    let input: Box<dyn Read> = if is_dash(Some(path)) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| BadInput(format!("`{shown}` cannot be read: {error}")))?)
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    input
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| BadInput(format!("`{shown}` cannot be read: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
