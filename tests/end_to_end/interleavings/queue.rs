use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use aws_lambda_events::event::sqs::SqsBatchResponse;
use invalidate_urls::{Answer, App};
use presign::clock::Clock;
use presign::names::AccountId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::history::History;

/// SQS: gives each message to one invalidator at a time, and gives it again until it is told that it was handled.
#[derive(Default)]
pub struct Queue {
    messages: Mutex<Vec<Message>>,
    sent: AtomicU64,
}

struct Message {
    id: u64,
    change: usize,
    event: Value,
    visible_from: Instant,
}

/// How long a message is hidden that an invalidator has been given: less than it may take, so that two may have it at once.
const VISIBILITY: Duration = Duration::from_secs(5);
const LARGEST_BATCH: usize = 4;
const POLL: Duration = Duration::from_millis(20);

impl Queue {
    pub fn send(&self, change: usize, event: Value) {
        let id = self.sent.fetch_add(1, Relaxed);
        self.messages.lock().unwrap().push(Message { id, change, event, visible_from: Instant::now() });
    }

    pub fn is_empty(&self) -> bool {
        self.messages.lock().unwrap().is_empty()
    }

    /// An invalidator that works on this queue for ever. A new one takes its place when it dies.
    pub async fn consumed_by(
        &self,
        app: &App,
        deaths: &Mutex<impl Iterator<Item = Option<u64>>>,
        history: &History,
        clock: &Clock,
    ) {
        let home: AccountId = "123456789012".parse().unwrap();
        loop {
            sleep(POLL).await;
            let (ids, changes, batch) = self.receive();
            if ids.is_empty() {
                continue;
            }
            let death = deaths.lock().unwrap().next().unwrap();
            let handled = app.handle(batch, Some(&home));
            let answer = match death {
                // Dropped where it stands: what it had not written is gone with it.
                Some(after) => timeout(Duration::from_millis(after), handled).await,
                None => Ok(handled.await),
            };
            match answer {
                Ok(Ok(Answer::Batch(answer))) => self.delete(&ids, &changes, &answer, history, clock()),
                Ok(other) => panic!("a batch is answered message by message: {other:?}"),
                Err(_) => history.died(),
            }
        }
    }

    fn receive(&self) -> (Vec<u64>, Vec<usize>, Value) {
        let now = Instant::now();
        let mut messages = self.messages.lock().unwrap();
        let (mut ids, mut changes, mut records) = (vec![], vec![], vec![]);
        for message in messages.iter_mut().filter(|message| message.visible_from <= now).take(LARGEST_BATCH) {
            message.visible_from = now + VISIBILITY;
            ids.push(message.id);
            changes.push(message.change);
            let body = message.event.to_string();
            records.push(json!({"messageId": message.id.to_string(), "eventSource": "aws:sqs", "body": body}));
        }
        (ids, changes, json!({"Records": records}))
    }

    /// What was handled is gone; what was not can be had again at once.
    fn delete(&self, ids: &[u64], changes: &[usize], answer: &SqsBatchResponse, history: &History, now: SystemTime) {
        let failed: BTreeSet<_> =
            answer.batch_item_failures.iter().map(|failure| failure.item_identifier.clone()).collect();
        let mut messages = self.messages.lock().unwrap();
        for (id, change) in ids.iter().zip(changes) {
            if failed.contains(&id.to_string()) {
                history.given_back();
                if let Some(message) = messages.iter_mut().find(|message| message.id == *id) {
                    message.visible_from = Instant::now();
                }
            } else {
                messages.retain(|message| message.id != *id);
                history.handled(*change, now);
            }
        }
    }
}
