use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::BoxError;
use crate::through_proxy::ThroughProxy;

/// What makes connections, each of which has to come about within a time, TLS included.
#[derive(Debug, Clone)]
pub struct Connector {
    https: HttpsConnector<ThroughProxy>,
    within: Option<Duration>,
}

/// No connection has come about.
#[derive(Debug, thiserror::Error)]
#[error("no connection came about within {0:?}")]
pub struct NotInTime(Duration);

impl Connector {
    pub(crate) fn new(https: HttpsConnector<ThroughProxy>, within: Option<Duration>) -> Self {
        Self { https, within }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.https.call(to);
        let within = self.within;
        Box::pin(async move {
            match within {
                Some(time) => tokio::time::timeout(time, connecting).await.map_err(|_| NotInTime(time))?,
                None => connecting.await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::https_connector;

    #[tokio::test]
    async fn whoever_does_not_answer_tls_is_given_up() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}/", silent.local_addr().unwrap()).parse().unwrap();
        let mut connector = https_connector(Some(Duration::from_millis(50))).unwrap();
        let error = connector.call(address).await.err().unwrap();
        assert_eq!(error.to_string(), "no connection came about within 50ms");
        assert!(error.is::<NotInTime>());
    }
}
