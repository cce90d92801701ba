use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Recording, RequestError, SentRequest};
use crate::blocked::Blocked;
use crate::url::{Query, SuspectUrl};

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Option<Response>,
    /// Chrome's `memory` or `disk`, others' `true`.
    #[serde(rename = "_fromCache")]
    from_cache: Option<Value>,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Named>,
}

#[derive(Deserialize)]
struct Response {
    /// 0 where there was no answer, and Playwright's -1.
    #[serde(default)]
    status: i32,
    #[serde(default)]
    headers: Vec<Named>,
    content: Option<Content>,
    /// Chrome's.
    #[serde(rename = "_error")]
    error: Option<Value>,
    /// Playwright's.
    #[serde(rename = "_failureText")]
    failure: Option<Value>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Content {
    text: Option<String>,
    /// `base64`, or as it is.
    encoding: Option<String>,
}

impl Entry {
    /// Whether the browser recorded that there is no answer.
    fn is_unanswered(&self) -> bool {
        self.response.as_ref().is_some_and(|response| response.status <= 0)
    }

    /// Whether it is a browser's question before a request, and the answer is no leave to send it.
    fn is_refused_preflight(&self) -> bool {
        self.request.method == "OPTIONS" && self.response.as_ref().is_some_and(|response| response.status >= 300)
    }

    fn is_refused_by_s3(&self) -> bool {
        let body = self.response.as_ref().and_then(|response| response.content.as_ref()).and_then(Content::decoded);
        body.is_some_and(|body| body.contains("<Error"))
    }
}

impl Request {
    /// Whether it went to the same host and path.
    fn is_to(&self, url: &SuspectUrl) -> bool {
        let address = self.url.split(['?', '#']).next().unwrap_or_default();
        let Some((_, rest)) = address.split_once("://") else { return false };
        let (host, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, "/"));
        host.eq_ignore_ascii_case(url.host_header()) && path == url.path()
    }

    /// Whether its query is the same as well, but for the signature, which records may hide.
    fn has_query(&self, canonical: &str) -> bool {
        Query::new(self.query()).canonical() == canonical
    }

    fn query(&self) -> &str {
        let before_fragment = self.url.split('#').next().unwrap_or_default();
        before_fragment.split_once('?').map_or("", |(_, query)| query)
    }

    /// Whether its query has a signature, of S3's or of CloudFront's.
    fn is_signed(&self) -> bool {
        let query = self.query().to_ascii_lowercase();
        query.split('&').any(|pair| pair.starts_with("x-amz-") || pair.starts_with("signature="))
    }
}

impl Content {
    fn decoded(&self) -> Option<String> {
        let text = self.text.as_deref()?;
        if self.encoding.as_deref() != Some("base64") {
            return Some(text.to_owned());
        }
        BASE64_STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }
}

/// Takes the last entry that went to the URL's host and path, with its query, or signed as it is, or any; else the last that was
/// signed; else the last that S3 refused; else the last one. A browser's preflight is none of them, unless it was refused, and no
/// answer to another is there.
pub(super) fn read(text: &str, url: &SuspectUrl) -> Result<Recording, RequestError> {
    // The position tells enough; serde's own words may quote what is in the file.
    let har: Har = serde_json::from_str(text)
        .map_err(|error| RequestError::Json(format!("line {}, column {}", error.line(), error.column())))?;
    let entries = &har.log.entries;
    let last =
        |fits: &dyn Fn(&Entry) -> bool| entries.iter().rfind(|entry| entry.request.method != "OPTIONS" && fits(entry));
    // Made once: a recording may have thousands of entries, and the query as many parameters.
    let query = url.query().canonical();
    // One that was allowed later says that the rules have been mended.
    let asked = entries.iter().rfind(|entry| entry.request.method == "OPTIONS" && entry.request.is_to(url));
    let refused = asked.filter(|entry| entry.is_refused_preflight());
    let to_url = last(&|entry| entry.request.is_to(url) && entry.request.has_query(&query))
        .or_else(|| last(&|entry| entry.request.is_to(url) && entry.request.is_signed()))
        .or_else(|| last(&|entry| entry.request.is_to(url)));
    let entry = refused
        .filter(|_| to_url.is_none_or(Entry::is_unanswered))
        .or(to_url)
        .or_else(|| last(&|entry| entry.request.is_signed()))
        .or_else(|| last(&Entry::is_refused_by_s3))
        .or_else(|| entries.last())
        .ok_or(RequestError::NoRequest)?;
    let mut headers: Vec<(String, String)> = pairs(&entry.request.headers);
    // HTTP/2 has the host under another name.
    for (name, _) in &mut headers {
        if name == ":authority" {
            "host".clone_into(name);
        }
    }
    headers.retain(|(name, _)| !name.starts_with(':'));
    let answer = entry.response.as_ref().map(|response| Answer {
        status: u16::try_from(response.status).ok(),
        headers: pairs(&response.headers),
        body: response.content.as_ref().and_then(Content::decoded).unwrap_or_default(),
        from_cache: entry.from_cache.as_ref().is_some_and(|it| *it != Value::Bool(false)),
    });
    let said = entry.response.as_ref().and_then(|response| response.error.as_ref().or(response.failure.as_ref()));
    let error = said.and_then(Value::as_str);
    Ok(Recording {
        request: SentRequest::new(&entry.request.method, &entry.request.url, headers),
        answer: answer.filter(|_| !entry.is_unanswered()),
        redirects: 0,
        blocked: entry.is_unanswered().then(|| Blocked::unanswered(error)),
        printed: None,
    })
}

fn pairs(named: &[Named]) -> Vec<(String, String)> {
    named.iter().map(|Named { name, value }| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAR: &str = r#"{"log":{"entries":[
        {"request":{"method":"GET","url":"https://other.com/"},"response":{"status":200}},
        {"request":{"method":"OPTIONS","url":"https://b.s3.amazonaws.com/k?X-Amz-Date=1"},"response":{"status":200}},
        {"request":{"method":"PUT","url":"https://b.s3.amazonaws.com/k?X-Amz-Date=1",
          "headers":[{"name":":authority","value":"b.s3.amazonaws.com"},{"name":"content-type","value":"a/b"}]},
         "response":{"status":403,"headers":[],"content":{"text":"<Error><Code>AccessDenied</Code></Error>"}}},
        {"request":{"method":"GET","url":"https://other.com/x"},"response":{"status":200}}]}}"#;

    #[test]
    fn the_entry_for_the_url_is_taken() {
        let url = SuspectUrl::read("https://b.s3.amazonaws.com/k?X-Amz-Date=1").unwrap();
        let recording = read(HAR, &url).unwrap();
        assert_eq!((recording.request.method(), recording.request.path()), ("PUT", "/k"));
        assert_eq!(recording.request.header("host").unwrap().shown(), "b.s3.amazonaws.com");
        assert!(recording.answer.unwrap().body.contains("AccessDenied"));
    }

    /// Of a form neither the URL nor the request has a signature, and of Signature Version 2 and CloudFront none of that name.
    #[test]
    fn an_entry_without_x_amz_parameters_is_found_too() {
        let har = |first: &str, answer: &str| {
            format!(
                r#"{{"log":{{"entries":[{{"request":{{"method":"POST","url":"{first}"}},"response":{{"status":403,"content":{{"text":"{answer}"}}}}}},
                {{"request":{{"method":"GET","url":"https://b.s3.amazonaws.com/other?v=1"}}}}]}}}}"#
            )
        };
        for (url, first, answer) in [
            ("https://b.s3.amazonaws.com/", "https://b.s3.amazonaws.com/", ""),
            ("https://b.s3.amazonaws.com/k", "https://B.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires=1&Signature=a", ""),
            ("https://d.cloudfront.net/k", "https://d.cloudfront.net/k?Expires=1&Signature=a&Key-Pair-Id=K", ""),
            ("https://elsewhere.com/k", "https://b.s3.amazonaws.com/j?Expires=1&Signature=a", ""),
            ("https://elsewhere.com/k", "https://b.s3.amazonaws.com/j", "<Error><Code>AccessDenied</Code></Error>"),
        ] {
            let recording = read(&har(first, answer), &SuspectUrl::read(url).unwrap()).unwrap();
            assert_eq!(recording.request.method(), "POST", "{url} {first}");
        }
    }

    /// A page shows what it has just uploaded, and may have uploaded it twice.
    #[test]
    fn of_several_requests_for_one_object_the_urls_own_is_taken() {
        let at = "https://b.s3.amazonaws.com/avatar.png";
        let entry = |method: &str, query: &str| format!(r#"{{"request":{{"method":"{method}","url":"{at}{query}"}}}}"#);
        let shown = entry("GET", "");
        let first = entry("PUT", "?X-Amz-Date=1&X-Amz-Signature=REDACTED#top");
        let second = entry("POST", "?X-Amz-Date=2&X-Amz-Signature=b");
        for (url, entries, method) in [
            ("?X-Amz-Date=1&X-Amz-Signature=a", vec![&first, &shown], "PUT"),
            ("?X-Amz-Signature=a&X-Amz-Date=1", vec![&first, &second, &shown], "PUT"),
            ("?X-Amz-Date=3&X-Amz-Signature=a", vec![&first, &second, &shown], "POST"),
            ("?X-Amz-Date=1&X-Amz-Signature=a", vec![&shown], "GET"),
            ("", vec![&shown, &first], "GET"),
        ] {
            let entries = entries.into_iter().map(String::as_str).collect::<Vec<_>>().join(",");
            let har = format!(r#"{{"log":{{"entries":[{entries}]}}}}"#);
            let recording = read(&har, &SuspectUrl::read(&format!("{at}{url}")).unwrap()).unwrap();
            assert_eq!(recording.request.method(), method, "{url} {har}");
        }
    }

    /// <https://github.com/transloadit/uppy/issues/713>
    #[test]
    fn a_refused_preflight_is_taken_where_the_request_itself_has_no_answer() {
        let at = "https://b.s3.amazonaws.com/k?X-Amz-Date=1";
        let entry = |method: &str, status: u16| {
            format!(
                r#"{{"request":{{"method":"{method}","url":"{at}"}},"response":{{"status":{status},"_error":"net::ERR_FAILED"}}}}"#
            )
        };
        let (refused, allowed) = (entry("OPTIONS", 403), entry("OPTIONS", 200));
        let (sent, answered) = (entry("PUT", 0), entry("PUT", 403));
        for (entries, method, blocked) in [
            ([&refused, &sent], "OPTIONS", false),
            ([&sent, &refused], "OPTIONS", false),
            ([&refused, &refused], "OPTIONS", false),
            ([&allowed, &sent], "PUT", true),
            ([&refused, &answered], "PUT", false),
            ([&format!("{refused},{allowed}"), &sent], "PUT", true),
        ] {
            let entries = entries.map(String::as_str).join(",");
            let har = format!(r#"{{"log":{{"entries":[{entries}]}}}}"#);
            let recording = read(&har, &SuspectUrl::read(at).unwrap()).unwrap();
            assert_eq!((recording.request.method(), recording.blocked.is_some()), (method, blocked), "{entries}");
        }
    }

    /// Playwright's -1, and whatever else other programs write there.
    #[test]
    fn what_other_programs_than_chrome_record_of_a_missing_answer_is_read() {
        let at = "https://b.s3.amazonaws.com/k?X-Amz-Date=1";
        for (response, blocked) in [
            (
                r#"{"status":-1,"_failureText":"net::ERR_NAME_NOT_RESOLVED"}"#,
                Blocked::Unreached("err_name_not_resolved"),
            ),
            (r#"{"status":0,"_error":{"code":1}}"#, Blocked::Unanswered(String::new())),
        ] {
            let har = format!(
                r#"{{"log":{{"entries":[{{"request":{{"method":"PUT","url":"{at}"}},"response":{response},"_fromCache":true}}]}}}}"#
            );
            let recording = read(&har, &SuspectUrl::read(at).unwrap()).unwrap();
            assert_eq!(recording.blocked, Some(blocked), "{response}");
            assert!(recording.answer.is_none());
        }
    }

    #[test]
    fn a_body_in_base64_is_decoded() {
        let encoded = BASE64_STANDARD.encode("<Error><Code>AccessDenied</Code></Error>");
        let har = HAR.replace(
            r#""text":"<Error><Code>AccessDenied</Code></Error>""#,
            &format!(r#""encoding":"base64","text":"{encoded}""#),
        );
        let url = SuspectUrl::read("https://b.s3.amazonaws.com/k?X-Amz-Date=1").unwrap();
        assert!(read(&har, &url).unwrap().answer.unwrap().body.contains("AccessDenied"));
    }
}
