//! Many clients of the local stack's API at once.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench::measure::Latency;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What clients see that ask one after the other, so many of them at the same time.
pub struct Clients {
    pub number: usize,
    pub requests: usize,
    /// Of those that were answered with a URL.
    pub latency: Latency,
    pub per_second: f64,
    /// Answers that are no URL, and requests without an answer.
    pub errors: usize,
}

const NUMBERS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const NUMBERS_QUICK: [usize; 2] = [1, 4];
const REQUESTS: usize = 4_096;
const REQUESTS_QUICK: usize = 16;

const BODY: &str = r#"{"operation":"getObject","bucket":"demo","key":"hello.txt","expiresIn":900}"#;

/// Asks the API at `endpoint` for the same URL, over and over.
pub async fn clients(endpoint: &str, quick: bool) -> Result<Vec<Clients>> {
    let authority = endpoint.strip_prefix("http://").context("the local stack speaks HTTP")?;
    let (numbers, requests) = if quick { (&NUMBERS_QUICK[..], REQUESTS_QUICK) } else { (&NUMBERS[..], REQUESTS) };
    let (_, refused) = one(authority.to_owned(), 1).await?;
    ensure!(refused == 0, "the local stack answers with no URL");
    let mut measured = vec![];
    for &number in numbers {
        let began = Instant::now();
        let mut running = JoinSet::new();
        for _ in 0..number {
            running.spawn(one(authority.to_owned(), requests / number));
        }
        let (mut took, mut errors) = (vec![], 0);
        while let Some(ended) = running.join_next().await {
            match ended? {
                Ok((answered, refused)) => {
                    took.extend(answered);
                    errors += refused;
                }
                Err(_) => errors += requests / number,
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "there are some thousand requests")]
        let per_second = took.len() as f64 / began.elapsed().as_secs_f64();
        let requests = requests / number * number;
        measured.push(Clients { number, requests, latency: Latency::of(took), per_second, errors });
    }
    Ok(measured)
}

/// One client on one connection: how long its answers took, and how many were no URL.
async fn one(authority: String, requests: usize) -> Result<(Vec<Duration>, usize)> {
    let connection = TcpStream::connect(&authority).await?;
    connection.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(connection)).await?;
    tokio::spawn(connection);
    let (mut took, mut errors) = (Vec::with_capacity(requests), 0);
    for _ in 0..requests {
        let request = Request::post("/urls")
            .header(header::HOST, &authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from_static(BODY.as_bytes())))?;
        let began = Instant::now();
        let response = sender.send_request(request).await?;
        let status = response.status();
        response.into_body().collect().await?;
        if status == StatusCode::OK { took.push(began.elapsed()) } else { errors += 1 }
    }
    Ok((took, errors))
}
