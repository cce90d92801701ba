//! A local stack to test against, and the clients of it.
#![expect(clippy::missing_panics_doc, clippy::expect_used, reason = "what fails here fails a test")]

mod captured;
mod load;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use authorization::Policies;
use aws_config::SdkConfig;
use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Method, Request, Response, StatusCode};
use clap::Parser;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use issue_urls::{App, Caller, Issuer};
use local_stack::{LocalStack, Options, ROLE, TABLE};
use presign::cache::UrlCache;
use presign::signing_session::SigningSessions;
use serde_json::{Value, json};
use settings::Settings;
use tower::ServiceExt;

pub use captured::Captured;
pub use load::{Load, Requests};

/// A policy for the demo role's name `deny`.
pub const DENY_ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
/// A policy that changes nothing, but is a policy change.
pub const ALLOW_NOTHING_NEW: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::demo/*"}}"#;

/// A stack, with an HTTP client that changes nothing of what it is told to send: no path is normalized.
pub struct Bench {
    pub stack: LocalStack,
    http: Client<HttpConnector, Body>,
}

impl Bench {
    /// A stack with these command line arguments, on a free port, with its data gone at the end.
    pub async fn start(arguments: &[&str]) -> Self {
        let all = ["local-stack", "--port", "0"].iter().chain(arguments);
        let options = Options::try_parse_from(all).expect("the arguments are good");
        Self::with(options).await
    }

    pub async fn with(options: Options) -> Self {
        let stack = LocalStack::start(options).await.expect("the stack starts");
        Self { stack, http: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Posts `body` to `/urls`.
    pub async fn post(&self, body: impl Into<Body>) -> (StatusCode, Value) {
        let response = self.send(Method::POST, &format!("{}/urls", self.stack.endpoint()), &json!({}), body).await;
        (response.status(), read_json(response).await)
    }

    /// Issues a URL, which must succeed.
    pub async fn issue(&self, request: &Value) -> Value {
        let (status, answer) = self.post(request.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{}", text(&answer, "detail"));
        answer
    }

    /// Posts `body` to another path of the API.
    pub async fn post_to(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.stack.endpoint());
        let response = self.send(Method::POST, &url, &json!({}), body.to_string()).await;
        let status = response.status();
        let text = read_text(response).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// What `POST /urls/batch` answers to these requests, each in its place.
    pub async fn batch(&self, requests: &[Value]) -> Vec<Value> {
        let url = format!("{}/urls/batch", self.stack.endpoint());
        let body = json!({"requests": requests}).to_string();
        let response = self.send(Method::POST, &url, &json!({}), body).await;
        assert_eq!(response.status(), StatusCode::OK);
        results(&read_json(response).await)
    }

    /// The object, as the holder of a new URL gets it.
    pub async fn issue_and_get(&self, key: &str) -> String {
        let (status, body) = self.follow(&self.issue(&read_of(key)).await, "").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Sends a request just as told.
    pub async fn send(&self, method: Method, url: &str, headers: &Value, body: impl Into<Body>) -> Response<Body> {
        self.try_send(method, url, headers, body).await.expect("the stack answers")
    }

    /// The same where the answer may come before all is sent, and the connection be gone with it.
    ///
    /// # Errors
    /// When the connection is gone before the answer is read.
    pub async fn try_send(
        &self,
        method: Method,
        url: &str,
        headers: &Value,
        body: impl Into<Body>,
    ) -> Result<Response<Body>, hyper_util::client::legacy::Error> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers.as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        let request = request.body(body.into()).expect("the request is well-formed");
        Ok(self.http.request(request).await?.map(Body::new))
    }

    /// Uses an answered URL as its holder would: its method, and just the headers it names.
    pub async fn follow(&self, answer: &Value, body: impl Into<Body>) -> (StatusCode, String) {
        let method = text(answer, "method").parse().expect("a method");
        let response = self.send(method, text(answer, "url"), &answer["headers"], body).await;
        (response.status(), read_text(response).await)
    }

    /// Sends a form with these fields and this file, which comes last, as a browser would.
    pub async fn send_form(&self, url: &str, fields: &Value, file: &str) -> Response<Body> {
        let mut form = String::new();
        for (name, value) in fields.as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            form.extend(["--xyz\r\nContent-Disposition: form-data; name=\"", name, "\"\r\n\r\n", value, "\r\n"]);
        }
        let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.png\"\r\n\r\n";
        form.extend([head, file, "\r\n--xyz--\r\n"]);
        self.send(Method::POST, url, &json!({"content-type": "multipart/form-data; boundary=xyz"}), form).await
    }

    pub async fn get(&self, url: &str) -> (StatusCode, String) {
        let response = self.send(Method::GET, url, &json!({}), Body::empty()).await;
        (response.status(), read_text(response).await)
    }

    #[must_use]
    pub fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.stack.sdk_config())
    }

    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = self.stack.sdk_config();
        let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Gives the signing role an inline policy.
    pub async fn put_role_policy(&self, name: &str, document: &str) {
        let put = self.iam().put_role_policy().role_name(ROLE).policy_name(name).policy_document(document);
        put.send().await.expect("IAM takes the policy");
    }

    pub async fn delete_role_policy(&self, name: &str) {
        let delete = self.iam().delete_role_policy().role_name(ROLE).policy_name(name);
        delete.send().await.expect("IAM deletes the policy");
    }
}

/// What is deployed by default: every caller may have URLs.
#[must_use]
pub fn policies() -> Policies {
    Policies::parse(include_str!("../../infra/settings/policies.cedar")).expect("the policies are good")
}

fn issuer(config: &SdkConfig, settings: &str, policies: Policies) -> App {
    let settings = Settings::from_toml(settings).expect("the settings are good");
    let config_of_issuer = settings::Config { settings, table: TABLE.to_owned() };
    issue_urls::connect(config_of_issuer, policies, config, Arc::new(now))
}

/// An issuer of its own on a stack's AWS services, with other settings than the stack's.
pub struct OtherIssuer(Router);

impl OtherIssuer {
    /// As it is deployed, with the settings in `settings`, on the AWS services of `config`.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: &str) -> Self {
        Self::of(issuer(config, settings, policies()))
    }

    /// One that tries URLs for no longer than this, and waits for signers half as long.
    #[must_use]
    pub fn trying_for(patience: Duration, config: &SdkConfig, settings: &str) -> Self {
        Self::of(issuer(config, settings, policies()).trying_for(patience))
    }

    /// One with policies of its own.
    #[must_use]
    pub fn deciding_by(policies: Policies, config: &SdkConfig, settings: &str) -> Self {
        Self::of(issuer(config, settings, policies))
    }

    pub fn of<C, S>(issuer: Issuer<C, S>) -> Self
    where
        C: UrlCache + Send + Sync + 'static,
        S: SigningSessions + Send + Sync + 'static,
    {
        Self(issue_urls::router(Arc::new(issuer)))
    }

    pub async fn post(&self, caller: Option<&str>, request: &Value) -> (StatusCode, Value) {
        let response = self.send(caller, Request::post("/urls"), request.to_string()).await;
        (response.status(), read_json(response).await)
    }

    pub async fn get(&self, caller: Option<&str>, path: &str) -> Response<Body> {
        self.send(caller, Request::get(path), "").await
    }

    /// What `POST /urls/batch` answers to these requests, each in its place.
    pub async fn batch(&self, caller: &str, requests: &[Value]) -> Vec<Value> {
        let body = json!({"requests": requests}).to_string();
        let response = self.send(Some(caller), Request::post("/urls/batch"), body).await;
        results(&read_json(response).await)
    }

    pub async fn send(&self, caller: Option<&str>, request: Builder, body: impl Into<Body>) -> Response<Body> {
        let mut request = request.body(body.into()).expect("a request");
        if let Some(caller) = caller {
            request.extensions_mut().insert(Caller::new(caller));
        }
        self.0.clone().oneshot(request).await.expect("routers do not fail")
    }
}

/// The machine's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the wiring of an issuer of its own")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// A request to read an object of the demo bucket for 15 minutes.
#[must_use]
pub fn read_of(key: &str) -> Value {
    json!({"operation": "getObject", "bucket": "demo", "key": key, "expiresIn": 900})
}

/// The same request with these fields too.
#[must_use]
pub fn with(mut request: Value, fields: &Value) -> Value {
    if let (Some(request), Some(fields)) = (request.as_object_mut(), fields.as_object()) {
        request.extend(fields.clone());
    }
    request
}

/// A request to write one.
#[must_use]
pub fn write_of(key: &str) -> Value {
    json!({"operation": "putObject", "bucket": "demo", "key": key, "expiresIn": 900})
}

#[must_use]
pub fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap_or_default()
}

/// The value of one of the URL's query parameters, as it stands there.
#[must_use]
pub fn parameter<'a>(answer: &'a Value, name: &str) -> &'a str {
    let pairs = text(answer, "url").split(['?', '&']);
    pairs.filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| value).unwrap_or_default()
}

pub async fn read_text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.expect("a whole body").to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn results(answer: &Value) -> Vec<Value> {
    answer["results"].as_array().cloned().unwrap_or_default()
}

pub async fn read_json(response: Response<Body>) -> Value {
    serde_json::from_str(&read_text(response).await).expect("JSON")
}
