//! Which request `GET /objects/{bucket}/{key+}` stands for, and the redirect that answers it.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use presign::operation::Operation;
use presign::request::{UrlRequest, UrlRequestBody};

use super::problem::{Problem, no_such_path};
use super::router::read_request;
use crate::IssuedUrl;

/// Where the path of an object begins.
const OBJECTS: &str = "/objects/";
/// The lifetime of a URL where the query does not say one: an address that is written into a page says nothing.
pub const EXPIRES_IN: u32 = 900;
/// The fields of the query that are numbers, and nothing that could be bent into one.
const NUMBERS: [&str; 3] = ["expiresIn", "minimumRemaining", "partNumber"];
/// How much sooner than the URL a browser lets go of the redirect, in seconds: the way to S3 takes a moment.
const MARGIN: u64 = 5;

/// The headers that say who asks: a browser that is used by one caller after the other is not to hand the URL of the first to the
/// second, who may not have it. CORS names its own besides.
const BY_WHOM: &str = "authorization, x-amz-security-token";

/// The request that the address stands for. The path names the object, byte for byte, and is percent-decoded once; the query may
/// have any of the fields that a GET has and that need no header.
pub fn request_of(method: &Method, uri: &Uri) -> Result<UrlRequest, Problem> {
    let path = uri.path().strip_prefix(OBJECTS).and_then(|path| path.split_once('/'));
    let (bucket, key) = path.ok_or_else(no_such_path)?;
    let (bucket, key) = (decoded("bucket", bucket)?, decoded("key", key)?);
    // HEAD is redirected as HEAD, and a URL is good for one method.
    let operation = if *method == Method::HEAD { Operation::HeadObject } else { Operation::GetObject };
    let query = uri.query().unwrap_or_default();

    let mut fields = form_urlencoded::Serializer::new(String::new());
    fields.append_pair("operation", operation.as_str()).append_pair("bucket", &bucket).append_pair("key", &key);
    if !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "expiresIn") {
        fields.append_pair("expiresIn", &EXPIRES_IN.to_string());
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut numbers = form_urlencoded::parse(query.as_bytes())
        .filter_map(|(name, text)| Some((NUMBERS.into_iter().find(|number| *number == name)?, text)));
    if let Some((field, text)) = numbers.find(|(_, text)| !is_number(text)) {
        let detail = format!("`{text}` is no whole number, which digits alone write");
        return Err(Problem::invalid_request(Some(field), &detail));
    }
    // Fields of the path that stand in the query too are there twice, and so refused.
    let fields = format!("{}&{query}", fields.finish());
    let fields = serde_urlencoded::Deserializer::new(form_urlencoded::parse(fields.as_bytes()));
    let body: UrlRequestBody = serde_path_to_error::deserialize(fields).map_err(|error| Problem::of_field(&error))?;

    let needs_a_header = [(body.range.is_some(), "range"), (body.checksum_mode.is_some(), "checksumMode")];
    if let Some((_, field)) = needs_a_header.into_iter().find(|(given, _)| *given) {
        let detail = format!("`{field}` needs a header, and whoever follows a redirect sends none");
        return Err(Problem::invalid_request(Some(field), &detail));
    }
    if body.curl {
        return Err(Problem::invalid_request(Some("curl"), &"a redirect has no body to put a command line in"));
    }
    if body.verify {
        return Err(Problem::invalid_request(
            Some("verify"),
            &"whoever follows a redirect sees at once whether it works",
        ));
    }
    read_request(body)
}

/// A redirect that a browser may keep for as long as the URL is good, and that nobody else may.
pub fn redirect(issued: &IssuedUrl) -> Response {
    let keep = issued.expires_in.as_secs().saturating_sub(MARGIN);
    let (Ok(mut location), Ok(cache_control)) =
        (HeaderValue::from_str(issued.row.url.expose()), HeaderValue::from_str(&format!("private, max-age={keep}")))
    else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    location.set_sensitive(true);
    let vary = HeaderValue::from_static(BY_WHOM);
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, cache_control), (header::VARY, vary)];
    (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
}

fn decoded(field: &'static str, text: &str) -> Result<String, Problem> {
    let bad = |detail: String| Problem::invalid_request(Some(field), &detail);
    let hexadecimal = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
    for after in text.split('%').skip(1) {
        if !after.get(..2).is_some_and(hexadecimal) {
            return Err(bad("a `%` in the path is followed by two hexadecimal digits; itself it is `%25`".to_owned()));
        }
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| bad("the path is not the percent-encoding of UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str) -> Option<String> {
        let request = request_of(&Method::GET, &path.parse().unwrap()).ok()?;
        assert_eq!(request.bucket().as_str(), "demo");
        Some(request.key().as_str().to_owned())
    }

    #[test]
    fn the_key_is_taken_from_the_path_byte_for_byte() {
        for (path, expected) in [
            ("/objects/demo/a", "a"),
            ("/objects/demo/a/b.txt", "a/b.txt"),
            ("/objects/demo//a", "/a"),
            ("/objects/demo/a//b/", "a//b/"),
            ("/objects/demo/../a/./b", "../a/./b"),
            ("/objects/demo/a%2Fb", "a/b"),
            ("/objects/demo/a%252Fb", "a%2Fb"),
            ("/objects/demo/a+b%20c", "a+b c"),
            ("/objects/demo/%C3%A9%3F%23%26=", "é?#&="),
            ("/objects/demo/objects/demo/x", "objects/demo/x"),
        ] {
            assert_eq!(key(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_is_no_address_of_an_object_is_refused() {
        for path in [
            "/objects/demo",
            "/objects/demo/",
            "/objects//k",
            "/objects/demo/%",
            "/objects/demo/%zz",
            "/objects/demo/%ff",
            "/objects/demo/%0A",
        ] {
            assert_eq!(key(path), None, "{path}");
        }
    }

    #[test]
    fn the_query_has_what_needs_no_header_and_nothing_else() {
        let read = |query: &str| request_of(&Method::GET, &format!("/objects/demo/k?{query}").parse().unwrap());
        let request =
            read("expiresIn=60&responseContentDisposition=attachment%3B+filename%3D%22a%20b%22&partNumber=1").unwrap();
        assert_eq!(request.asked().expires_in.seconds(), 60);
        let expected = [
            ("partNumber", "1".to_owned()),
            ("response-content-disposition", "attachment; filename=\"a b\"".to_owned()),
        ];
        assert_eq!(request.query(), expected);
        assert_eq!(read("").unwrap().asked().expires_in.seconds(), 900);
        for query in [
            "key=other",
            "bucket=other",
            "operation=putObject",
            "range=bytes=0-1",
            "checksumMode=ENABLED",
            "curl=true",
            "verify=true",
            "contentType=text/plain",
            "expiresIn=0",
            "expiresIn=60&expiresIn=61",
            "expiresIn=",
            "expiresIn=%2B5",
            "expiresIn=1e3",
            "partNumber=-1",
            "minimumRemaining=%205",
            "surprise=1",
            "metadata=1",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_head_request_is_sent_to_a_url_for_head() {
        let request = request_of(&Method::HEAD, &Uri::from_static("/objects/demo/k")).unwrap();
        assert_eq!(request.operation(), Operation::HeadObject);
    }
}
