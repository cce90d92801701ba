//! DynamoDB: an embedded database behind its own listener, which requests are passed on to.
//!
//! The database's request handling is only to be had as a server, so it serves on a loopback port that nobody is told.
//! It does not verify signatures.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::body::Body;
use dynoxide::{Database, server};
use http::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The database and the way to it. Dropping it stops the server.
pub struct DynamoDb {
    pub database: Database,
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// Why the database cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    #[error("cannot open the database: {0}")]
    Database(String),
    #[error("cannot listen on the loopback interface")]
    Listen(#[source] std::io::Error),
}

impl DynamoDb {
    /// Opens or creates the database file, and serves it.
    ///
    /// # Errors
    /// When the file cannot be used, or there is no port to serve on.
    pub async fn open(file: &Path) -> Result<Self, DynamoDbError> {
        let path = file.to_str().ok_or_else(|| DynamoDbError::Database("the path is not UTF-8".to_owned()))?;
        let database = Database::new(path).map_err(|error| DynamoDbError::Database(error.to_string()))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(DynamoDbError::Listen)?;
        let address = listener.local_addr().map_err(DynamoDbError::Listen)?;
        let (stop, stopped) = oneshot::channel();
        let served = database.clone();
        tokio::spawn(async move {
            let stopped = async move {
                // An error is the sender's end: that, too, means to stop.
                let _ = stopped.await;
            };
            if let Err(error) = server::serve_with_shutdown(listener, served, stopped).await {
                tracing::error!(error, "the local DynamoDB has stopped");
            }
        });
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { database, client, address, _stop: stop })
    }

    /// Passes a request on.
    pub async fn handle(&self, mut request: Request<Body>) -> Response<Body> {
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        match format!("http://{}{path}", self.address).parse::<Uri>() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return unavailable(),
        }
        *request.version_mut() = http::Version::HTTP_11;
        match self.client.request(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!(%error, "the local DynamoDB does not answer");
                unavailable()
            }
        }
    }
}

fn unavailable() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}
