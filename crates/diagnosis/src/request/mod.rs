//! The request as it was sent: curl's `-v` output, a HAR file, HTTP as it goes over the wire, a command line for curl, or a call to `fetch`.

mod curl_command;
mod fetch_call;
mod har;
mod sent;
mod transcript;

pub use sent::{Header, RequestError, SentRequest};

use crate::blocked::Blocked;
use crate::url::{SuspectUrl, canonical_path};

/// What a recording of a request has in it.
#[derive(Debug, Clone)]
pub struct Recording {
    pub request: SentRequest,
    /// The answer, if that was recorded too: its head and its body.
    pub answer: Option<Answer>,
    /// How often the client was redirected before this request.
    pub redirects: usize,
    /// That a browser had no answer to it.
    pub(crate) blocked: Option<Blocked>,
    /// What stands behind a command: what it printed, if anything.
    pub(crate) printed: Option<String>,
}

/// A request for something else than the URL: nothing of the URL's can be told by it.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    pub request: SentRequest,
    /// Whether its answer redirects to the URL.
    pub leads_to_url: bool,
}

impl Recording {
    /// What it comes to if it is of another request than the URL's, such as the one to the API that hands out the URL.
    pub(crate) fn elsewhere(&self, url: &SuspectUrl) -> Option<Elsewhere> {
        let request = &self.request;
        let host = request.exact_value("host")?;
        let other_host = !host.eq_ignore_ascii_case(url.host_header()) && !host.eq_ignore_ascii_case(url.host());
        let other_path = canonical_path(request.path()) != url.canonical_path();
        let of_s3 = self.answer.as_ref().is_some_and(|answer| answer.body.contains("<Error"));
        if !other_host || !other_path || of_s3 || request.query().is_signed() {
            return None;
        }
        let location = self.answer.as_ref().and_then(|answer| answer.header("location"));
        let leads_to_url = location.and_then(|it| SuspectUrl::read(it).ok()).is_some_and(|it| it.is_at(url));
        Some(Elsewhere { request: request.clone(), leads_to_url })
    }
}

/// A recorded answer.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub(crate) from_cache: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// In bytes: a HAR file of a busy page.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// Finds the request for `url` in a recording of any of the five kinds.
///
/// # Errors
/// When there is no request in it.
pub fn read(text: &str, url: &SuspectUrl) -> Result<Recording, RequestError> {
    if text.len() > LONGEST {
        return Err(RequestError::TooLong(text.len()));
    }
    let start = text.trim_start();
    if let Some(arguments) = fetch_call::arguments(start) {
        return fetch_call::read(arguments);
    }
    match start {
        _ if start.starts_with('{') => har::read(start, url),
        // A command may stand before what it printed.
        _ if start.starts_with("curl ") => transcript::read(text, url).or_else(|_| curl_command::read(start)),
        _ => transcript::read(text, url),
    }
}
