//! Answers as SDKs, consoles and copied pages tell them.

use crate::answers::table;

/// The document that was escaped to stand in a page or a log.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let escaped = text.contains("&lt;Error");
    escaped.then(|| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// A code of S3's and its message, where they stand in one of the ways that SDKs and browsers have of showing them.
pub(super) fn code_and_message(text: &str) -> Option<(&str, &str)> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        let told = of_java(line)
            .or_else(|| of_fields(line, next))
            .or_else(|| before_colon(line))
            .or_else(|| without_tags(line, next));
        if told.is_some() {
            return told;
        }
    }
    None
}

/// What a status is called is no code that S3 says.
fn codes() -> impl Iterator<Item = &'static str> {
    table().map(|row| row.code).filter(|code| !matches!(*code, "BadRequest" | "Forbidden" | "NotFound"))
}

fn is_code(word: &str) -> bool {
    codes().any(|code| code == word)
}

/// A code of S3's that stands as a word beside a status, if it tells enough without its message.
pub(super) fn code_in(text: &str) -> Option<&str> {
    let rows = |word: &str| codes().filter(|code| *code == word).count();
    text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| word.len() < 40 && rows(word) == 1)
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(['"', '\'', ' ']);
    text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// `…Exception: MESSAGE (Service: Amazon S3; Status Code: 400; Error Code: CODE; …)`
fn of_java(line: &str) -> Option<(&str, &str)> {
    let (before, code) = line.split_once("Error Code: ")?;
    let message = before.split_once("(Service:").map_or("", |(message, _)| message);
    let message = message.rsplit_once("Exception: ").map_or(message, |(_, message)| message);
    Some((first_word(code), message)).filter(|(code, _)| is_code(code))
}

/// `Code: 'CODE'` and `Message: 'MESSAGE'`, as JavaScript prints an object, and in the page of a website endpoint.
fn of_fields<'a>(line: &'a str, next: &'a str) -> Option<(&'a str, &'a str)> {
    let (_, behind) = line.split_once("Code: ")?;
    let message = behind.split_once("Message: ").or_else(|| next.split_once("Message: "));
    let message = message.map_or("", |(_, it)| it.trim_start_matches(['"', '\'']));
    let message = message.split(['<', '"']).next().unwrap_or_default().trim_end_matches(['\'', ',']);
    Some((first_word(behind), message)).filter(|(code, _)| is_code(code))
}

/// `CODE: MESSAGE`, with or without words before it: `api error CODE: …`, `Aws::S3::Errors::CODE: …`
fn before_colon(line: &str) -> Option<(&str, &str)> {
    line.match_indices(": ").find_map(|(at, colon)| {
        let word = line.get(..at)?.trim_end_matches([']', ')']).rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
        Some((word, line.get(at + colon.len()..)?)).filter(|(word, _)| is_code(word))
    })
}

/// What is left of `<Code>CODE</Code><Message>MESSAGE</Message>`: two lines, or one in which both run together.
fn without_tags<'a>(line: &'a str, next: &'a str) -> Option<(&'a str, &'a str)> {
    if is_code(line) && !next.is_empty() {
        return Some((line, next));
    }
    let (_, rest) = line.split_once("<Error>")?;
    let code = codes().filter(|code| rest.starts_with(code)).max_by_key(|code| code.len())?;
    Some((code, rest.strip_prefix(code)?))
}

/// The status in the title of a page that is no document of S3's.
pub(super) fn status_of_page(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    ["<title>", "<h1>"].iter().find_map(|tag| {
        let title = lower.split_once(tag)?.1.split('<').next()?;
        title.split(|c: char| !c.is_ascii_digit()).find_map(refusing)
    })
}

/// The last status that is told in words: `403`, `403 Forbidden`, `status code 403`, `HTTP/1.1 403 Forbidden`, `<Response [403]>`
pub(super) fn status(text: &str) -> Option<u16> {
    find_status(text, true)
}

/// Whether a status stands there with what it is called, or as one of HTTP: a number alone may be of anything.
pub(crate) fn names_status(text: &str) -> bool {
    find_status(text, false).is_some()
}

fn find_status(text: &str, also_unnamed: bool) -> Option<u16> {
    const BEFORE: [&str; 7] = ["code", "error", "http", "httpcode", "response", "status", "statuscode"];
    const BEHIND: &str = "bad client conflict content forbidden gateway gone internal length method moved not payload precondition proxy \
                          request server service temporary too unauthorized";
    // Words that no sentence has behind a number of anything else.
    const NAMES: &str = "bad client conflict forbidden gateway internal precondition proxy server unauthorized";
    let names = if also_unnamed { BEHIND } else { NAMES };
    let marks = |c: char| !c.is_ascii_alphanumeric();
    // A URL's digits are no status.
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !word.contains("://") && word.len() < 40)
        .map(|word| word.trim_matches(marks))
        .collect();
    words.iter().enumerate().rev().find_map(|(at, word)| {
        let status = refusing(word)?;
        let lower = |at: Option<usize>| at.and_then(|at| words.get(at)).map(|word| word.to_ascii_lowercase());
        let before = lower(at.checked_sub(1)).is_some_and(|it| match it.as_str() {
            "code" => also_unnamed || lower(at.checked_sub(2)).is_some_and(|it| it == "status"),
            it => it.starts_with("http/") || it == "statuscode" || also_unnamed && BEFORE.contains(&it),
        });
        let behind = lower(Some(at + 1)).is_some_and(|it| names.split(' ').any(|known| known == it));
        (before || behind || also_unnamed && words.len() == 1).then_some(status)
    })
}

/// The status, if it is one of an answer that is no success.
fn refusing(word: &str) -> Option<u16> {
    let status = word.parse().ok().filter(|_| word.len() == 3)?;
    matches!(status, 301 | 307 | 400..=599).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_as_sdks_and_browsers_show_it() {
        for (text, told) in [
            (
                "com.amazonaws.services.s3.model.AmazonS3Exception: Too small (Service: Amazon S3; Status Code: 400; Error Code: EntityTooSmall; Request ID: AA)",
                ("EntityTooSmall", "Too small "),
            ),
            ("SignatureDoesNotMatch: The request\n    at f (C:\\x.js:1:1)", ("SignatureDoesNotMatch", "The request")),
            (
                "{ AccessDenied: Access Denied\n at Request.extractError (/x.js:577:35)",
                ("AccessDenied", "Access Denied"),
            ),
            ("operation error S3: GetObject, api error AccessDenied: Access Denied", ("AccessDenied", "Access Denied")),
            ("Aws::S3::Errors::NoSuchKey: It is not there", ("NoSuchKey", "It is not there")),
            ("{ Code: 'NotImplemented',\n  Message: 'A header',\n  Header: 'x' }", ("NotImplemented", "A header")),
            ("<ul><li>Code: AccessDenied</li><li>Message: Access Denied</li></ul>", ("AccessDenied", "Access Denied")),
            (
                "The document tree is shown below.\n\n  AccessDenied\nRequest has expired\n300",
                ("AccessDenied", "Request has expired"),
            ),
            ("ERROR: S3 error: 403 (SignatureDoesNotMatch): The request", ("SignatureDoesNotMatch", "The request")),
            ("BadRequest: 400 Bad Request: [<Error>InvalidArgumentOnly one auth", ("InvalidArgument", "Only one auth")),
        ] {
            assert_eq!(code_and_message(text), Some(told), "{text}");
        }
        for text in ["AxiosError: Request failed with status code 403", "TypeError: x", "AccessDenied"] {
            assert_eq!(code_and_message(text), None, "{text}");
        }
    }

    #[test]
    fn a_status_is_found_where_it_is_told_as_one() {
        for (text, told) in [
            ("403", Some(403)),
            ("403 Forbidden", Some(403)),
            ("AxiosError: Request failed with status code 403", Some(403)),
            ("PUT https://h.com/k?a=404 403 (Forbidden)", Some(403)),
            ("unexpected status from HEAD request to https://h.com/k: 403 Forbidden", Some(403)),
            ("('complete upload: ', <Response [400]>)", Some(400)),
            ("curl: (22) The requested URL returned error: 403", Some(403)),
            (
                "HTTP request sent, awaiting response...\n  HTTP/1.1 307 Temporary Redirect\n  HTTP/1.1 403 Forbidden",
                Some(403),
            ),
            ("requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://h.com/k", Some(403)),
            ("200 OK", None),
            ("it took 403 seconds and more", None),
            ("Invoice 404: https://h.com/k", None),
            ("hello", None),
        ] {
            assert_eq!(status(text), told, "{text}");
        }
        assert_eq!(status_of_page("<html><head><title>413 Request Entity Too Large</title></head></html>"), Some(413));
        let cloudfronts = "<TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>\n<H1>403 ERROR</H1>";
        assert_eq!(status_of_page(cloudfronts), Some(403));
        assert_eq!(status_of_page("<html>403</html>"), None);
    }
}
