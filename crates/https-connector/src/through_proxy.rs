use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::BoxError;

/// Connections through the proxy that the environment names for what is called with TLS (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
/// It is asked to pass on what it cannot read. What is called without TLS is on this machine, and is called directly.
#[derive(Debug, Clone)]
pub struct ThroughProxy {
    tcp: HttpConnector,
    proxies: Arc<Matcher>,
}

#[derive(Debug, thiserror::Error)]
#[error("the proxy of the environment has to begin with http://: it is asked without TLS, and passes on what has TLS")]
struct ProxyWithTls;

impl ThroughProxy {
    pub(crate) fn of_environment(tcp: HttpConnector) -> Self {
        Self { tcp, proxies: Arc::new(Matcher::from_env()) }
    }
}

impl Service<Uri> for ThroughProxy {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let with_tls = to.scheme() == Some(&Scheme::HTTPS);
        let Some(proxy) = with_tls.then(|| self.proxies.intercept(&to)).flatten() else {
            let connecting = self.tcp.call(to);
            return Box::pin(async move { Ok(connecting.await?) });
        };
        if proxy.uri().scheme() == Some(&Scheme::HTTPS) {
            return Box::pin(async { Err(ProxyWithTls.into()) });
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(to);
        Box::pin(async move { Ok(connecting.await?) })
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::client::proxy::matcher::Builder;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn through(proxies: Builder) -> ThroughProxy {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        ThroughProxy { tcp, proxies: Arc::new(proxies.build()) }
    }

    /// What the next one that connects says first, who is let through then.
    async fn asked(listener: &TcpListener) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 1024];
        let length = stream.read(&mut heard).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&heard[..length]).into_owned()
    }

    #[tokio::test]
    async fn a_proxy_is_asked_to_pass_on_what_has_tls() {
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = proxy.local_addr().unwrap();
        let mut connector = through(Matcher::builder().https(format!("http://user:password@{address}")));
        let connected = connector.call("https://sts.us-east-1.amazonaws.com/".parse().unwrap());
        let (heard, connected) = tokio::join!(asked(&proxy), connected);
        assert!(heard.starts_with("CONNECT sts.us-east-1.amazonaws.com:443 HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("Basic dXNlcjpwYXNzd29yZA=="), "{heard}");
        connected.unwrap();
    }

    #[tokio::test]
    async fn what_has_no_tls_or_is_exempt_is_called_directly() {
        let there = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = there.local_addr().unwrap().port();
        // Nobody listens at a port that was not asked for.
        let nobody = Matcher::builder().all("http://127.0.0.1:1").no("localhost");
        let mut connector = through(nobody);
        for address in [format!("http://127.0.0.1:{port}/"), format!("https://localhost:{port}/")] {
            let (accepted, connected) = tokio::join!(there.accept(), connector.call(address.parse().unwrap()));
            accepted.unwrap();
            connected.unwrap();
        }
        let proxied = connector.call(format!("https://127.0.0.1:{port}/").parse().unwrap()).await;
        assert!(proxied.is_err());
    }

    #[tokio::test]
    async fn a_proxy_with_tls_is_refused() {
        let mut connector = through(Matcher::builder().https("https://127.0.0.1:1"));
        let error = connector.call("https://sts.us-east-1.amazonaws.com/".parse().unwrap()).await.unwrap_err();
        assert!(error.is::<ProxyWithTls>(), "{error}");
    }
}
