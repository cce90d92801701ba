use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

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
    address: SocketAddr,
    events: mpsc::UnboundedSender<Event>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    begun: Arc<Notify>,
    server: JoinHandle<()>,
}

#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// With the document that the function has told Lambda.
    #[error("the function fails: {0}")]
    Failed(String),
    #[error("the runtime API has ended")]
    Ended,
}

/// What a function is started with.
struct Event {
    payload: Bytes,
    /// X-Ray's header.
    trace: String,
}

/// What the function has made of an event.
type Outcome = Result<Bytes, InvocationError>;

struct Api {
    waiting: Mutex<mpsc::UnboundedReceiver<Event>>,
    begun: Arc<Notify>,
    outcomes: mpsc::UnboundedSender<Outcome>,
}

/// Far away: nothing here is to run out of time.
const DEADLINE: &str = "32503680000000";

/// X-Ray's header of such a trace.
const NOT_SAMPLED: &str = "Root=1-67406000-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0";

impl RuntimeApi {
    /// On a free port.
    ///
    /// # Errors
    /// When the machine gives no socket.
    pub async fn start() -> io::Result<Self> {
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

    /// What the function finds in `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the function asks for its first event.
    pub async fn first_next(&self) {
        self.begun.notified().await;
    }

    /// Hands the function these events, one after the other and each of a trace that is not sampled, as most are; gives back what it has
    /// made of the last.
    ///
    /// # Errors
    /// When the function fails at one.
    pub async fn invoke_each(&mut self, payloads: Vec<Bytes>) -> Result<Bytes, InvocationError> {
        let times = payloads.len();
        for payload in payloads {
            self.send(Event { payload, trace: NOT_SAMPLED.to_owned() })?;
        }
        let mut last = Bytes::new();
        for _ in 0..times {
            last = self.outcome().await?;
        }
        Ok(last)
    }

    /// Hands the function an event of the trace that X-Ray's header names.
    ///
    /// # Errors
    /// When the function fails at it.
    pub async fn invoke_in_trace(&mut self, payload: &Bytes, header: &str) -> Result<Bytes, InvocationError> {
        self.send(Event { payload: payload.clone(), trace: header.to_owned() })?;
        self.outcome().await
    }

    fn send(&self, event: Event) -> Result<(), InvocationError> {
        self.events.send(event).map_err(|_| InvocationError::Ended)
    }

    async fn outcome(&mut self) -> Outcome {
        self.outcomes.recv().await.ok_or(InvocationError::Ended)?
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
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:local"),
        ("content-type", "application/json"),
    ];
    let trace = [("lambda-runtime-trace-id", event.trace)];
    Ok::<_, StatusCode>((headers, trace, event.payload))
}

async fn response(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let _ = api.outcomes.send(Ok(body));
    StatusCode::ACCEPTED
}

async fn error(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let failed = InvocationError::Failed(String::from_utf8_lossy(&body).into_owned());
    let _ = api.outcomes.send(Err(failed));
    StatusCode::ACCEPTED
}
