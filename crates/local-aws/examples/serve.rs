//! Serves the local AWS on a port of the loopback interface: `cargo run -p local-aws --example serve -- 9000 data`.

use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::State;
use axum::routing::any;
use axum::serve::ListenerExt;
use local_aws::{LocalAws, Settings};
use tokio::net::TcpListener;

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().unwrap_or_else(|| "9000".to_owned()).parse()?;
    let (events, mut bus) = tokio::sync::mpsc::unbounded_channel();
    let aws = LocalAws::open(Settings {
        data: arguments.next().unwrap_or_else(|| "data".to_owned()).into(),
        account_id: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        access_key_id: "AKIALOCALADMINISTRAT".to_owned(),
        secret_access_key: "local-secret".to_owned(),
        now: std::time::SystemTime::now,
        events,
    })
    .await?;
    tokio::spawn(async move { while bus.recv().await.is_some() {} });
    let router = Router::new()
        .fallback(any(|State(aws): State<LocalAws>, request| async move { aws.handle(request).await }))
        .with_state(aws);
    // An answer goes out in several writes; without this each would wait for the last one's acknowledgement.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
