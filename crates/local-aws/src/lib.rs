//! The AWS services of the local stack, in one process: S3, DynamoDB, STS, IAM, EventBridge and Secrets Manager.
//!
//! Signatures, sessions and policies are real: what AWS would refuse is refused here, in AWS's words. Encryption and TLS are
//! not, and DynamoDB checks no signature.

mod clock;
mod crypto;
mod dynamodb;
mod events;
mod faults;
mod iam;
mod identity;
mod json_protocol;
mod query;
mod s3;
mod secrets;
mod seed;
mod service;
mod sigv4;
mod sts;
mod xml;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use dynamodb::{DynamoDb, DynamoDbError};
pub use dynoxide::Database;
pub use faults::{Fault, Faults};
use http::header::DATE;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use identity::{Administrator, Caller, Directory};
use json_protocol::JsonError;
use query::{Parameters, QueryError};
use s3::{S3, StoreError};
use secrets::Secrets;
pub use seed::SeedError;
use serde_json::Value;
pub use service::{AwsService, service_of};
use sts::web_identity;
pub use sts::web_identity::{TokenVerifier, WebIdentity};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

/// More than any call to STS, IAM or EventBridge may have.
const LARGEST_CALL: usize = 1 << 20;

/// Goes with the answer to a call that has put an event on the bus.
#[derive(Debug, Clone, Copy)]
pub struct EventSent;

/// How to run the services.
#[derive(Clone)]
pub struct Settings {
    /// Where everything is kept; created if it is not there.
    pub data: PathBuf,
    pub account_id: String,
    pub region: String,
    /// The long-term key of the local administrator, who may do everything.
    pub access_key_id: String,
    pub secret_access_key: String,
    /// The time, for sessions and policies.
    pub now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    /// Tells whose a web identity's token is, where there is an issuer of them.
    pub web_identity: Option<TokenVerifier>,
    /// The event bus: IAM's changes as CloudTrail tells them, and what `PutEvents` brings.
    pub events: UnboundedSender<Value>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("data", &self.data)
            .field("account_id", &self.account_id)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Why the services cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot create `{path}`")]
    Data { path: PathBuf, source: std::io::Error },
    #[error("cannot open IAM")]
    Iam(#[from] iam::store::StoreError),
    #[error("cannot open S3")]
    S3(#[from] StoreError),
    #[error("cannot open DynamoDB")]
    DynamoDb(#[from] DynamoDbError),
}

/// The services. Clones are handles to the same ones.
#[derive(Clone)]
pub struct LocalAws {
    directory: Directory,
    region: Arc<str>,
    s3: S3,
    dynamodb: Arc<DynamoDb>,
    faults: Faults,
    events: UnboundedSender<Value>,
    secrets: Secrets,
    web_identity: Option<TokenVerifier>,
}

impl LocalAws {
    /// Opens the services, with whatever a former run left in the data directory.
    ///
    /// # Errors
    /// When the data directory cannot be used, or what is in it cannot be read.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let Settings { data, account_id, region, access_key_id, secret_access_key, now, web_identity, events } =
            settings;
        std::fs::create_dir_all(&data).map_err(|source| OpenError::Data { path: data.clone(), source })?;
        let directory = Directory {
            account_id: account_id.into(),
            user_keys: Arc::default(),
            administrator: Arc::new(Administrator { access_key_id, secret_access_key }),
            roles: Arc::new(iam::store::RoleStore::open(data.join("iam.json"))?),
            clock: clock::Clock(now),
        };
        let faults = Faults::default();
        let s3 = S3::open(&data.join("s3"), &region, directory.clone(), faults.clone()).await?;
        let dynamodb = Arc::new(DynamoDb::open(&data.join("dynamodb.sqlite")).await?);
        Ok(Self {
            directory,
            region: region.into(),
            s3,
            dynamodb,
            faults,
            events,
            secrets: Secrets::default(),
            web_identity,
        })
    }

    /// Answers a request for whichever service its signature names. One that names none goes to S3, which refuses it, or
    /// takes it if it is a signed form.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let service = service_of(&parts).unwrap_or(AwsService::S3);
        let mut response = self.answer(service, parts, body).await;
        // The SDKs correct their clocks by it.
        if let Some(date) = clock::http_date(self.directory.clock.now()) {
            response.headers_mut().insert(DATE, date);
        }
        match self.faults.of(service) {
            Fault::Garble => faults::garbled(response).await,
            _ => response,
        }
    }

    /// Checks that the administrator has signed a request with this body, for whichever service: as API Gateway does for a method
    /// that asks for IAM.
    ///
    /// # Errors
    /// In AWS's words, when somebody else has, or nobody.
    pub fn check_administrators(&self, parts: &Parts, body: &[u8]) -> Result<(), String> {
        match sigv4::verify(parts, body, &self.directory) {
            Ok(Caller::Administrator { .. }) => Ok(()),
            Ok(caller) => {
                let arn = caller.arn(&self.directory.account_id);
                Err(format!("User: {arn} is not authorized to perform: execute-api:Invoke"))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    async fn answer(&self, service: AwsService, parts: Parts, body: Body) -> Response<Body> {
        match service {
            AwsService::S3 => match self.faults.strike(service).await {
                Some(failure) => failure,
                None => self.s3.handle(Request::from_parts(parts, body)).await,
            },
            AwsService::DynamoDb => {
                self.faults.count(service, json_protocol::action(&parts.headers));
                match self.faults.strike(service).await {
                    Some(failure) => failure,
                    None => self.dynamodb.handle(Request::from_parts(parts, body)).await,
                }
            }
            AwsService::Sts | AwsService::Iam => self.answer_query(service, &parts, body).await,
            AwsService::EventBridge => {
                let call = |action: &str, body: &[u8], caller: &Caller| {
                    let mut response = events::call(action, body, caller, &self.directory, &self.region, &self.events)?;
                    response.extensions_mut().insert(EventSent);
                    Ok(response)
                };
                self.answer_json(service, &parts, body, call).await
            }
            AwsService::SecretsManager => {
                let call = |action: &str, body: &[u8], caller: &Caller| {
                    self.secrets.call(action, body, caller, &self.directory, &self.region)
                };
                self.answer_json(service, &parts, body, call).await
            }
        }
    }

    /// The database itself, for making tables without a client.
    #[must_use]
    pub fn dynamodb(&self) -> &Database {
        &self.dynamodb.database
    }

    /// The faults set on purpose, and the counts of calls.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    async fn answer_query(&self, service: AwsService, parts: &Parts, body: Body) -> Response<Body> {
        let request_id = Uuid::new_v4().to_string();
        let namespace = if service == AwsService::Sts { sts::NAMESPACE } else { iam::NAMESPACE };
        let called = self.call_query(service, parts, body, &request_id).await;
        called.unwrap_or_else(|error| error.into_response(namespace, &request_id))
    }

    async fn call_query(
        &self,
        service: AwsService,
        parts: &Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Response<Body>, QueryError> {
        let too_large =
            |_| QueryError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "the call is too large");
        let body = Limited::new(body, LARGEST_CALL).collect().await.map_err(too_large)?.to_bytes();
        let parameters = Parameters::read(parts, &body)?;
        let action = parameters.get("Action").unwrap_or_default();
        self.faults.count(service, action);
        if let Some(failure) = self.faults.strike(service).await {
            return Ok(failure);
        }
        if service == AwsService::Sts && action == web_identity::ACTION {
            let verifier = self.web_identity.as_ref();
            return web_identity::assume_role_with_web_identity(&parameters, verifier, &self.directory, request_id);
        }
        let caller = sigv4::verify(parts, &body, &self.directory)?;
        if action.is_empty() {
            let message = "the request must contain the parameter `Action`";
            return Err(QueryError::new(StatusCode::BAD_REQUEST, "MissingAction", message));
        }
        if service == AwsService::Sts {
            return sts::call(action, &parameters, &caller, &self.directory, request_id);
        }
        let answered = iam::call(action, &parameters, &caller, &self.directory, request_id);
        if !iam::changes(action) {
            return answered;
        }
        let outcome = answered.as_ref().map(|_| ());
        let event = iam::record(action, &parameters, &caller, &parts.headers, outcome, &self.directory, request_id);
        self.publish(event);
        // Of a call that failed there is an event too.
        let mut response = answered.unwrap_or_else(|error| error.into_response(iam::NAMESPACE, request_id));
        response.extensions_mut().insert(EventSent);
        Ok(response)
    }

    /// Answers a request of the JSON protocol: `call` does what it asks for, once its caller is known.
    async fn answer_json(
        &self,
        service: AwsService,
        parts: &Parts,
        body: Body,
        call: impl FnOnce(&str, &[u8], &Caller) -> Result<Response<Body>, JsonError>,
    ) -> Response<Body> {
        let action = json_protocol::action(&parts.headers);
        self.faults.count(service, action);
        if let Some(failure) = self.faults.strike(service).await {
            return failure;
        }
        let called = async {
            let too_large = |_| JsonError::new("RequestEntityTooLargeException", "the call is too large");
            let body = Limited::new(body, LARGEST_CALL).collect().await.map_err(too_large)?.to_bytes();
            let caller = sigv4::verify(parts, &body, &self.directory)?;
            call(action, &body, &caller)
        };
        called.await.unwrap_or_else(JsonError::into_response)
    }

    /// Puts a whole event on the bus, as any AWS service could.
    pub fn publish(&self, event: Value) {
        if self.events.send(event).is_err() {
            tracing::warn!("nobody listens to the local event bus");
        }
    }
}
