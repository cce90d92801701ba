//! The request as it was sent: curl's `-v` output, a HAR file, or HTTP as it goes over the wire.

mod har;
mod sent;
mod transcript;

pub use sent::{Header, RequestError, SentRequest};

use crate::url::SuspectUrl;

/// What a recording of a request has in it.
#[derive(Debug, Clone)]
pub struct Recording {
    pub request: SentRequest,
    /// The answer, if that was recorded too: its head and its body.
    pub answer: Option<Answer>,
    /// How often the client was redirected before this request.
    pub redirects: usize,
}

/// A recorded answer.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    pub body: String,
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

/// Finds the request for `url` in a recording of any of the three kinds.
///
/// # Errors
/// When there is no request in it.
pub fn read(text: &str, url: &SuspectUrl) -> Result<Recording, RequestError> {
    if text.len() > LONGEST {
        return Err(RequestError::TooLong(text.len()));
    }
    let start = text.trim_start();
    if start.starts_with('{') { har::read(start, url) } else { transcript::read(text) }
}
