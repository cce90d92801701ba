use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_connection::in_time;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse};
use futures_util::StreamExt;
use futures_util::stream;
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::clock::Clock;
use presign::generation::Scope;
use presign::names::{AccountId, EventId};
use presign::policy_change::PrincipalDirectory;
use presign::profile::Profiles;
use serde_json::Value;
use settings::Config;
use tokio::time::Instant;
use url_cache::UrlTable;

use crate::InvalidateError;
use crate::counts::{Delays, count_advance, count_events, count_failure};
use crate::delivery::{Delivery, SqsMessage};
use crate::event::{Reading, read};
use crate::iam_directory::IamDirectory;
use crate::named::Named;
use crate::outcome::{AdvancedScope, Answer, Outcome};
use crate::plan::{Advances, Plan, Wanted};
use crate::resolution::resolve;

/// The invalidator as it is deployed.
pub type App = Invalidator<UrlTable, IamDirectory>;

/// What a single call of DynamoDB may take: after that, the queue delivers the event again.
const TABLE_TIMEOUT: Duration = Duration::from_secs(6);
const TABLE_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// What a single call of IAM may take. Whoever waits longer is better off with the whole account.
const IAM_TIMEOUT: Duration = Duration::from_secs(3);
const IAM_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_400);

/// Makes the clients, which connect at first use. The only place of the invalidator that does.
#[must_use]
pub fn connect(config: Config, aws: &SdkConfig, clock: Clock) -> App {
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(aws)
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(TABLE_TIMEOUT)
                .operation_attempt_timeout(TABLE_ATTEMPT_TIMEOUT)
                .build(),
        )
        .build();
    let table = UrlTable::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), config.table);
    let iam = aws_sdk_iam::config::Builder::from(aws)
        .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(100)))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(IAM_TIMEOUT)
                .operation_attempt_timeout(IAM_ATTEMPT_TIMEOUT)
                .build(),
        )
        .build();
    let directory = IamDirectory::new(aws_sdk_iam::Client::from_conf(iam));
    Invalidator::new(config.settings.profiles, table, directory, config.settings.cache.hold, clock)
}

/// Advances the generations that events are about. Each event does so once; and as generations only grow, events may come
/// late, twice and in any order.
pub struct Invalidator<L, D> {
    profiles: Profiles,
    ledger: L,
    directory: D,
    hold: Duration,
    clock: Clock,
}

/// What a delivery may take, look-ups and advances together, before what is not advanced is left for another one: well under the 30
/// seconds that Lambda grants it. An invocation that is ended counts nothing, and answers for no message.
const LONGEST: Duration = Duration::from_secs(20);
/// Scopes that are advanced at the same time.
const AT_ONCE: usize = 8;
/// How far ahead of our own clock an event's time is believed.
const LARGEST_CLOCK_LEAD: Duration = Duration::from_mins(15);

impl<L: GenerationLedger, D: PrincipalDirectory> Invalidator<L, D> {
    /// After a change, caching pauses for `hold`.
    pub fn new(profiles: Profiles, ledger: L, directory: D, hold: Duration, clock: Clock) -> Self {
        Self { profiles, ledger, directory, hold, clock }
    }

    /// Handles what was delivered: an EventBridge event, or a batch of them from SQS or SNS. `home` is the account that this
    /// runs in, as far as it is known: only there can principals be looked up.
    ///
    /// # Errors
    /// When an event is malformed or the table does not answer, so that it is delivered again. Of a batch from SQS, only the
    /// messages that failed are.
    pub async fn handle(&self, payload: Value, home: Option<&AccountId>) -> Result<Answer, InvalidateError> {
        match Delivery::try_from(payload).map_err(|error| logged(error, &Named::default()))? {
            Delivery::Event(event) => self.all_or_nothing(vec![Ok(event)], home).await.map(Answer::Outcome),
            Delivery::Sns(events) => self.all_or_nothing(events, home).await.map(Answer::Outcome),
            Delivery::Sqs(messages) => Ok(Answer::Batch(self.message_by_message(messages, home).await)),
        }
    }

    /// Handles what can be handled, and then fails if anything could not.
    async fn all_or_nothing(
        &self,
        events: Vec<Result<Value, InvalidateError>>,
        home: Option<&AccountId>,
    ) -> Result<Outcome, InvalidateError> {
        let mut plan = Plan::default();
        let mut failure = None;
        // What of several could not be done is told of the delivery as a whole.
        let mut whole = Named::default();
        let alone = events.len() == 1;
        for event in events {
            let named = event.as_ref().map_or_else(|_| Named::default(), Named::of);
            match self.read(event, &named) {
                Ok(reading) => plan.add(reading, 0),
                Err(error) => failure = Some(error),
            }
            if alone {
                whole = named;
            }
        }
        let (outcome, failed) = self.carry_out(plan, home, &[whole]).await;
        match failed.into_values().next().or(failure) {
            Some(error) => Err(error),
            None => Ok(outcome),
        }
    }

    async fn message_by_message(&self, messages: Vec<SqsMessage>, home: Option<&AccountId>) -> SqsBatchResponse {
        let mut plan = Plan::default();
        let mut all = vec![];
        let mut failed = vec![];
        for (i, SqsMessage { id, event }) in messages.into_iter().enumerate() {
            let named = event.as_ref().map_or_else(|_| Named::default(), Named::of).within(&id);
            match self.read(event, &named) {
                Ok(reading) => plan.add(reading, i),
                Err(_) => failed.push(i),
            }
            all.push(named);
        }
        let (_, not_advanced) = self.carry_out(plan, home, &all).await;
        failed.extend(not_advanced.into_keys());
        failed.sort_unstable();
        let mut response = SqsBatchResponse::default();
        for id in failed.into_iter().filter_map(|i| all.get(i)?.message.as_ref()) {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier.clone_from(id);
            response.batch_item_failures.push(failure);
        }
        response
    }

    /// What an event means. The log tells of one that is malformed or unknown by its names.
    fn read(&self, event: Result<Value, InvalidateError>, named: &Named) -> Result<Reading, InvalidateError> {
        let reading = event.and_then(|event| read(&event, &self.profiles)).map_err(|error| logged(error, named))?;
        if reading == Reading::Unknown {
            let Named { message, event_source, event_name, event_id } = named;
            tracing::warn!(message_id = message, event_source, event_name, event_id, "an event is unknown");
        }
        Ok(reading)
    }

    /// Advances each scope once, whatever the number of events about it. Answers also the messages that asked for what could not
    /// be advanced; `all` names them.
    async fn carry_out(
        &self,
        plan: Plan,
        home: Option<&AccountId>,
        all: &[Named],
    ) -> (Outcome, BTreeMap<usize, InvalidateError>) {
        let deadline = Instant::now() + LONGEST;
        let known = resolve(&self.directory, home, self.profiles.may_sign_as_user(), plan.unnamed()).await;
        let (advances, mut outcome) = plan.advances(&known, &self.profiles);
        let results = self.advance_all(&advances, deadline).await;
        outcome.repeated = advances.repeated(&results);
        let failed = tell(&advances, results, &mut outcome, all);
        count_events(&outcome);
        tracing::info!(
            advanced = outcome.advanced.len(),
            repeated = outcome.repeated,
            irrelevant = outcome.irrelevant,
            unchanged = outcome.unchanged,
            unknown = outcome.unknown,
            failed = failed.len(),
            "handled events"
        );
        (outcome, failed)
    }

    /// What came of each scope.
    async fn advance_all(&self, advances: &Advances, deadline: Instant) -> BTreeMap<Scope, Result<Advanced, String>> {
        let all = advances.scopes.iter().map(|(scope, wanted)| async move {
            let result = match in_time(deadline, self.advance(scope, wanted)).await {
                Some(result) => result.map_err(|error| error.to_string()),
                None => Err("there was no time for it".to_owned()),
            };
            (scope.clone(), result)
        });
        let all: Vec<_> = all.collect();
        let done: Vec<_> = stream::iter(all).buffer_unordered(AT_ONCE).collect().await;
        let (mut results, mut longest) = (BTreeMap::new(), Delays::default());
        for (scope, result) in done {
            let result = result.map(|(advanced, delays)| {
                longest = longest.longest(delays);
                advanced
            });
            results.insert(scope, result);
        }
        longest.count();
        results
    }

    /// Caching pauses from the latest change on, or from now: IAM applies a change some time after it was made.
    async fn advance(&self, scope: &Scope, wanted: &Wanted) -> Result<(Advanced, Delays), L::Error> {
        let now = (self.clock)();
        let changed_at = wanted.latest.map_or(now, |at| at.clamp(now, now + LARGEST_CLOCK_LEAD));
        let events: Vec<EventId> = wanted.events.iter().cloned().collect();
        let hold_until = changed_at + self.hold;
        let advance = Advance { scope, events: &events, regardless: wanted.by_unknown_event, hold_until, now };
        let advanced = self.ledger.advance(advance).await?;
        if advanced.generation.is_none() {
            return Ok((advanced, Delays::default()));
        }
        count_advance(scope);
        let now = (self.clock)();
        let lag = wanted.earliest.map(|at| now.duration_since(at).unwrap_or_default());
        Ok((advanced, Delays { lag, hold: Some(hold_until.duration_since(now).unwrap_or_default()) }))
    }
}

/// Notes what has been advanced, and answers the messages that asked for what could not be: each is told of once, however many
/// scopes it concerns.
fn tell(
    advances: &Advances,
    results: BTreeMap<Scope, Result<Advanced, String>>,
    outcome: &mut Outcome,
    all: &[Named],
) -> BTreeMap<usize, InvalidateError> {
    let mut failed = BTreeMap::new();
    for (scope, result) in results {
        match result {
            Ok(Advanced { generation: Some(generation), .. }) => {
                let events = advances.scopes.get(&scope).into_iter().flat_map(|wanted| &wanted.events);
                let event_ids = events.map(ToString::to_string).collect::<Vec<_>>().join(" ");
                tracing::info!(%scope, generation, event_ids, "invalidated what was signed under a scope");
                outcome.advanced.push(AdvancedScope { scope: scope.to_string(), generation });
            }
            Ok(_) => {}
            Err(reason) => {
                for message in advances.scopes.get(&scope).into_iter().flat_map(|wanted| &wanted.messages) {
                    let (count, ..) = failed.entry(*message).or_insert_with(|| (0, scope.clone(), reason.clone()));
                    *count += 1;
                }
            }
        }
    }
    let unnamed = Named::default();
    let error = |message: usize, (count, first, reason)| {
        logged(InvalidateError::Ledger { count, first, reason }, all.get(message).unwrap_or(&unnamed))
    };
    failed.into_iter().map(|(message, failure)| (message, error(message, failure))).collect()
}

fn logged(error: InvalidateError, Named { message, event_source, event_name, event_id }: &Named) -> InvalidateError {
    count_failure(&error);
    tracing::error!(
        kind = error.kind(),
        %error,
        message_id = message,
        event_source,
        event_name,
        event_id,
        "an event could not be handled, and is left for another delivery"
    );
    error
}
