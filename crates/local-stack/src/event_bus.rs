use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use invalidate_urls::App;
use presign::names::AccountId;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

/// What CloudTrail, EventBridge and the dead-letter queue do together: brings each event to the invalidator, again and again
/// if need be, and keeps what cannot be handled.
pub struct EventBus {
    invalidator: Arc<App>,
    /// The account that the stack plays.
    home: Option<AccountId>,
    dead_letters: PathBuf,
    waiting: Mutex<UnboundedReceiver<Value>>,
    under_way: Mutex<JoinSet<()>>,
}

/// Tries for an event before it becomes a dead letter: some 25 seconds in all.
const TRIES: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How long the answer to a policy change waits for its event.
const DELIVERY_WAIT: Duration = Duration::from_secs(1);

impl EventBus {
    /// Events of the account `home`, where the invalidator can look principals up.
    pub fn new(
        invalidator: App,
        home: Option<AccountId>,
        dead_letters: PathBuf,
        waiting: UnboundedReceiver<Value>,
    ) -> Self {
        let (invalidator, waiting) = (Arc::new(invalidator), Mutex::new(waiting));
        Self { invalidator, home, dead_letters, waiting, under_way: Mutex::default() }
    }

    /// Delivers what has come since the last time, and waits a moment for it. CloudTrail takes minutes; here a change is
    /// answered when its event has been handled, so that the next command shows what it did.
    pub async fn deliver(&self) {
        let mut waiting = self.waiting.lock().await;
        let mut under_way = self.under_way.lock().await;
        while let Ok(event) = waiting.try_recv() {
            self.dispatch(&mut under_way, event);
        }
        let all = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(DELIVERY_WAIT, all).await.is_err() {
            tracing::warn!("an event takes long to be handled; it goes on being delivered");
        }
    }

    /// Delivers anew what an earlier run could not.
    ///
    /// # Errors
    /// When the dead letters cannot be read.
    pub async fn redrive(&self) -> io::Result<()> {
        let letters = match fs::read_to_string(&self.dead_letters) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            letters => letters?,
        };
        fs::remove_file(&self.dead_letters)?;
        let mut under_way = self.under_way.lock().await;
        for letter in letters.lines() {
            let event = serde_json::from_str(letter).unwrap_or_else(|_| Value::String(letter.to_owned()));
            self.dispatch(&mut under_way, event);
        }
        Ok(())
    }

    /// Stops delivering; what is still under way becomes a dead letter.
    pub async fn stop(&self) {
        self.under_way.lock().await.shutdown().await;
    }

    fn dispatch(&self, under_way: &mut JoinSet<()>, event: Value) {
        let letter = Letter { event, dead_letters: self.dead_letters.clone(), delivered: false };
        under_way.spawn(deliver(Arc::clone(&self.invalidator), self.home.clone(), letter));
    }
}

/// An event on its way, which is kept as a dead letter unless it arrives.
struct Letter {
    event: Value,
    dead_letters: PathBuf,
    delivered: bool,
}

impl Drop for Letter {
    fn drop(&mut self) {
        if self.delivered {
            return;
        }
        let file = self.dead_letters.display();
        match keep(&self.dead_letters, &self.event) {
            Ok(()) => tracing::error!(%file, "an event was not handled, and is kept"),
            Err(error) => tracing::error!(%file, %error, "an event was neither handled nor kept"),
        }
    }
}

async fn deliver(invalidator: Arc<App>, home: Option<AccountId>, mut letter: Letter) {
    let mut pause = FIRST_PAUSE;
    for _ in 0..TRIES {
        match invalidator.handle(letter.event.clone(), home.as_ref()).await {
            Ok(_) => {
                letter.delivered = true;
                return;
            }
            Err(error) if error.kind() == "MalformedEvent" => return,
            Err(_) => tokio::time::sleep(pause).await,
        }
        pause *= 2;
    }
}

fn keep(dead_letters: &Path, event: &Value) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(dead_letters)?;
    file.write_all(format!("{event}\n").as_bytes())
}
