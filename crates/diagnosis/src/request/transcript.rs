use super::{Answer, Recording, RequestError, SentRequest};
use crate::url::SuspectUrl;

/// The methods that a request to S3 may have.
const METHODS: [&str; 7] = ["GET", "PUT", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH"];

/// A request's head while it is read.
struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    answer: Answer,
}

/// Reads curl's `-v` output (lines that begin with `> ` and `< `), or HTTP as it is. Of several requests the last one
/// counts that may be the URL's, or that it led to: it is the one that was answered in the end.
pub(super) fn read(text: &str, url: &SuspectUrl) -> Result<Recording, RequestError> {
    let (heads, _) = heads(text);
    let mut recordings: Vec<Recording> = heads.into_iter().enumerate().map(|(at, head)| head.recorded(at)).collect();
    let own = recordings.iter().rposition(|recording| recording.elsewhere(url).is_none());
    recordings.truncate(own.map_or(recordings.len(), |at| at + 1));
    recordings.pop().ok_or(RequestError::NoRequest)
}

/// What was answered to a request that is not in the text.
pub(super) fn answer(text: &str) -> Option<Answer> {
    let (_, answer) = heads(text);
    answer.is_one().then_some(answer)
}

/// The requests in a text, each with its answer, and the answer that stands before them all.
fn heads(text: &str) -> (Vec<Head>, Answer) {
    let marked =
        text.lines().any(|line| line.starts_with("> ") && request_line(line.trim_start_matches("> ")).is_some());
    let mut heads: Vec<Head> = Vec::new();
    let mut before = Answer::default();
    let mut in_head = false;
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let answer = heads.last_mut().map_or(&mut before, |head| &mut head.answer);
        let sent =
            if marked { line.strip_prefix('>').map(|rest| rest.strip_prefix(' ').unwrap_or(rest)) } else { Some(line) };
        if let Some(answered) = line.strip_prefix("< ") {
            in_head = false;
            take_answer(answered, answer);
        } else if let Some((method, target)) = sent.and_then(request_line) {
            heads.push(Head {
                method: method.to_owned(),
                target: target.to_owned(),
                headers: Vec::new(),
                answer: Answer::default(),
            });
            in_head = true;
        } else if !marked && line.starts_with("HTTP/") {
            in_head = false;
            take_answer(line, answer);
        } else if let (true, Some(header)) = (in_head, sent) {
            match (header.split_once(':'), heads.last_mut()) {
                (Some((name, value)), Some(head)) if !name.is_empty() && !name.contains(' ') => {
                    head.headers.push((name.to_owned(), value.to_owned()));
                }
                _ => in_head = false,
            }
        } else if line != "<" && !line.starts_with(['*', '>']) && !counts_bytes(line) {
            if !marked
                && answer.body.is_empty()
                && answer.status.is_some()
                && let Some((name, value)) = line.split_once(": ").filter(|(name, _)| !name.contains(['<', ' ']))
            {
                answer.headers.push((name.to_owned(), value.to_owned()));
                continue;
            }
            answer.body.push_str(line);
            answer.body.push('\n');
        }
    }
    (heads, before)
}

impl Head {
    /// As the request before which there were so many others.
    fn recorded(self, redirects: usize) -> Recording {
        Recording {
            request: SentRequest::new(&self.method, &self.target, self.headers),
            answer: Some(self.answer).filter(Answer::is_one),
            redirects,
            blocked: None,
            printed: None,
        }
    }
}

impl Answer {
    fn is_one(&self) -> bool {
        self.status.is_some() || self.body.contains("<Error")
    }
}

/// `{ [243 bytes data]`, as curl tells of what came, and with `}` of what it sent.
fn counts_bytes(line: &str) -> bool {
    line.strip_prefix(['{', '}']).is_some_and(|rest| rest.starts_with(" [") && rest.ends_with(" data]"))
}

/// `GET /path HTTP/1.1`
fn request_line(line: &str) -> Option<(&str, &str)> {
    let (line, version) = line.rsplit_once(' ')?;
    let (method, target) = line.split_once(' ')?;
    let plausible = version.starts_with("HTTP/") && METHODS.contains(&method) && !target.is_empty();
    plausible.then_some((method, target.trim()))
}

fn take_answer(line: &str, answer: &mut Answer) {
    if line.starts_with("HTTP/") {
        *answer = Answer { status: line.split(' ').nth(1).and_then(|status| status.parse().ok()), ..Answer::default() };
    } else if let Some((name, value)) = line.split_once(':') {
        answer.headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURL: &str = "*   Trying 1.2.3.4:443...\n> PUT /k?X-Amz-Date=1 HTTP/1.1\r\n> Host: b.s3.amazonaws.com\r\n\
        > Content-Type: text/plain\r\n>\r\n* upload completely sent off\n< HTTP/1.1 403 Forbidden\r\n\
        < x-amz-bucket-region: eu-west-1\r\n<\r\n<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>\n";

    fn url() -> SuspectUrl {
        SuspectUrl::read("https://b.s3.amazonaws.com/k?X-Amz-Date=1").unwrap()
    }

    #[test]
    fn curls_verbose_output_gives_request_and_answer() {
        let recording = read(CURL, &url()).unwrap();
        assert_eq!((recording.request.method(), recording.request.path()), ("PUT", "/k"));
        assert_eq!(recording.request.header("content-type").unwrap().shown(), "text/plain");
        let answer = recording.answer.unwrap();
        assert_eq!((answer.status, answer.header("x-amz-bucket-region")), (Some(403), Some("eu-west-1")));
        assert!(answer.body.contains("AccessDenied"), "{}", answer.body);
    }

    #[test]
    fn a_body_in_json_is_kept_and_what_curl_counts_is_not() {
        let head = "> GET /k HTTP/1.1\n> Host: h\n>\n} [5 bytes data]\n< HTTP/1.1 403 Forbidden\n<\n";
        let body = "{\n  \"message\": \"Forbidden\"\n}\n";
        let recording =
            read(&format!("{head}{{ [29 bytes data]\n{body}* Connection #0 left intact\n"), &url()).unwrap();
        assert_eq!(recording.answer.unwrap().body, body);
    }

    #[test]
    fn raw_http_gives_the_request() {
        let recording = read("GET /k HTTP/1.1\r\nHost: h.com\r\nx-amz-acl: private\r\n\r\n", &url()).unwrap();
        assert_eq!(recording.request.headers().len(), 2);
        assert!(recording.answer.is_none());
    }

    #[test]
    fn the_last_of_several_requests_counts() {
        let again = CURL.replace("PUT /k", "GET /other");
        let recording = read(&format!("{CURL}{again}"), &url()).unwrap();
        assert_eq!((recording.request.method(), recording.redirects), ("GET", 1));
    }

    #[test]
    fn a_text_without_a_request_is_refused() {
        assert_eq!(read("hello\nthere: you", &url()).unwrap_err(), RequestError::NoRequest);
    }
}
