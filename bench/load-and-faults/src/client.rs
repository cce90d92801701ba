use anyhow::{Context, Result};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local_stack::LocalStack;
use serde_json::Value;

/// A caller of the service, and whoever uses the URLs.
#[derive(Clone)]
pub struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Body>,
    endpoint: String,
}

impl Client {
    pub fn of(stack: &LocalStack) -> Self {
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { http, endpoint: stack.endpoint() }
    }

    /// The service's answer, with its headers.
    pub async fn ask(&self, path: &str, body: &Value) -> Result<(StatusCode, HeaderMap, Value)> {
        let request = Request::post(format!("{}{path}", self.endpoint)).body(Body::from(body.to_string()))?;
        let (parts, body) = self.http.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok((parts.status, parts.headers, serde_json::from_slice(&body)?))
    }

    /// What S3 says to whoever uses an answer's URL as it is to be used.
    pub async fn follow(&self, answer: &Value, body: &'static str) -> Result<StatusCode> {
        let text = |field| answer.get(field).and_then(Value::as_str).context("an answer has URL and method");
        let mut request = Request::builder().method(text("method")?.parse::<Method>()?).uri(text("url")?);
        for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        let response = self.http.request(request.body(Body::from(body))?).await?;
        let status = response.status();
        response.into_body().collect().await?;
        Ok(status)
    }
}
