//! Connections of the functions that are not an AWS SDK's: with the SDKs' TLS, and the machine's root certificates.

use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// What makes connections, with TLS or without. It reads the machine's root certificates; where there are none, only those without
/// TLS come about.
///
/// # Errors
/// When TLS cannot be set up.
pub fn https_connector() -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT));
    let provider = rustls::crypto::ring::default_provider();
    let tls = match HttpsConnectorBuilder::new().with_provider_and_native_roots(provider.clone()) {
        Ok(tls) => tls,
        Err(error) => {
            tracing::warn!(%error, "no root certificates are here, so that nothing can be called with TLS");
            HttpsConnectorBuilder::new().with_tls_config(trusting_nobody(provider)?)
        }
    };
    Ok(tls.https_or_http().enable_http1().wrap_connector(connector))
}

/// TLS that comes to nothing, with whomever.
fn trusting_nobody(provider: CryptoProvider) -> Result<ClientConfig, rustls::Error> {
    let versions = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
