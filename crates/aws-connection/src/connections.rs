use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::Extensions;
use https_connector::{Connector, https_connector};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpInfo, capture_connection};
use hyper_util::rt::TokioExecutor;

use crate::failure::classified;

/// Connections that are kept for the next call, with HTTP/1.1, which all services that are called here take (decision 19).
#[derive(Debug)]
pub struct Connections {
    client: Result<Client<Connector, SdkBody>, rustls::Error>,
    answer_within: Option<Duration>,
}

#[derive(Debug, thiserror::Error)]
#[error("no answer began within {0:?}")]
struct NoAnswer(Duration);

/// How long a connection that nobody uses is good for the next call; hyper's clients have the same.
const IDLE: Duration = Duration::from_secs(90);

impl Connections {
    pub fn new(connect_within: Option<Duration>, answer_within: Option<Duration>) -> Self {
        Self::kept_for(IDLE, connect_within, answer_within)
    }

    /// How old a connection is, is seen at the next call. A timer of the pool would close it sooner, and be there all the time, so that each wait for
    /// an event has the kernel set one too: a microsecond of each event.
    fn kept_for(idle: Duration, connect_within: Option<Duration>, answer_within: Option<Duration>) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(idle);
        Self { client: https_connector(connect_within).map(|connector| builder.build(connector)), answer_within }
    }
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = match &self.client {
            Ok(client) => client,
            Err(error) => return failed(ConnectorError::other(error.clone().into(), None)),
        };
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return failed(ConnectorError::user(error.into())),
        };
        let connection = capture_connection(&mut request);
        if let Some(captured) = request.extensions().get::<CaptureSmithyConnection>() {
            captured.set_connection_retriever(move || metadata_of(&connection));
        }
        let sent = client.request(request);
        let within = self.answer_within;
        HttpConnectorFuture::new(async move {
            let answered = match within {
                Some(time) => tokio::time::timeout(time, sent)
                    .await
                    .map_err(|_| ConnectorError::timeout(NoAnswer(time).into()))?,
                None => sent.await,
            };
            let answer = answered.map_err(classified)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn failed(error: ConnectorError) -> HttpConnectorFuture {
    HttpConnectorFuture::ready(Err(error))
}

/// What the SDK is told of a connection, which it wants no more after some failures.
fn metadata_of(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    let mut extensions = Extensions::new();
    captured.connection_metadata().as_ref()?.get_extras(&mut extensions);
    let addresses = extensions.get::<HttpInfo>();
    let captured = captured.clone();
    let mut metadata = ConnectionMetadata::builder().proxied(false).poison_fn(move || {
        if let Some(connection) = captured.connection_metadata().as_ref() {
            connection.poison();
        }
    });
    metadata.set_local_addr(addresses.map(HttpInfo::local_addr));
    metadata.set_remote_addr(addresses.map(HttpInfo::remote_addr));
    Some(metadata.build())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use aws_smithy_types::retry::ErrorKind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const PATIENCE: Option<Duration> = Some(Duration::from_millis(100));

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    fn request(address: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from("asked"));
        request.set_method("POST").unwrap();
        request.set_uri(address).unwrap();
        request
    }

    /// Reads a request up to its body's end.
    async fn heard(stream: &mut TcpStream) -> String {
        let mut heard = String::new();
        while !heard.ends_with("asked") {
            let mut some = [0; 1024];
            let length = stream.read(&mut some).await.unwrap();
            heard += std::str::from_utf8(&some[..length]).unwrap();
        }
        heard
    }

    #[tokio::test]
    async fn a_connection_is_used_again_until_the_sdk_wants_it_no_more() {
        let (listener, address) = listener().await;
        let answers = tokio::spawn(async move {
            let mut connections = vec![];
            for calls in [2, 1] {
                let (mut stream, client) = listener.accept().await.unwrap();
                connections.push(client);
                for _ in 0..calls {
                    let heard = heard(&mut stream).await;
                    assert!(heard.starts_with("POST /there?a=b HTTP/1.1\r\n"), "{heard}");
                    stream.write_all(b"HTTP/1.1 418 \r\ncontent-length: 8\r\n\r\nanswered").await.unwrap();
                }
            }
            connections
        });
        let connections = Connections::new(PATIENCE, PATIENCE);
        let mut told = vec![];
        for poisoned in [false, true, false] {
            let captured = CaptureSmithyConnection::new();
            let mut request = request(&format!("http://{address}/there?a=b"));
            request.add_extension(captured.clone());
            let answer = connections.call(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), 418);
            let connection = captured.get().unwrap();
            assert_eq!(connection.remote_addr(), Some(address));
            told.push(connection.local_addr().unwrap());
            if poisoned {
                connection.poison();
            }
            let body = answer.into_body();
            assert_eq!(body.content_length(), Some(8));
            drop(body);
        }
        let [first, second, third] = told[..] else { panic!("{told:?}") };
        assert_eq!((first, vec![first, third]), (second, answers.await.unwrap()));
    }

    #[tokio::test]
    async fn a_connection_that_nobody_has_used_for_long_is_not_used_again() {
        for (idle, calls_of_connections) in [(IDLE, vec![2]), (Duration::ZERO, vec![1, 1])] {
            let (listener, address) = listener().await;
            let answers = tokio::spawn(async move {
                let mut open = vec![];
                for calls in calls_of_connections {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    for _ in 0..calls {
                        heard(&mut stream).await;
                        stream.write_all(b"HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n").await.unwrap();
                    }
                    open.push(stream);
                }
                open.len()
            });
            let connections = Connections::kept_for(idle, PATIENCE, PATIENCE);
            for _ in 0..2 {
                connections.call(request(&format!("http://{address}/"))).await.unwrap();
            }
            answers.await.unwrap();
        }
    }

    #[tokio::test]
    async fn who_answers_neither_a_request_nor_tls_is_given_up() {
        let (_listener, address) = listener().await;
        for (scheme, answer_within) in [("http", PATIENCE), ("https", None)] {
            let connections = Connections::new(PATIENCE, answer_within);
            let error = connections.call(request(&format!("{scheme}://{address}/"))).await.unwrap_err();
            assert!(error.is_timeout(), "{error:?}");
        }
    }

    #[tokio::test]
    async fn where_nobody_listens_may_be_tried_again() {
        let (listener, address) = listener().await;
        drop(listener);
        let error = Connections::new(PATIENCE, None).call(request(&format!("http://{address}/"))).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }

    #[tokio::test]
    async fn who_hangs_up_may_be_tried_again() {
        let (listener, address) = listener().await;
        let hung_up = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            heard(&mut stream).await;
        });
        let error = Connections::new(PATIENCE, None).call(request(&format!("http://{address}/"))).await.unwrap_err();
        assert_eq!(error.as_other(), Some(ErrorKind::TransientError), "{error:?}");
        hung_up.await.unwrap();
    }
}
