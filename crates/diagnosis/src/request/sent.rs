use std::fmt;

use presign::credentials::Secret;

use crate::guarded::Guarded;
use crate::url::Query;

/// One request, as a client sent it. What it sent as secrets is compared, and not shown.
#[derive(Clone)]
pub struct SentRequest {
    method: String,
    path: String,
    query: Query,
    headers: Vec<Header>,
}

/// A header that was sent.
#[derive(Clone)]
pub struct Header {
    /// In lower case.
    pub name: String,
    pub value: Guarded,
    exact: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error(
        "there is no request in it: expected the output of `curl -v`, a HAR file, HTTP that begins with `GET /… HTTP/1.1`, `curl 'URL' -H …`, or `fetch(\"URL\", …)`"
    )]
    NoRequest,
    #[error("it begins like a HAR file, but is no readable JSON: {0}")]
    Json(String),
    #[error(
        "it is a call to `fetch`, but not as browsers copy it, with its URL and options as JSON: take what the browser copies, or a HAR file"
    )]
    Fetch,
    #[error("{0} bytes are more than are read: record the one request that fails")]
    TooLong(usize),
}

impl SentRequest {
    /// Headers that are read: more than any request has.
    const MOST_HEADERS: usize = 500;

    /// `target` is the path with its query, or a whole URL as proxies are sent.
    pub(super) fn new(method: &str, target: &str, headers: Vec<(String, String)>) -> Self {
        let target = target.split('#').next().unwrap_or_default();
        let (address, query) = target.split_once('?').unwrap_or((target, ""));
        let (host, path) = match address.split_once("://") {
            Some((_, rest)) => {
                let (host, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, "/"));
                // A name and password are sent as a header, if at all.
                (Some(host.rsplit('@').next().unwrap_or(host)), path)
            }
            None => (None, address),
        };
        let named = headers.iter().any(|(name, _)| name.trim().eq_ignore_ascii_case("host"));
        let host = host.filter(|_| !named).map(|host| ("host".to_owned(), host.to_owned()));
        Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            query: Query::new(query),
            headers: host
                .into_iter()
                .chain(headers)
                .take(Self::MOST_HEADERS)
                .map(|(name, value)| Header::new(&name, &value))
                .collect(),
        }
    }

    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Whether it is a browser's question before the request itself, which is neither signed nor told in it.
    pub(crate) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
    }

    /// The method of the request itself: of a preflight the one that it asks for, if that was recorded.
    pub(crate) fn intended_method(&self) -> Option<&str> {
        if !self.is_preflight() {
            return Some(&self.method);
        }
        self.header("access-control-request-method").map(Guarded::shown)
    }

    /// As it was sent.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Guarded> {
        self.headers.iter().find(|header| header.name == name).map(|header| &header.value)
    }

    /// A header's value to the byte, secret or not: to be compared, and not to be given out as a whole.
    pub(crate) fn exact_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name == name).map(|header| header.exact.expose())
    }
}

impl Header {
    fn new(name: &str, value: &str) -> Self {
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        Self { value: Guarded::header(&name, value), exact: Secret::new(value), name }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

impl fmt::Debug for SentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentRequest")
            .field("method", &self.method)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
