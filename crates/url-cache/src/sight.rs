use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use presign::generation::{Generations, Scope};
use presign::reconcile::{Fingerprint, Part, Recalled, Record, Renewal, SightLedger};

use crate::ledger::{held, is_conflict, prolongs};
use crate::row::{self, CEILING, GENERATION, GENERATIONS, Item};
use crate::schema::PARTITION_KEY;
use crate::url_table::{UrlTable, UrlTableError, described, state_of};

const EDITION: &str = "edition";
const PARTS: &str = "parts";
const UNEXPLAINED: &str = "unexplained";
const UNSEEN_SINCE: &str = "unseenSince";

impl SightLedger for UrlTable {
    type Error = UrlTableError;

    async fn recall(&self, scope: &Scope, wider: Option<&Scope>) -> Result<Recalled, UrlTableError> {
        let scopes = [Some(scope), wider].into_iter().flatten();
        let keys = scopes.clone().map(row::scope_key).chain([row::sight_key(scope)]);
        let items = self.read(keys).await?;
        let mut generations = Generations::default();
        for scope in scopes {
            generations.insert(scope, state_of(scope, &items)?.generation);
        }
        let kept = items.get(&row::sight_key(scope));
        let record = kept.and_then(read_record);
        if kept.is_some() && record.is_none() {
            tracing::warn!(%scope, "what was last seen of a scope cannot be read, and the next look is taken for the first");
        }
        let edition = kept.and_then(|item| item.get(EDITION)?.as_n().ok().cloned());
        Ok(Recalled { record, edition, state: state_of(scope, &items)?, generations })
    }

    async fn renew(&self, scope: &Scope, before: &Recalled, renewal: &Renewal) -> Result<bool, UrlTableError> {
        let mut items = vec![self.kept(scope, before, &renewal.record)?];
        items.extend(self.corrected(scope, before, renewal)?);
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if is_conflict(error.err()) => Ok(false),
            Err(error) => Err(described(&error)),
        }
    }
}

impl UrlTable {
    /// The record, unless somebody else has written one since `before`.
    fn kept(&self, scope: &Scope, before: &Recalled, record: &Record) -> Result<TransactWriteItem, BuildError> {
        // After a number that is no count, and is none of ours, the count begins again.
        let count: u64 = before.edition.as_ref().and_then(|known| known.parse().ok()).unwrap_or_default();
        let item = to_item(scope, record, count.wrapping_add(1));
        let put =
            Put::builder().table_name(&self.name).set_item(Some(item)).expression_attribute_names("#edition", EDITION);
        let put = match &before.edition {
            Some(known) => put
                .condition_expression("#edition = :known")
                .expression_attribute_values(":known", AttributeValue::N(known.clone())),
            // Of two, the first makes a number of whatever it was.
            None => put
                .condition_expression("attribute_not_exists(#edition) OR NOT attribute_type(#edition, :number)")
                .expression_attribute_values(":number", row::text("N")),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// The generation one up, with its hold, and the ceiling; none where both stay as they are.
    fn corrected(
        &self,
        scope: &Scope,
        before: &Recalled,
        renewal: &Renewal,
    ) -> Result<Option<TransactWriteItem>, BuildError> {
        if renewal.advance.is_none() && renewal.ceiling == before.state.ceiling {
            return Ok(None);
        }
        let mut update = Update::builder()
            .table_name(&self.name)
            .key(PARTITION_KEY, row::text(row::scope_key(scope)))
            .expression_attribute_names("#generation", GENERATION)
            // By nothing, too: a scope's row has a generation.
            .expression_attribute_values(":more", row::number(renewal.advance.is_some().into()))
            .expression_attribute_names("#ceiling", CEILING);
        let mut set = vec![];
        let mut removed = "";
        if let Some(longest) = renewal.ceiling {
            set.push("#ceiling = :ceiling");
            update = update.expression_attribute_values(":ceiling", row::number(longest.seconds().into()));
        } else {
            removed = " REMOVE #ceiling";
        }
        if let Some(until) = renewal.advance.filter(|until| prolongs(*until, before.state)) {
            set.push("#hold = :until");
            update = held(update, until);
        }
        let set = if set.is_empty() { String::new() } else { format!(" SET {}", set.join(", ")) };
        let update = update.update_expression(format!("ADD #generation :more{set}{removed}")).build()?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }
}

fn to_item(scope: &Scope, record: &Record, edition: u64) -> Item {
    let parts = record.parts.iter().map(|(part, seen)| (part.as_str().to_owned(), row::text(seen.as_str()))).collect();
    let unseen_since = record
        .unseen_since
        .iter()
        .map(|(part, seen_at)| (part.as_str().to_owned(), row::of_generations(seen_at)))
        .collect();
    [
        (PARTITION_KEY, row::text(row::sight_key(scope))),
        (PARTS, AttributeValue::M(parts)),
        (GENERATIONS, row::of_generations(&record.generations)),
        (UNSEEN_SINCE, AttributeValue::M(unseen_since)),
        (UNEXPLAINED, AttributeValue::Bool(record.unexplained)),
        (EDITION, row::number(edition)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// None when the item is not a record as this release writes it: then the next look is the first.
fn read_record(item: &Item) -> Option<Record> {
    let mut parts = BTreeMap::new();
    for (name, seen) in item.get(PARTS)?.as_m().ok()? {
        // A part that an older release looked at is of no use.
        let Some(part) = Part::named(name) else { continue };
        parts.insert(part, Fingerprint::kept(seen.as_s().ok()?.clone()));
    }
    let mut unseen_since = BTreeMap::new();
    // An older release does not write it.
    if let Some(unseen) = item.get(UNSEEN_SINCE) {
        for (name, seen_at) in unseen.as_m().ok()? {
            let Some(part) = Part::named(name) else { continue };
            unseen_since.insert(part, row::read_generations(seen_at)?);
        }
    }
    Some(Record {
        parts,
        generations: row::read_generations(item.get(GENERATIONS)?)?,
        unseen_since,
        unexplained: *item.get(UNEXPLAINED)?.as_bool().ok()?,
    })
}
