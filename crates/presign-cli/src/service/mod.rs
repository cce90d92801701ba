//! The service's API, and the HTTP client for it and for S3.

mod iam;
mod refusal;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::arguments::{Asking, Service};
use crate::outcome::BadInput;
use iam::IamSigner;
pub use refusal::ServiceRefused;

pub type Body = BoxBody<Bytes, UnreadFile>;

/// A file that is being uploaded cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the file cannot be read: {0}")]
pub struct UnreadFile(pub io::Error);

/// How long it may take until an answer begins.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than any answer of the service has.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// A client that sends a URL just as it is, and follows no redirect: a signature is good for one address.
#[derive(Clone)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Body>);

impl Http {
    pub fn new() -> anyhow::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(Duration::from_secs(10)));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
            .context("this machine's certificates cannot be read")?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends `request`; an upload takes as long as it takes.
    pub async fn send(&self, request: Request<Body>) -> anyhow::Result<Response<Incoming>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let uploads = request.method() == Method::PUT;
        let sent = self.0.request(request);
        let answer = if uploads {
            sent.await
        } else {
            tokio::time::timeout(PATIENCE, sent).await.with_context(|| format!("`{host}` does not answer"))?
        };
        answer.map_err(|error| match innermost(&error) {
            cause if cause.is::<UnreadFile>() => BadInput(cause.to_string()).into(),
            cause => anyhow::anyhow!("`{host}` cannot be reached: {cause}"),
        })
    }
}

/// What a client error is about at bottom. The outer ones may quote the request.
fn innermost<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause
}

/// A URL as the service issued it. It prints nothing of itself: it is a bearer token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Issued {
    pub url: String,
    pub method: String,
    pub headers: BTreeMap<String, String>,
}

/// An object, as the command line names it.
#[derive(Debug, PartialEq, Eq)]
pub struct ObjectName {
    pub bucket: String,
    pub key: String,
}

impl ObjectName {
    /// Reads what an object's name begins with: `s3://BUCKET/FOLDER/`, or a bucket alone.
    pub fn read_beginning(text: &str) -> Result<Self, BadInput> {
        let plain = text.strip_prefix("s3://").unwrap_or(text);
        match plain.split_once('/').unwrap_or((plain, "")) {
            ("", _) => Err(BadInput(format!("`{text}` names no bucket: write `s3://BUCKET/KEY`"))),
            (bucket, key) => Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() }),
        }
    }

    /// Reads `s3://BUCKET/KEY` or `BUCKET/KEY`.
    pub fn read(text: &str) -> Result<Self, BadInput> {
        let named = Self::read_beginning(text).ok().filter(|name| !name.key.is_empty());
        named.ok_or_else(|| BadInput(format!("`{text}` names no object: write `s3://BUCKET/KEY`")))
    }
}

/// The service, as whoever asks it.
#[derive(Clone)]
pub struct Api {
    http: Http,
    address: String,
    credential: Option<Arc<Credential>>,
    clock: fn() -> Timestamp,
}

/// How the service is told who asks.
enum Credential {
    Token(HeaderValue),
    Iam(IamSigner),
}

/// What the service answered.
pub struct Answer(Bytes);

impl Answer {
    /// # Errors
    /// When it is not `what` was asked for.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> anyhow::Result<T> {
        serde_json::from_slice(&self.0)
            .map_err(|_| anyhow::anyhow!("the service's answer is no {what}: is `--api-url` right?"))
    }
}

impl Api {
    /// # Errors
    /// When the address is none, or what is to tell who asks cannot be had, or would go over plain HTTP.
    pub async fn connect(service: &Service, clock: fn() -> Timestamp) -> anyhow::Result<Self> {
        let has_secret = service.token.is_some() || service.iam;
        let uri = address(&service.api_url, "", has_secret)?;
        let credential = match &service.token {
            Some(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                    .map_err(|_| BadInput("PRESIGN_TOKEN has characters that no header can have".to_owned()))?;
                value.set_sensitive(true);
                Some(Credential::Token(value))
            }
            None if service.iam => {
                let host = uri.host().unwrap_or_default().to_owned();
                Some(Credential::Iam(IamSigner::of_environment(&host).await?))
            }
            None => None,
        };
        Ok(Self { http: Http::new()?, address: service.api_url.clone(), credential: credential.map(Arc::new), clock })
    }

    /// The client itself, for S3.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Asks the service for a URL.
    pub async fn issue(
        &self,
        asking: &Asking,
        operation: &str,
        object: &ObjectName,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Issued> {
        let more = more.iter().map(|(name, value)| (*name, Value::from(*value)));
        self.post("urls", &url_request(asking, operation, object, more)).await?.json("issued URL")
    }

    /// What the service answers to `request` at `path`.
    pub async fn post(&self, path: &str, request: &Value) -> anyhow::Result<Answer> {
        self.ask(Method::POST, path, request.to_string()).await
    }

    /// What the service has at `path`, which may have a query.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask(Method::GET, path, String::new()).await
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> anyhow::Result<Answer> {
        let uri = address(&self.address, path, self.credential.is_some())?;
        let mut request = Request::builder().method(method).uri(uri).body(())?;
        if !body.is_empty() {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        match self.credential.as_deref() {
            Some(Credential::Token(token)) => {
                request.headers_mut().insert(header::AUTHORIZATION, token.clone());
            }
            Some(Credential::Iam(signer)) => signer.sign(&mut request, body.as_bytes(), (self.clock)().into())?,
            None => {}
        }
        let answer = self.http.send(request.map(|()| full(body))).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect();
        let body = tokio::time::timeout(PATIENCE, body).await.context("the service's answer does not end")?;
        let body = body.map_err(|_| anyhow::anyhow!("the service's answer cannot be read"))?.to_bytes();
        if status.is_success() {
            return Ok(Answer(body));
        }
        Err(ServiceRefused::read(status, &body, self.credential.is_none()).into())
    }
}

/// The request for a URL, with these fields besides.
pub fn url_request<'a>(
    asking: &Asking,
    operation: &str,
    object: &ObjectName,
    more: impl IntoIterator<Item = (&'a str, Value)>,
) -> Value {
    let request = json!({
        "operation": operation,
        "bucket": object.bucket,
        "key": object.key,
        "expiresIn": asking.expires_in,
    });
    with(request, more.into_iter().map(|(name, value)| (name, Some(value))))
}

/// A request's JSON, with those of these fields that have a value.
pub fn with<'a, V: Into<Value>>(mut request: Value, more: impl IntoIterator<Item = (&'a str, Option<V>)>) -> Value {
    if let Value::Object(fields) = &mut request {
        fields.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    }
    request
}

/// Where the service has `path`. A token goes over TLS, or does not leave this machine.
fn address(api_url: &str, path: &str, has_token: bool) -> Result<Uri, BadInput> {
    let uri: Uri = format!("{}/{path}", api_url.trim_end_matches('/'))
        .parse()
        .map_err(|_| BadInput(format!("`{api_url}` is no address: write `https://HOST`")))?;
    let host = uri.host().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if local || !has_token => Ok(uri),
        Some("http") => Err(BadInput("a token is not sent over plain HTTP: use `https://`".to_owned())),
        _ => Err(BadInput(format!("`{api_url}` is no address: write `https://HOST`"))),
    }
}

pub fn full(text: String) -> Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_with_or_without_a_scheme() {
        let name = ObjectName { bucket: "b".to_owned(), key: "k/k".to_owned() };
        assert_eq!(ObjectName::read("s3://b/k/k").unwrap(), name);
        assert_eq!(ObjectName::read("b/k/k").unwrap(), name);
        for text in ["b", "s3://b/", "/k", ""] {
            assert!(ObjectName::read(text).is_err(), "{text}");
        }
        let beginning = |text| ObjectName::read_beginning(text).map(|name| (name.bucket, name.key)).ok();
        assert_eq!(beginning("s3://b/photos/"), Some(("b".to_owned(), "photos/".to_owned())));
        assert_eq!(beginning("b"), Some(("b".to_owned(), String::new())));
        assert_eq!(beginning("/k"), None);
    }

    #[test]
    fn a_token_goes_over_tls_or_stays_on_the_machine() {
        assert!(address("https://h.example/", "urls", true).is_ok_and(|uri| uri.path() == "/urls"));
        assert!(address("http://127.0.0.1:3000", "urls", true).is_ok());
        assert!(address("http://h.example", "urls", false).is_ok());
        assert!(address("http://h.example", "urls", true).is_err());
        assert!(address("h.example", "urls", false).is_err());
    }
}
