use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use presign::cache::GenerationLedger;
use presign::clock::Clock;
use presign::generation::Scope;
use presign::profile::Profiles;
use serde_json::Value;
use settings::Config;
use url_cache::UrlTable;

use crate::InvalidateError;
use crate::delivery::{Delivery, SqsMessage};
use crate::event::{Reading, read};
use crate::outcome::{Advanced, Answer, Outcome};

/// The invalidator as it is deployed.
pub type App = Invalidator<UrlTable>;

/// Makes the client, which connects at first use. The only place of the invalidator that does.
#[must_use]
pub fn connect(config: Config, aws: &SdkConfig, clock: Clock) -> App {
    let table = UrlTable::new(aws_sdk_dynamodb::Client::new(aws), config.table);
    Invalidator::new(config.settings.profiles, table, config.settings.cache.hold, clock)
}

/// Advances the generations that events are about. Doing so again is harmless, so events may come late, twice and in any
/// order.
pub struct Invalidator<L> {
    profiles: Profiles,
    ledger: L,
    hold: Duration,
    clock: Clock,
}

/// How far ahead of our own clock an event's time is believed.
const LARGEST_CLOCK_LEAD: Duration = Duration::from_mins(15);

/// Scopes to advance, each with the time of its latest change and the messages that asked for it.
#[derive(Default)]
struct Plan {
    scopes: BTreeMap<Scope, Planned>,
    outcome: Outcome,
}

#[derive(Default)]
struct Planned {
    latest: Option<SystemTime>,
    messages: Vec<usize>,
}

impl Plan {
    fn add(&mut self, reading: Reading, message: usize) {
        match reading {
            Reading::Advances { scopes, at } => {
                for scope in scopes {
                    let planned = self.scopes.entry(scope).or_default();
                    planned.latest = planned.latest.max(at);
                    planned.messages.push(message);
                }
            }
            Reading::Irrelevant => self.outcome.irrelevant += 1,
            Reading::Nothing => self.outcome.unchanged += 1,
            Reading::Unknown => self.outcome.unknown += 1,
        }
    }
}

impl<L: GenerationLedger> Invalidator<L> {
    /// After a change, caching pauses for `hold`.
    pub fn new(profiles: Profiles, ledger: L, hold: Duration, clock: Clock) -> Self {
        Self { profiles, ledger, hold, clock }
    }

    /// Handles what was delivered: an EventBridge event, or a batch of them from SQS or SNS.
    ///
    /// # Errors
    /// When an event is malformed or the table does not answer, so that it is delivered again. Of a batch from SQS, only the
    /// messages that failed are.
    pub async fn handle(&self, payload: Value) -> Result<Answer, InvalidateError> {
        match Delivery::try_from(payload)? {
            Delivery::Event(event) => self.all_or_nothing(vec![Ok(event)]).await.map(Answer::Outcome),
            Delivery::Sns(events) => self.all_or_nothing(events).await.map(Answer::Outcome),
            Delivery::Sqs(messages) => Ok(Answer::Batch(self.message_by_message(messages).await)),
        }
    }

    /// Handles what can be handled, and then fails if anything could not.
    async fn all_or_nothing(&self, events: Vec<Result<Value, InvalidateError>>) -> Result<Outcome, InvalidateError> {
        let mut plan = Plan::default();
        let mut failure = None;
        for event in events {
            match event.and_then(|event| read(&event, &self.profiles)) {
                Ok(reading) => plan.add(reading, 0),
                Err(error) => failure = Some(logged(error)),
            }
        }
        let (outcome, failed) = self.carry_out(plan).await;
        match failed.into_iter().map(|(_, error)| error).next().or(failure) {
            Some(error) => Err(error),
            None => Ok(outcome),
        }
    }

    async fn message_by_message(&self, messages: Vec<SqsMessage>) -> SqsBatchResponse {
        let mut plan = Plan::default();
        let mut ids = vec![];
        let mut failed = vec![];
        for (i, SqsMessage { id, event }) in messages.into_iter().enumerate() {
            match event.and_then(|event| read(&event, &self.profiles)) {
                Ok(reading) => plan.add(reading, i),
                Err(error) => {
                    logged(error);
                    failed.push(i);
                }
            }
            ids.push(id);
        }
        let (_, not_advanced) = self.carry_out(plan).await;
        failed.extend(not_advanced.into_iter().flat_map(|(messages, _)| messages));
        failed.sort_unstable();
        failed.dedup();
        let mut response = SqsBatchResponse::default();
        for id in failed.into_iter().filter_map(|i| ids.get(i)) {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier.clone_from(id);
            response.batch_item_failures.push(failure);
        }
        response
    }

    /// Advances each scope once, whatever the number of events about it. Answers also what could not be advanced, with the
    /// messages that asked for it.
    async fn carry_out(&self, plan: Plan) -> (Outcome, Vec<(Vec<usize>, InvalidateError)>) {
        let mut outcome = plan.outcome;
        let mut failed = vec![];
        for (scope, Planned { latest, messages }) in plan.scopes {
            let now = (self.clock)();
            let changed_at = latest.map_or(now, |at| at.clamp(now, now + LARGEST_CLOCK_LEAD));
            match self.ledger.advance(&scope, changed_at + self.hold).await {
                Ok(generation) => {
                    tracing::info!(%scope, generation, "invalidated what was signed under a scope");
                    outcome.advanced.push(Advanced { scope: scope.to_string(), generation });
                }
                Err(error) => failed.push((messages, logged(InvalidateError::Ledger(error.to_string())))),
            }
        }
        tracing::info!(
            advanced = outcome.advanced.len(),
            irrelevant = outcome.irrelevant,
            unchanged = outcome.unchanged,
            unknown = outcome.unknown,
            failed = failed.len(),
            "handled events"
        );
        (outcome, failed)
    }
}

fn logged(error: InvalidateError) -> InvalidateError {
    tracing::error!(kind = error.kind(), %error, "an event could not be handled, and is left for another delivery");
    error
}
