use std::num::NonZeroUsize;
use std::time::SystemTime;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;
use presign::cache::IssuedFor;
use presign::names::{BucketName, RoleArn};

use crate::row::{self, Item};
use crate::schema::{BUCKET, CALLER, EXPIRES_AT, INDEX, KEY, PARTITION_KEY, SIGNED_BY, TENANT};
use crate::url_table::{UrlTable, UrlTableError, described};

/// Which of a bucket's URLs are wanted. They are all that have not ended yet and that meet what is stated here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The name of the caller they were issued to.
    pub caller: Option<&'a str>,
    /// The tenant of that caller.
    pub tenant: Option<&'a str>,
    /// How their keys begin.
    pub prefix: Option<&'a str>,
    /// The role that signed them.
    pub signing_role: Option<&'a RoleArn>,
}

/// A URL that is out, without the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedUrl {
    pub issued_for: IssuedFor,
    pub expires_at: SystemTime,
    /// The ARN that S3 sees as the signer.
    pub signed_by: String,
}

/// Some of a bucket's URLs, those that end first before the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuedPage {
    pub urls: Vec<IssuedUrl>,
    /// Where the next page begins; none where this is the last.
    pub next: Option<Place>,
    /// How many readings it took.
    pub readings: usize,
}

/// A row's place in its bucket's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Seconds since 1970.
    pub expires_at: u64,
    pub row: String,
}

/// What one reading looks through where most of it may not be wanted.
const LOOKED_THROUGH: usize = 1_000;

impl UrlTable {
    /// At most `most` URLs of `bucket` that live at `now`, from `after` on. It makes at most so many `readings` and then answers
    /// with what they have found, which may be fewer; `next` goes on from there. The index follows the table within moments.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn issued(
        &self,
        bucket: &BucketName,
        wanted: Wanted<'_>,
        now: SystemTime,
        after: Option<Place>,
        most: usize,
        readings: NonZeroUsize,
    ) -> Result<IssuedPage, UrlTableError> {
        // DynamoDB takes no place to go on from that the condition excludes. All that lives ends after it: that is from the beginning.
        let next = after.filter(|place| place.expires_at > row::seconds(now));
        let mut page = IssuedPage { urls: vec![], next, readings: 0 };
        while page.readings < readings.get() {
            page.readings += 1;
            let query = self.query(bucket, wanted, now).set_exclusive_start_key(page.next.map(|at| at.key(bucket)));
            let query = query.limit(i32::try_from(LOOKED_THROUGH.max(most)).unwrap_or(i32::MAX));
            let answer = query.send().await.map_err(|error| described(&error))?;
            page.next = answer.last_evaluated_key.as_ref().and_then(Place::of);
            for item in answer.items.unwrap_or_default() {
                let Some(url) = url(&item) else {
                    tracing::warn!("a row of the URL table's index cannot be read");
                    continue;
                };
                page.urls.push(url);
                if page.urls.len() == most {
                    // There may be more in this very answer.
                    page.next = Place::of(&item);
                    return Ok(page);
                }
            }
            if page.next.is_none() {
                break;
            }
        }
        Ok(page)
    }

    /// How many URLs of `bucket` live at `now`.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn count_issued(
        &self,
        bucket: &BucketName,
        wanted: Wanted<'_>,
        now: SystemTime,
    ) -> Result<u64, UrlTableError> {
        let (mut count, mut next) = (0, None);
        loop {
            let query = self.query(bucket, wanted, now).select(Select::Count).set_exclusive_start_key(next);
            let answer = query.send().await.map_err(|error| described(&error))?;
            count += u64::try_from(answer.count).unwrap_or_default();
            next = answer.last_evaluated_key;
            if next.is_none() {
                return Ok(count);
            }
        }
    }

    fn query(&self, bucket: &BucketName, wanted: Wanted<'_>, now: SystemTime) -> QueryFluentBuilder {
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX)
            .key_condition_expression("#bucket = :bucket AND #expires > :now")
            .expression_attribute_names("#bucket", BUCKET)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":bucket", row::text(bucket.as_str()))
            .expression_attribute_values(":now", row::number(row::seconds(now)));
        let mut filter = vec![];
        if let Some(caller) = wanted.caller {
            filter.push("#caller = :caller");
            query = query
                .expression_attribute_names("#caller", CALLER)
                .expression_attribute_values(":caller", row::text(caller));
        }
        if let Some(tenant) = wanted.tenant {
            filter.push("#tenant = :tenant");
            query = query
                .expression_attribute_names("#tenant", TENANT)
                .expression_attribute_values(":tenant", row::text(tenant));
        }
        if let Some(prefix) = wanted.prefix.filter(|prefix| !prefix.is_empty()) {
            filter.push("begins_with(#key, :prefix)");
            query =
                query.expression_attribute_names("#key", KEY).expression_attribute_values(":prefix", row::text(prefix));
        }
        if let Some(role) = wanted.signing_role {
            filter.push("begins_with(#signer, :sessions)");
            query = query
                .expression_attribute_names("#signer", SIGNED_BY)
                .expression_attribute_values(":sessions", row::text(role.sessions()));
        }
        if filter.is_empty() { query } else { query.filter_expression(filter.join(" AND ")) }
    }
}

impl Place {
    fn of(item: &Item) -> Option<Self> {
        let row = item.get(PARTITION_KEY)?.as_s().ok()?.clone();
        Some(Self { expires_at: row::read_number(item.get(EXPIRES_AT)?)?, row })
    }

    fn key(self, bucket: &BucketName) -> Item {
        let names = [BUCKET, EXPIRES_AT, PARTITION_KEY].map(str::to_owned);
        names.into_iter().zip([row::text(bucket.as_str()), row::number(self.expires_at), row::text(self.row)]).collect()
    }
}

fn url(item: &Item) -> Option<IssuedUrl> {
    Some(IssuedUrl {
        issued_for: row::issued_for(item)?,
        expires_at: row::read_second(item.get(EXPIRES_AT)?)?,
        signed_by: item.get(SIGNED_BY)?.as_s().ok()?.clone(),
    })
}
