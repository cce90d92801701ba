//! AWS that goes away in the middle of load, so that connections are refused, and comes back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use axum::http::StatusCode;
use end_to_end::{Bench, OtherIssuer, read_of};
use serde_json::Value;
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
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (_, first) = issuer.post(Some("me"), &read_of("warm")).await;
    assert_eq!(first["cache"], "miss");

    let workers: Vec<JoinHandle<Vec<Value>>> = (0..4)
        .map(|worker| {
            let (issuer, stop, served) = (issuer.clone(), stop.clone(), served.clone());
            tokio::spawn(async move {
                let mut uses = vec![];
                while !stop.load(SeqCst) {
                    let n = served.fetch_add(1, SeqCst);
                    let (status, answer) = issuer.post(Some("me"), &read_of(&format!("{worker}-{}", n % 20))).await;
                    assert_eq!(status, StatusCode::OK, "{}", answer["detail"]);
                    uses.push(answer["cache"].clone());
                }
                uses
            })
        })
        .collect();
    let load = async |requests| {
        let until = served.load(SeqCst) + requests;
        while served.load(SeqCst) < until {
            assert!(!workers.iter().any(JoinHandle::is_finished), "a request was lost");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    load(100).await;
    way.close().await;
    load(200).await;
    way.reopen().await;
    load(100).await;
    stop.store(true, SeqCst);
    let mut uses = vec![];
    for worker in workers {
        uses.extend(worker.await.unwrap());
    }
    assert!(uses.iter().any(|cache| cache == "bypass"), "it was gone");
    assert!(uses.iter().any(|cache| cache == "hit"), "it was there");
    let (_, back) = issuer.post(Some("me"), &read_of("warm")).await;
    assert_eq!((&back["cache"], &back["url"]), (&"hit".into(), &first["url"]), "it is there again");
}
