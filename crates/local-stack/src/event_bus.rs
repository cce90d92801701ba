use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use invalidate_urls::{Answer, App};
use presign::names::AccountId;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Mutex, oneshot, watch};
use tokio::task::JoinSet;

/// What CloudTrail, EventBridge, SQS and the dead-letter queue do together: brings events to the invalidator in batches, those
/// that it gives back again and again, and keeps what cannot be handled.
pub struct EventBus {
    invalidator: Arc<App>,
    /// The account that the stack plays.
    home: Option<AccountId>,
    dead_letters: PathBuf,
    waiting: Mutex<UnboundedReceiver<Value>>,
    under_way: Mutex<JoinSet<()>>,
    /// How many events are on their way.
    letters: Arc<watch::Sender<usize>>,
    losing: AtomicBool,
}

/// Tries for an event before it becomes a dead letter: some 25 seconds in all.
const TRIES: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How long the answer to a policy change waits for its event.
const DELIVERY_WAIT: Duration = Duration::from_secs(1);
/// As in template.yaml.
const LARGEST_BATCH: usize = 100;

impl EventBus {
    /// Events of the account `home`, where the invalidator can look principals up.
    pub fn new(
        invalidator: App,
        home: Option<AccountId>,
        dead_letters: PathBuf,
        waiting: UnboundedReceiver<Value>,
    ) -> Self {
        let (invalidator, waiting) = (Arc::new(invalidator), Mutex::new(waiting));
        let letters = Arc::new(watch::Sender::default());
        let (under_way, losing) = (Mutex::default(), AtomicBool::default());
        Self { invalidator, home, dead_letters, waiting, under_way, letters, losing }
    }

    /// Delivers what has come since the last time, and waits a moment for it. CloudTrail takes minutes; here a change is
    /// answered when its event has been handled, so that the next command shows what it did. What has to be tried again does
    /// not hold that up.
    pub async fn deliver(&self) {
        // Held to the end: whoever comes meanwhile may have had its event taken along.
        let mut waiting = self.waiting.lock().await;
        let mut events = vec![];
        while let Ok(event) = waiting.try_recv() {
            events.push(event);
        }
        if self.losing.load(Ordering::Relaxed) {
            return;
        }
        let mut tries = vec![];
        self.dispatch(events, &mut tries).await;
        let all = async {
            for tried in tries {
                // An error is a delivery that has ended: that, too, is an answer.
                let _ = tried.await;
            }
        };
        if tokio::time::timeout(DELIVERY_WAIT, all).await.is_err() {
            tracing::warn!("an event takes long to be handled; it goes on being delivered");
        }
    }

    /// Waits until each event has been handled, or has become a dead letter.
    pub async fn settled(&self) {
        // An error is the sender's end, and it is here.
        let _ = self.letters.subscribe().wait_for(|letters| *letters == 0).await;
    }

    /// How many events could not be handled, and are kept.
    ///
    /// # Errors
    /// When the dead letters cannot be read.
    pub fn dead_letters(&self) -> io::Result<usize> {
        match fs::read_to_string(&self.dead_letters) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            letters => Ok(letters?.lines().count()),
        }
    }

    /// Whether events are lost on the way, as they may be: CloudTrail delivers as best it can.
    pub fn lose(&self, losing: bool) {
        self.losing.store(losing, Ordering::Relaxed);
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
        let event = |letter: &str| serde_json::from_str(letter).unwrap_or_else(|_| Value::String(letter.to_owned()));
        self.dispatch(letters.lines().map(event).collect(), &mut vec![]).await;
        Ok(())
    }

    /// Stops delivering; what is still under way becomes a dead letter.
    pub async fn stop(&self) {
        self.under_way.lock().await.shutdown().await;
    }

    /// Sends events on their way, in batches; each of `answers` hears when a batch has been tried once.
    async fn dispatch(&self, events: Vec<Value>, answers: &mut Vec<oneshot::Receiver<()>>) {
        let mut under_way = self.under_way.lock().await;
        // What has arrived need not be kept.
        while under_way.try_join_next().is_some() {}
        for batch in events.chunks(LARGEST_BATCH) {
            let letter =
                |event: &Value| Letter::new(event.clone(), self.dead_letters.clone(), Arc::clone(&self.letters));
            let letters = batch.iter().map(letter).collect();
            let (tell, tried) = oneshot::channel();
            answers.push(tried);
            under_way.spawn(deliver(Arc::clone(&self.invalidator), self.home.clone(), letters, tell));
        }
    }
}

/// An event on its way, which is kept as a dead letter unless it arrives.
struct Letter {
    event: Value,
    dead_letters: PathBuf,
    /// How many there are.
    letters: Arc<watch::Sender<usize>>,
    delivered: bool,
}

impl Letter {
    fn new(event: Value, dead_letters: PathBuf, letters: Arc<watch::Sender<usize>>) -> Self {
        letters.send_modify(|letters| *letters += 1);
        Self { event, dead_letters, letters, delivered: false }
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        self.letters.send_modify(|letters| *letters -= 1);
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

async fn deliver(invalidator: Arc<App>, home: Option<AccountId>, mut letters: Vec<Letter>, tell: oneshot::Sender<()>) {
    let mut tell = Some(tell);
    let mut pause = FIRST_PAUSE;
    for _ in 0..TRIES {
        letters = given_back(&invalidator, home.as_ref(), letters).await;
        if let Some(tell) = tell.take() {
            // Nobody listens to what is delivered anew.
            let _ = tell.send(());
        }
        if letters.is_empty() {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// Delivers a batch as SQS does, and keeps what comes back.
async fn given_back(invalidator: &App, home: Option<&AccountId>, letters: Vec<Letter>) -> Vec<Letter> {
    let message = |(id, letter): (usize, &Letter)| json!({"messageId": id.to_string(), "eventSource": "aws:sqs", "body": letter.event.to_string()});
    let batch = json!({"Records": letters.iter().enumerate().map(message).collect::<Vec<_>>()});
    let Ok(Answer::Batch(answer)) = invalidator.handle(batch, home).await else { return letters };
    let failed: BTreeSet<String> =
        answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    let mut back = vec![];
    for (id, mut letter) in letters.into_iter().enumerate() {
        if failed.contains(&id.to_string()) {
            back.push(letter);
        } else {
            letter.delivered = true;
        }
    }
    back
}

fn keep(dead_letters: &Path, event: &Value) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(dead_letters)?;
    file.write_all(format!("{event}\n").as_bytes())
}
