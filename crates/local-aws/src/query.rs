//! The AWS Query protocol of STS and IAM: parameters in a form, answers in XML.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use http::request::Parts;
use http::{Response, StatusCode};

use crate::identity::{Denied, IdentityError};
use crate::sigv4::SignatureError;
use crate::xml::Xml;

/// The parameters of a call, from its query string and its form body.
#[derive(Debug)]
pub struct Parameters(BTreeMap<String, String>);

/// A call that failed, as the protocol reports it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct QueryError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl QueryError {
    /// An error with a status, a code and a message.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A parameter that does not satisfy its constraint.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationError", message)
    }

    /// What a call names is not there.
    pub fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
    }

    /// A call this service does not have.
    #[must_use]
    pub fn unknown_action(action: &str) -> Self {
        let message = format!("could not find operation `{action}`: the local stack does not have it");
        Self::new(StatusCode::BAD_REQUEST, "InvalidAction", message)
    }

    /// The answer that carries the error.
    #[must_use]
    pub fn into_response(self, namespace: &str, request_id: &str) -> Response<Body> {
        let fault = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let xml = Xml::document().root("ErrorResponse", namespace, |xml| {
            xml.element("Error", |xml| xml.text("Type", fault).text("Code", self.code).text("Message", &self.message))
                .text("RequestId", request_id)
        });
        respond(self.status, xml, request_id)
    }
}

impl From<SignatureError> for QueryError {
    fn from(error: SignatureError) -> Self {
        let (status, code) = match &error {
            SignatureError::Missing => (StatusCode::FORBIDDEN, "MissingAuthenticationToken"),
            SignatureError::Incomplete(_) => (StatusCode::BAD_REQUEST, "IncompleteSignature"),
            SignatureError::Skewed { .. } | SignatureError::Mismatch => {
                (StatusCode::FORBIDDEN, "SignatureDoesNotMatch")
            }
            SignatureError::Identity(IdentityError::Expired) => (StatusCode::FORBIDDEN, "ExpiredToken"),
            SignatureError::Identity(_) => (StatusCode::FORBIDDEN, "InvalidClientTokenId"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<getrandom::Error> for QueryError {
    fn from(error: getrandom::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure", error.to_string())
    }
}

impl From<Denied> for QueryError {
    fn from(denied: Denied) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDenied", denied.to_string())
    }
}

impl Parameters {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// When they are not a form.
    pub fn read(parts: &Parts, body: &[u8]) -> Result<Self, QueryError> {
        let malformed = |_| QueryError::new(StatusCode::BAD_REQUEST, "MalformedQueryString", "the form cannot be read");
        let query = parts.uri.query().unwrap_or_default();
        let mut parameters: BTreeMap<String, String> = serde_urlencoded::from_str(query).map_err(malformed)?;
        let form: BTreeMap<String, String> = serde_urlencoded::from_bytes(body).map_err(malformed)?;
        parameters.extend(form);
        Ok(Self(parameters))
    }

    /// A parameter that need not be there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there and not be empty.
    ///
    /// # Errors
    /// When it is not.
    pub fn required(&self, name: &str) -> Result<&str, QueryError> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| QueryError::invalid(format!("the parameter `{name}` is required")))
    }

    /// A number that need not be there.
    ///
    /// # Errors
    /// When it is there and not a number.
    pub fn number(&self, name: &str) -> Result<Option<u32>, QueryError> {
        let number = |value: &str| {
            value.parse().map_err(|_| QueryError::invalid(format!("`{name}` must be a whole number, not `{value}`")))
        };
        self.get(name).map(number).transpose()
    }

    /// The items of a list: `Tags.member.1`, `Tags.member.2` and so on.
    pub fn members<'a>(&'a self, list: &'a str) -> impl Iterator<Item = &'a str> {
        (1..).map_while(move |number| self.get(&format!("{list}.member.{number}")))
    }

    /// Whether any parameter's name starts so: lists are numbered (`Tags.member.1.Key`).
    #[must_use]
    pub fn any(&self, prefix: &str) -> bool {
        self.0.keys().any(|name| name.starts_with(prefix))
    }
}

/// A successful answer: `<{action}Response>` around `<{action}Result>`.
pub fn answer(
    action: &str,
    namespace: &str,
    request_id: &str,
    result: Option<impl FnOnce(Xml) -> Xml>,
) -> Response<Body> {
    let xml = Xml::document().root(&format!("{action}Response"), namespace, |xml| {
        let xml = match result {
            Some(result) => xml.element(&format!("{action}Result"), result),
            None => xml,
        };
        xml.element("ResponseMetadata", |xml| xml.text("RequestId", request_id))
    });
    respond(StatusCode::OK, xml, request_id)
}

fn respond(status: StatusCode, xml: Xml, request_id: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(xml.finish()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/xml"));
    if let Ok(id) = request_id.parse() {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// Whether `text` has between `shortest` and `longest` characters, all letters, digits or one of `others`.
pub fn is_name(text: &str, shortest: usize, longest: usize, others: &str) -> bool {
    (shortest..=longest).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// A document as IAM returns it: percent-encoded by RFC 3986.
pub fn encoded(document: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(document, crate::sigv4::STRICT).into()
}
