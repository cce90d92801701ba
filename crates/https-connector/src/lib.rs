//! Connections of the functions, with TLS or without: in time, through a proxy where there is one, and trusting the machine's root
//! certificates.

mod connector;
mod roots;
mod through_proxy;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;

pub use connector::{Connector, NotInTime};
use through_proxy::ThroughProxy;

type BoxError = Box<dyn Error + Send + Sync>;

/// How long a connection may take to come about where nobody says otherwise.
pub const CONNECT: Duration = Duration::from_secs(3);

/// What makes connections, each of which comes about within a time, with TLS and all. The first of all reads the machine's root
/// certificates; where there are none, only connections without TLS come about.
///
/// # Errors
/// When TLS cannot be set up.
pub fn https_connector(within: Option<Duration>) -> Result<Connector, rustls::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots::of_the_machine())
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(ThroughProxy::of_environment(tcp));
    Ok(Connector::new(connector, within))
}
