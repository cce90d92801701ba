use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinHandle;

/// Lambda's runtime API, as far as a runtime needs it to handle events.
/// Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
pub struct RuntimeApi {
    pub address: SocketAddr,
    events: mpsc::UnboundedSender<Bytes>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    begun: Arc<Notify>,
    server: JoinHandle<()>,
}

/// What the function has made of an event.
enum Outcome {
    Response(Bytes),
    Error(Bytes),
}

struct Api {
    waiting: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    begun: Arc<Notify>,
    outcomes: mpsc::UnboundedSender<Outcome>,
}

/// Far away: nothing here is to run out of time.
const DEADLINE: &str = "32503680000000";

impl RuntimeApi {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::unbounded_channel();
        let (sender, outcomes) = mpsc::unbounded_channel();
        let begun = Arc::new(Notify::new());
        let api = Arc::new(Api { waiting: Mutex::new(waiting), begun: Arc::clone(&begun), outcomes: sender });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(error))
            .with_state(api);
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address, events, outcomes, begun, server })
    }

    /// Waits until the function asks for its first event.
    pub async fn first_next(&self) {
        self.begun.notified().await;
    }

    /// Hands the function the same event so many times, one after the other, and gives back what it has made of the last.
    pub async fn invoke(&mut self, event: &Bytes, times: u32) -> Result<Bytes> {
        for _ in 0..times {
            self.events.send(event.clone())?;
        }
        let mut last = Bytes::new();
        for _ in 0..times {
            match self.outcomes.recv().await.context("the runtime API has ended")? {
                Outcome::Response(response) => last = response,
                Outcome::Error(error) => bail!("the function fails: {}", String::from_utf8_lossy(&error)),
            }
        }
        Ok(last)
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(api): State<Arc<Api>>) -> impl IntoResponse {
    api.begun.notify_one();
    let event = api.waiting.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", DEADLINE),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench"),
        ("content-type", "application/json"),
    ];
    Ok::<_, StatusCode>((headers, event))
}

async fn response(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let _ = api.outcomes.send(Outcome::Response(body));
    StatusCode::ACCEPTED
}

async fn error(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let _ = api.outcomes.send(Outcome::Error(body));
    StatusCode::ACCEPTED
}
