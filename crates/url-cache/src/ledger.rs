use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use presign::cache::{Advance, Advanced, EVENT_MEMORY, GenerationLedger, ScopeState};
use presign::names::EventId;

use crate::row::{self, GENERATION, HOLD_UNTIL};
use crate::schema::{PARTITION_KEY, TTL};
use crate::url_table::{UrlTable, UrlTableError, described, state_of};

/// What a transaction takes besides the generation: DynamoDB allows a hundred items.
const MOST_EVENTS: usize = 99;
/// Tries against others who write the same rows. At each of them somebody succeeds.
const TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(10);

impl GenerationLedger for UrlTable {
    type Error = UrlTableError;

    /// One reading, which tells the events that have been here, and one transaction for the others and the generation. More
    /// events than a transaction holds take several, of which each advances the generation.
    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, UrlTableError> {
        let mut advanced = Advanced::default();
        if advance.events.is_empty() {
            self.advance_once(&advance, &[], &mut advanced).await?;
        }
        for events in advance.events.chunks(MOST_EVENTS) {
            self.advance_once(&advance, events, &mut advanced).await?;
        }
        Ok(advanced)
    }
}

impl UrlTable {
    async fn advance_once(
        &self,
        advance: &Advance<'_>,
        events: &[EventId],
        advanced: &mut Advanced,
    ) -> Result<(), UrlTableError> {
        let mut pauses = (0..TRIES - 1).map(|tried| FIRST_PAUSE * 2_u32.pow(tried));
        loop {
            let (state, new) = self.not_here_yet(advance, events).await?;
            if new.is_empty() && !events.is_empty() && !advance.regardless {
                advanced.repeated.extend_from_slice(events);
                return Ok(());
            }
            match self.write(advance, state, &new).await {
                Ok(()) => {
                    advanced.generation = Some(state.generation + 1);
                    advanced.repeated.extend(events.iter().filter(|event| !new.contains(event)).cloned());
                    return Ok(());
                }
                // Someone else was faster: with one of the events, with a longer hold, or just with the same rows. What is
                // to be done now, only another reading tells.
                Err(error) if error.as_service_error().is_some_and(is_conflict) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(UrlTableError::Contended(advance.scope.clone())),
                },
                Err(error) => return Err(described(&error)),
            }
        }
    }

    /// Where the scope stands, and which of `events` have not advanced it yet. Their records count until they expire, whatever
    /// TTL has deleted.
    async fn not_here_yet<'a>(
        &self,
        advance: &Advance<'_>,
        events: &'a [EventId],
    ) -> Result<(ScopeState, Vec<&'a EventId>), UrlTableError> {
        let record = |event: &EventId| row::event_key(event, advance.scope);
        let keys = events.iter().map(record).chain([row::scope_key(advance.scope)]);
        let items = self.read(keys).await?;
        let now = row::seconds(advance.now);
        let is_new = |event: &&EventId| {
            let expires_at = items.get(&record(event)).and_then(|item| row::read_number(item.get(TTL)?));
            expires_at.is_none_or(|expires_at| expires_at <= now)
        };
        Ok((state_of(advance.scope, &items)?, events.iter().filter(is_new).collect()))
    }

    async fn write(
        &self,
        advance: &Advance<'_>,
        state: ScopeState,
        new: &[&EventId],
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let mut items = vec![self.advanced(advance, state)];
        items.extend(new.iter().map(|event| self.record(event, advance)));
        let items = items.into_iter().collect::<Result<Vec<_>, _>>().map_err(SdkError::construction_failure)?;
        self.client.transact_write_items().set_transact_items(Some(items)).send().await?;
        Ok(())
    }

    /// The generation, one up whatever it is by now, and its hold, if that is longer than the present one.
    fn advanced(&self, advance: &Advance<'_>, state: ScopeState) -> Result<TransactWriteItem, BuildError> {
        let update = Update::builder()
            .table_name(&self.name)
            .key(PARTITION_KEY, row::text(row::scope_key(advance.scope)))
            .expression_attribute_names("#generation", GENERATION)
            .expression_attribute_values(":one", row::number(1));
        let update = if prolongs(advance.hold_until, state) {
            held(update, advance.hold_until).update_expression("ADD #generation :one SET #hold = :until")
        } else {
            update.update_expression("ADD #generation :one")
        };
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// That an event has been here, unless somebody has written so meanwhile.
    fn record(&self, event: &EventId, advance: &Advance<'_>) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder()
            .table_name(&self.name)
            .item(PARTITION_KEY, row::text(row::event_key(event, advance.scope)))
            .item(TTL, row::number(row::seconds(advance.now + EVENT_MEMORY)))
            .condition_expression("attribute_not_exists(#pk) OR #ttl <= :now")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":now", row::number(row::seconds(advance.now)))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Whether a hold until then is longer than the present one.
pub(crate) fn prolongs(until: SystemTime, state: ScopeState) -> bool {
    state.hold_until.is_none_or(|held| held < until)
}

/// With the hold for which `#hold = :until` is set, unless a longer one has come meanwhile.
pub(crate) fn held(update: UpdateBuilder, until: SystemTime) -> UpdateBuilder {
    update
        .condition_expression("attribute_not_exists(#hold) OR #hold <= :until")
        .expression_attribute_names("#hold", HOLD_UNTIL)
        .expression_attribute_values(":until", row::number(row::milliseconds(until)))
}

pub(crate) fn is_conflict(error: &TransactWriteItemsError) -> bool {
    error.is_transaction_canceled_exception() || error.is_transaction_in_progress_exception()
}
