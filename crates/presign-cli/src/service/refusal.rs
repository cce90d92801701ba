use diagnosis::ErrorDocument;
use http::StatusCode;
use serde::Deserialize;

/// The service said no.
#[derive(Debug, thiserror::Error)]
#[error("the service answered {}{said}", status.as_u16())]
pub struct ServiceRefused {
    status: StatusCode,
    said: String,
}

/// A problem document of the service.
#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: Option<String>,
    field: Option<String>,
}

/// What API Gateway answers by itself.
#[derive(Deserialize)]
struct OfApiGateway {
    message: String,
}

/// What is told of an answer that is neither, in characters.
const LONGEST_QUOTE: usize = 200;

const UNTOLD: &str = ". It was not told who asks: set `PRESIGN_TOKEN`, or give `--iam`";
const ELSEWHERE: &str = ". Is `--api-url` right?";

impl ServiceRefused {
    /// What an answer says; `anonymous`: the request told nobody's name.
    pub fn read(status: StatusCode, body: &[u8], anonymous: bool) -> Self {
        let untold = if anonymous { UNTOLD } else { "" };
        let said = if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
            let advice = if status == StatusCode::UNAUTHORIZED { untold } else { "" };
            format!(": {}{advice}", problem.said())
        } else if let Ok(OfApiGateway { message }) = serde_json::from_slice(body) {
            // Two of its messages are of addresses that it does not have; one of these is of requests that nobody has signed, too.
            let nowhere = matches!(message.as_str(), "Not Found" | "Missing Authentication Token");
            let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            let (untold, elsewhere) = (if refused { untold } else { "" }, if nowhere { ELSEWHERE } else { "" });
            format!(": {}{untold}{elsewhere}", first_line(&message))
        } else {
            let body = String::from_utf8_lossy(body);
            let s3 = ErrorDocument::read(&body).ok().map(|error| format!("{}: {}", error.code(), error.message()));
            match first_line(s3.as_deref().unwrap_or(&body)) {
                line if line.is_empty() => ELSEWHERE.to_owned(),
                line => format!(": {line}{ELSEWHERE}"),
            }
        };
        Self { status, said }
    }

    /// The status of a refusal, where `error` is one.
    pub fn status(error: &anyhow::Error) -> Option<StatusCode> {
        error.downcast_ref::<Self>().map(|refused| refused.status)
    }
}

impl Problem {
    /// The detail says all that the title does, or more. The request's JSON is none of the user's: an option is named instead of its
    /// field, and places in it are left out.
    fn said(&self) -> String {
        let detail = without_place(self.detail.as_deref().unwrap_or(&self.title));
        match self.field.as_deref().and_then(option) {
            Some(option) => format!("`{option}`: {detail}"),
            None => detail.to_owned(),
        }
    }
}

/// The option that fills this field of a request.
fn option(field: &str) -> Option<&'static str> {
    Some(match field {
        "expiresIn" => "--expires-in",
        "contentType" | "contentType.startsWith" => "--content-type",
        "contentLengthRange" | "contentLengthRange.maximum" => "--max-size",
        "contentLengthRange.minimum" => "--min-size",
        "responseContentDisposition" => "--download-as",
        "lifetime" => "--require",
        "verify" => "--verify",
        "issuedBefore" => "--issued-before",
        "tenant" => "--tenant",
        "caller" => "--caller",
        "principal" => "--principal",
        _ => return None,
    })
}

/// Without ` at line 1 column 72` at its end.
fn without_place(detail: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let place = detail.rsplit_once(" at line ").filter(|(_, place)| {
        place.split_once(" column ").is_some_and(|(line, column)| is_number(line) && is_number(column))
    });
    place.map_or(detail, |(detail, _)| detail)
}

/// It may be anything, and goes to a terminal.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_QUOTE)
        .collect::<String>()
        .trim_end_matches(['.', ':'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str, anonymous: bool) -> String {
        ServiceRefused::read(status.try_into().unwrap(), body.as_bytes(), anonymous).to_string()
    }

    #[test]
    fn a_problem_is_told_by_its_detail_and_the_option_at_fault() {
        for (status, body, expected) in [
            (
                409,
                r#"{"title":"the URL would fail","detail":"the URL would fail: there is no object"}"#,
                "409: the URL would fail: there is no object",
            ),
            (
                400,
                r#"{"title":"no","detail":"0 is none at line 1 column 72","field":"expiresIn"}"#,
                "400: `--expires-in`: 0 is none",
            ),
            (
                400,
                r#"{"title":"no","detail":"meet me at line 1 column x","field":"range"}"#,
                "400: meet me at line 1 column x",
            ),
            (503, r#"{"title":"not now"}"#, "503: not now"),
            (401, r#"{"title":"who","detail":"who asks?"}"#, "401: who asks?"),
        ] {
            assert_eq!(said(status, body, false), format!("the service answered {expected}"));
        }
        assert!(
            said(401, r#"{"title":"who","detail":"who asks?"}"#, true)
                .ends_with("who asks?. It was not told who asks: set `PRESIGN_TOKEN`, or give `--iam`")
        );
    }

    #[test]
    fn what_is_no_problem_document_is_told_by_its_first_line() {
        let s3 = "<?xml version=\"1.0\"?>\n<Error><Code>NotImplemented</Code><Message>Not here.</Message></Error>";
        for (status, body, expected) in [
            (501, s3, "501: NotImplemented: Not here. Is `--api-url` right?"),
            (404, "\n <h1>Not found</h1>\n<p>", "404: <h1>Not found</h1>. Is `--api-url` right?"),
            (502, "", "502. Is `--api-url` right?"),
            (404, r#"{"message":"Not Found"}"#, "404: Not Found. Is `--api-url` right?"),
            (500, r#"{"message":"Internal Server Error"}"#, "500: Internal Server Error"),
            (403, "{\"message\":\"it does not match\\nx-amz-security-token:T\"}", "403: it does not match"),
        ] {
            assert_eq!(said(status, body, false), format!("the service answered {expected}"));
        }
        assert!(said(403, r#"{"message":"Forbidden"}"#, true).contains("PRESIGN_TOKEN"));
        assert_eq!(said(400, &"\u{1b}".repeat(9), false), "the service answered 400. Is `--api-url` right?");
        assert!(said(400, &"a".repeat(9_999), false).len() < 300);
    }
}
