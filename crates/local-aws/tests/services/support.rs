//! One stack per test, in a directory of its own, on a port of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_http_client::Builder;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::any;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_aws::{LocalAws, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

pub const ACCOUNT: &str = "123456789012";
pub const SIGNER: &str = "arn:aws:iam::123456789012:role/signer";

pub struct Stack {
    pub aws: LocalAws,
    pub events: UnboundedReceiver<Value>,
    pub address: SocketAddr,
    pub data: Arc<TempDir>,
    /// By how many seconds the services' clock is ahead of the machine's.
    ahead: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests run against the SDK, which reads the clock too")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

async fn open(data: &Path, ahead: &Arc<AtomicU64>) -> (LocalAws, UnboundedReceiver<Value>) {
    let ahead = Arc::clone(ahead);
    let (events, bus) = tokio::sync::mpsc::unbounded_channel();
    let settings = Settings {
        data: data.to_owned(),
        account_id: ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        access_key_id: "AKIALOCALADMINISTRAT".to_owned(),
        secret_access_key: "local-secret".to_owned(),
        now: Arc::new(move || now() + Duration::from_secs(ahead.load(SeqCst))),
        web_identity: None,
        events,
    };
    (LocalAws::open(settings).await.unwrap(), bus)
}

impl Stack {
    /// Lets time pass.
    pub fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, SeqCst);
    }

    pub async fn start() -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap())).await
    }

    pub async fn start_in(data: Arc<TempDir>) -> Self {
        let ahead = Arc::default();
        let (aws, events) = open(data.path(), &ahead).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .fallback(any(|State(aws): State<LocalAws>, request| async move { aws.handle(request).await }))
            .with_state(aws.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { aws, events, address, data, ahead, serving }
    }

    /// A stack with a bucket `docs` and a role `signer` that may read and write in it.
    pub async fn with_signer() -> Self {
        let stack = Self::start().await;
        stack.aws.create_bucket("docs").await.unwrap();
        stack.aws.create_role("signer", &trust(), &[("access", &access())]).unwrap();
        stack
    }

    pub async fn restart(self) -> Self {
        let data = Arc::clone(&self.data);
        drop(self);
        Self::start_in(data).await
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn s3(&self, credentials: Credentials) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::v2026_01_12())
            .http_client(Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
            .credentials_provider(credentials)
            .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
            .force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// The same without the checksums that the SDK adds by itself.
    pub fn s3_as_told(&self, credentials: Credentials) -> aws_sdk_s3::Client {
        let config = self.s3(credentials).config().to_builder();
        let needed = aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired;
        aws_sdk_s3::Client::from_conf(config.request_checksum_calculation(needed).build())
    }

    pub fn sts(&self, credentials: Credentials) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::v2026_01_12())
            .http_client(Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .region(aws_sdk_sts::config::Region::from_static("us-east-1"))
            .retry_config(aws_sdk_sts::config::retry::RetryConfig::disabled())
            .credentials_provider(credentials);
        aws_sdk_sts::Client::from_conf(config.build())
    }

    pub fn iam(&self, credentials: Credentials) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(aws_sdk_iam::config::BehaviorVersion::v2026_01_12())
            .http_client(Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .region(aws_sdk_iam::config::Region::from_static("us-east-1"))
            .retry_config(aws_sdk_iam::config::retry::RetryConfig::disabled())
            .credentials_provider(credentials);
        aws_sdk_iam::Client::from_conf(config.build())
    }

    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::v2026_01_12())
            .http_client(Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .region(aws_sdk_dynamodb::config::Region::from_static("us-east-1"))
            .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
            .credentials_provider(administrator());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A session of the role `signer`.
    pub async fn session(&self, seconds: i32) -> Credentials {
        let assumed = self
            .sts(administrator())
            .assume_role()
            .role_arn(SIGNER)
            .role_session_name("test")
            .duration_seconds(seconds)
            .send()
            .await
            .unwrap();
        keys(assumed.credentials().unwrap())
    }

    pub async fn put_policy(&self, name: &str, document: &Value) {
        let iam = self.iam(administrator());
        let put = iam.put_role_policy().role_name("signer").policy_name(name);
        put.policy_document(document.to_string()).send().await.unwrap();
    }

    /// Puts an object as the administrator, and presigns a GET of it.
    pub async fn presigned_get(&self, credentials: Credentials, key: &str) -> String {
        self.aws.put_object("docs", key, "hello").await.unwrap();
        let lifetime = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
        let get = self.s3(credentials).get_object().bucket("docs").key(key);
        get.presigned(lifetime).await.unwrap().uri().to_owned()
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The `Code` of an S3 error document.
    pub fn code(&self) -> &str {
        self.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code)
    }
}

pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = client.request(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

pub async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    send(Method::GET, url, headers, Body::empty()).await
}

pub fn administrator() -> Credentials {
    Credentials::from_keys("AKIALOCALADMINISTRAT", "local-secret", None)
}

pub fn keys(credentials: &aws_sdk_sts::types::Credentials) -> Credentials {
    Credentials::from_keys(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
    )
}

pub fn trust() -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "sts:AssumeRole"},
    ]})
    .to_string()
}

pub fn access() -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], "Resource": "arn:aws:s3:::docs/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::docs"},
    ]})
    .to_string()
}
