use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use https_connector::{CONNECT, Connector, https_connector};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{WebAddress, WebAddressError};

/// Where an issuer's public keys come from.
pub trait PublishedKeys {
    /// The keys, without those that nothing here could use; one at least.
    ///
    /// # Errors
    /// When they cannot be had.
    fn keys(&self) -> impl Future<Output = Result<Vec<Jwk>, DiscoveryError>> + Send;
}

#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    #[error("{address} does not answer: {because}")]
    Unreachable { address: Uri, because: String },
    #[error("{0} does not answer in {PATIENCE:?}")]
    TooSlow(Uri),
    #[error("{address} answers {status}")]
    Refused { address: Uri, status: StatusCode },
    #[error("{address} answers what is not expected there: {because}")]
    Malformed { address: Uri, because: serde_json::Error },
    #[error("the address of its keys is not good: {0}")]
    Address(#[from] WebAddressError),
    #[error("it calls itself `{0}`, which is not what `PRESIGN_JWT_ISSUER` says to the last character")]
    AnotherIssuer(String),
    #[error("it has published no key that tokens could be checked with")]
    NoKey,
}

/// How long each of the two documents may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Some twenty keys with their certificates have 100 KB.
const LONGEST_DOCUMENT: usize = 512 * 1024;

/// An issuer that says where its keys are.
/// Source: `OpenID` Connect Discovery 1.0, section 4.
#[derive(Debug, Clone)]
pub struct Discovery {
    issuer: String,
    configuration: WebAddress,
    http: Client<Connector, Empty<Bytes>>,
}

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Discovery {
    /// Of the issuer at an address, which may end with a slash. Nothing is connected yet.
    ///
    /// # Errors
    /// When keys may not come from there.
    pub fn of(issuer: &str) -> Result<Self, DiscoveryError> {
        let configuration =
            WebAddress::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
        let issuer = issuer.to_owned();
        Ok(Self {
            issuer,
            configuration,
            http: Client::builder(TokioExecutor::new()).build(https_connector(Some(CONNECT))?),
        })
    }

    async fn document<T: DeserializeOwned>(&self, address: &WebAddress) -> Result<T, DiscoveryError> {
        let address = address.uri();
        let unreachable = |error: &dyn Error| {
            let because = error.source().unwrap_or(error).to_string();
            DiscoveryError::Unreachable { address: address.clone(), because }
        };
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = address.clone();
        let asked = async {
            let response = self.http.request(request).await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), LONGEST_DOCUMENT).collect().await;
            Ok::<_, DiscoveryError>((status, body.map_err(|error| unreachable(&*error))?.to_bytes()))
        };
        let answered = tokio::time::timeout(PATIENCE, asked).await;
        let (status, body) = answered.map_err(|_| DiscoveryError::TooSlow(address.clone()))??;
        if status != StatusCode::OK {
            return Err(DiscoveryError::Refused { address, status });
        }
        serde_json::from_slice(&body).map_err(|because| DiscoveryError::Malformed { address, because })
    }
}

impl PublishedKeys for Discovery {
    async fn keys(&self) -> Result<Vec<Jwk>, DiscoveryError> {
        let configuration: Configuration = self.document(&self.configuration).await?;
        if configuration.issuer != self.issuer {
            return Err(DiscoveryError::AnotherIssuer(configuration.issuer));
        }
        let keys: KeySet = self.document(&self.configuration.next(&configuration.jwks_uri)?).await?;
        // Of a kind that is not known here there may be some: those do not spoil the others.
        let keys: Vec<Jwk> = keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        if keys.is_empty() { Err(DiscoveryError::NoKey) } else { Ok(keys) }
    }
}
