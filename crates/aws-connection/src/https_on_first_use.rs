use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::connections::Connections;

/// How long a connection may take, and the beginning of an answer.
type Patience = (Option<Duration>, Option<Duration>);

/// One HTTPS client for all SDKs, made when a request needs it: it reads all of the system's root certificates. The roots stay the
/// system's, so that they are as new as the machine. Calls that wait equally long share their connections.
#[derive(Debug, Default)]
pub struct HttpsOnFirstUse {
    connections: Mutex<HashMap<Patience, SharedHttpConnector>>,
}

impl HttpClient for HttpsOnFirstUse {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let (connection, answer) = (settings.connect_timeout(), settings.read_timeout());
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || SharedHttpConnector::new(Connections::new(connection, answer));
        connections.entry((connection, answer)).or_insert_with(made).clone()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}
