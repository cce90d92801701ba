//! Refusals made before a request reaches the S3 implementation, as S3 words them.

use std::borrow::Cow;

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode};

use crate::xml::Xml;

/// An S3 error document, completed: `s3s` leaves out the request id, gives a wrong signature no message, and calls an unmet
/// condition of a POST policy a bad policy, quoting the session token that it expected.
pub fn complete(status: StatusCode, document: &str, request_id: &str) -> Option<Response<Body>> {
    let code = between(document, "<Code>", "</Code>")?;
    let message = between(document, "<Message>", "</Message>").unwrap_or_default();
    if code == "InvalidPolicyDocument"
        && let Some(condition) = message.strip_prefix("Policy condition ")
    {
        let condition = condition.split(" failed").next().unwrap_or_default().replace("&apos;", "\"");
        let message = format!("Invalid according to Policy: Policy Condition failed: {condition}");
        return Some(Refusal::new(StatusCode::FORBIDDEN, "AccessDenied", message).into_response(request_id));
    }
    let message = match (code, message) {
        ("SignatureDoesNotMatch", "") => {
            "<Message>The request signature we calculated does not match the signature you provided. Check your key and \
             signing method.</Message>"
        }
        _ => "",
    };
    let (start, _) = document.rsplit_once("</Error>")?;
    let document = format!("{start}{message}<RequestId>{request_id}</RequestId></Error>");
    Some(xml(status, document))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}

fn xml(status: StatusCode, document: String) -> Response<Body> {
    let mut response = Response::new(Body::from(document));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// An S3 error document: its code, its message, and the elements that only this kind of error has.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: Cow<'static, str>,
    pub details: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without details.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new() }
    }

    /// The same with one more element.
    #[must_use]
    pub fn with(mut self, element: &'static str, value: impl Into<String>) -> Self {
        self.details.push((element, value.into()));
        self
    }

    /// When the implementation broke off.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "We encountered an internal error.")
    }

    /// The answer.
    #[must_use]
    pub fn into_response(self, request_id: &str) -> Response<Body> {
        let xml = Xml::document().element("Error", |xml| {
            let xml = xml.text("Code", self.code).text("Message", &self.message);
            let xml = self.details.iter().fold(xml, |xml, (element, value)| xml.text(element, value));
            xml.text("RequestId", request_id)
        });
        self::xml(self.status, xml.finish())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn completed(document: &str) -> (StatusCode, String) {
        let response = complete(StatusCode::BAD_REQUEST, document, "ID").unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn an_error_document_gets_a_request_id() {
        let (_, document) = completed("<Error><Code>NoSuchKey</Code><Message>m</Message></Error>").await;
        assert_eq!(document, "<Error><Code>NoSuchKey</Code><Message>m</Message><RequestId>ID</RequestId></Error>");
        let (_, document) = completed("<Error><Code>SignatureDoesNotMatch</Code></Error>").await;
        assert!(document.contains("<Message>The request signature we calculated does not match"));
    }

    #[tokio::test]
    async fn an_unmet_condition_is_access_denied_and_does_not_quote_the_token() {
        let (status, document) = completed(
            "<Error><Code>InvalidPolicyDocument</Code><Message>Policy condition &apos;eq&apos; for field \
             &apos;x-amz-security-token&apos; failed: expected &apos;secret&apos;, got nothing</Message></Error>",
        )
        .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(document.contains("<Code>AccessDenied</Code>") && !document.contains("secret"), "{document}");
    }
}
