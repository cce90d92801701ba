use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use invalidate_urls::App;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

/// What CloudTrail, EventBridge and the dead-letter queue do together: brings each event to the invalidator, again and again
/// if need be, and keeps what cannot be handled.
pub struct EventBus {
    invalidator: Arc<App>,
    dead_letters: PathBuf,
    waiting: Mutex<UnboundedReceiver<Value>>,
}

/// Tries for an event before it becomes a dead letter: some 25 seconds in all.
const TRIES: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How long the answer to a policy change waits for its event.
const DELIVERY_WAIT: Duration = Duration::from_secs(1);

impl EventBus {
    pub fn new(invalidator: App, dead_letters: PathBuf, waiting: UnboundedReceiver<Value>) -> Self {
        Self { invalidator: Arc::new(invalidator), dead_letters, waiting: Mutex::new(waiting) }
    }

    /// Delivers what has come since the last time, and waits a moment for it. CloudTrail takes minutes; here a change is
    /// answered when its event has been handled, so that the next command shows what it did.
    pub async fn deliver(&self) {
        let mut waiting = self.waiting.lock().await;
        let mut deliveries = JoinSet::new();
        while let Ok(event) = waiting.try_recv() {
            let (invalidator, dead_letters) = (Arc::clone(&self.invalidator), self.dead_letters.clone());
            deliveries.spawn(async move {
                if !handled(&invalidator, &event).await {
                    keep(&dead_letters, &event).await;
                }
            });
        }
        let all = async { while deliveries.join_next().await.is_some() {} };
        if tokio::time::timeout(DELIVERY_WAIT, all).await.is_err() {
            deliveries.detach_all();
        }
    }
}

async fn handled(invalidator: &App, event: &Value) -> bool {
    let mut pause = FIRST_PAUSE;
    for _ in 0..TRIES {
        match invalidator.handle(event.clone()).await {
            Ok(_) => return true,
            Err(error) if error.kind() == "MalformedEvent" => return false,
            Err(_) => tokio::time::sleep(pause).await,
        }
        pause *= 2;
    }
    false
}

async fn keep(dead_letters: &PathBuf, event: &Value) {
    let line = format!("{event}\n");
    let written = async {
        let mut file = tokio::fs::OpenOptions::new().create(true).append(true).open(dead_letters).await?;
        file.write_all(line.as_bytes()).await?;
        file.flush().await
    };
    match written.await {
        Ok(()) => tracing::error!(file = %dead_letters.display(), "an event could not be handled, and is kept"),
        Err(error) => tracing::error!(%error, "an event could not be handled, nor kept"),
    }
}
