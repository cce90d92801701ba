//! AWS that goes away in the middle of load, so that connections are refused, and comes back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use end_to_end::{Bench, Load, OtherIssuer, read_of};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The way to a stack, which can be taken away: then nobody listens, and open connections end.
struct Way {
    address: SocketAddr,
    stack: String,
    open: Option<JoinHandle<()>>,
}

impl Way {
    async fn to(bench: &Bench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stack = bench.stack.endpoint().replace("http://", "");
        let open = Some(tokio::spawn(carry(listener, stack.clone())));
        Self { address, stack, open }
    }

    async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            let _ = open.await;
        }
        assert!(TcpStream::connect(self.address).await.is_err(), "nobody listens");
    }

    async fn reopen(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.open = Some(tokio::spawn(carry(listener, self.stack.clone())));
    }
}

async fn carry(listener: TcpListener, stack: String) {
    let mut connections = JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let stack = stack.clone();
        connections.spawn(async move {
            let mut server = TcpStream::connect(stack).await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_and_sts_may_be_gone_in_the_middle_of_load() {
    let bench = Bench::start(&[]).await;
    let mut way = Way::to(&bench).await;
    let aws = bench.stack.sdk_config().into_builder().endpoint_url(format!("http://{}", way.address)).build();
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = Arc::new(OtherIssuer::new(&aws, &settings));
    let (_, first) = issuer.post(Some("me"), &read_of("warm")).await;
    assert_eq!(first["cache"], "miss");

    let uses = Arc::new(Mutex::new(vec![]));
    let mut load = Load::default();
    for worker in 0..4 {
        let (issuer, requests, uses) = (issuer.clone(), load.requests(), uses.clone());
        load.spawn(async move {
            loop {
                let n = requests.another();
                let (status, answer) = issuer.post(Some("me"), &read_of(&format!("{worker}-{}", n % 20))).await;
                assert_eq!(status, StatusCode::OK, "{}", answer["detail"]);
                uses.lock().unwrap().push(answer["cache"].clone());
            }
        });
    }
    load.goes_on_for(100).await;
    way.close().await;
    load.goes_on_for(200).await;
    way.reopen().await;
    load.goes_on_for(100).await;
    drop(load);
    let uses = uses.lock().unwrap().clone();
    assert!(uses.iter().any(|cache| cache == "bypass"), "it was gone");
    assert!(uses.iter().any(|cache| cache == "hit"), "it was there");
    let (_, back) = issuer.post(Some("me"), &read_of("warm")).await;
    assert_eq!((&back["cache"], &back["url"]), (&"hit".into(), &first["url"]), "it is there again");
}
