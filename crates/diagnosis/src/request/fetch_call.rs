use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Recording, RequestError, SentRequest};

/// A call's options, as far as they tell what is sent.
#[derive(Default, Deserialize)]
struct Options {
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// What a call to `fetch` begins with, if that is what the text is.
pub(super) fn arguments(text: &str) -> Option<&str> {
    text.strip_prefix("await").map_or(text, str::trim_start).strip_prefix("fetch(")
}

/// Reads `"URL", { "method": …, "headers": … });`, as browsers copy a request: both are JSON.
pub(super) fn read(arguments: &str) -> Result<Recording, RequestError> {
    let mut urls = serde_json::Deserializer::from_str(arguments).into_iter::<String>();
    let Some(Ok(url)) = urls.next() else { return Err(RequestError::Fetch) };
    let behind = arguments.get(urls.byte_offset()..).unwrap_or_default().trim_start();
    let options = match behind.strip_prefix(',') {
        Some(options) => serde_json::Deserializer::from_str(options).into_iter().next(),
        None => None,
    };
    // What serde says of a mistake may quote what is there.
    let Options { method, headers } = options.transpose().map_err(|_| RequestError::Fetch)?.unwrap_or_default();
    let request = SentRequest::new(method.as_deref().unwrap_or("GET"), &url, headers.into_iter().collect());
    Ok(Recording { request, answer: None, redirects: 0, blocked: None, printed: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Recording, RequestError> {
        super::read(arguments(text).unwrap())
    }

    #[test]
    fn a_request_that_a_browser_copies_as_fetch_is_read() {
        let of_chrome = "fetch(\"https://b.s3.amazonaws.com/k%20l?X-Amz-Date=1\", {\n  \"headers\": {\n    \"content-type\": \"image/png\"\n  },\n  \
                         \"referrer\": \"https://app.example.com/\",\n  \"body\": \"a\\\"), {\",\n  \"method\": \"PUT\",\n  \"mode\": \"cors\"\n});";
        let of_firefox = "await fetch(\"https://b.s3.amazonaws.com/k%20l?X-Amz-Date=1\", {\n    \"credentials\": \"omit\",\n    \"headers\": {\n        \
                          \"Content-Type\": \"image/png\"\n    },\n    \"method\": \"PUT\"\n});";
        for text in [of_chrome, of_firefox] {
            let request = read(text).unwrap().request;
            assert_eq!((request.method(), request.path()), ("PUT", "/k%20l"));
            assert_eq!(request.header("host").unwrap().shown(), "b.s3.amazonaws.com");
            assert_eq!(request.header("content-type").unwrap().shown(), "image/png");
        }
        assert_eq!(read("fetch(\"https://b.s3.amazonaws.com/k\");").unwrap().request.method(), "GET");
    }

    #[test]
    fn a_call_that_somebody_wrote_is_refused() {
        let of_variables = "fetch(\"https://b.s3.amazonaws.com/k\", {method: \"PUT\"})";
        for text in ["fetch('https://b.s3.amazonaws.com/k')", of_variables, "fetch(url)", "fetch("] {
            assert_eq!(read(text).unwrap_err(), RequestError::Fetch, "{text}");
        }
    }
}
