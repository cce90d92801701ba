use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use tower_service::Service;

use crate::BoxError;

/// Connections that have to come about within a time, TLS included.
#[derive(Debug, Clone)]
pub struct InTime<C> {
    connector: C,
    within: Option<Duration>,
}

/// No connection has come about.
#[derive(Debug, thiserror::Error)]
#[error("no connection came about within {0:?}")]
pub struct NotInTime(Duration);

impl<C> InTime<C> {
    pub(crate) fn new(connector: C, within: Option<Duration>) -> Self {
        Self { connector, within }
    }
}

impl<C> Service<Uri> for InTime<C>
where
    C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.connector.call(to);
        let within = self.within;
        Box::pin(async move {
            let connected = match within {
                Some(time) => tokio::time::timeout(time, connecting).await.map_err(|_| NotInTime(time))?,
                None => connecting.await,
            };
            connected.map_err(Into::into)
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
