use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use presign::cache::{CacheKey, CachedUrl, LookUp, ScopeState, UrlCache, WantedRow};
use presign::generation::Scope;

use crate::row::{self, Item};
use crate::schema::PARTITION_KEY;

/// The DynamoDB table of URLs and generations.
#[derive(Debug, Clone)]
pub struct UrlTable {
    pub(crate) client: Client,
    pub(crate) name: String,
}

#[derive(Debug, thiserror::Error)]
pub enum UrlTableError {
    #[error("DynamoDB does not answer for the table: {0}")]
    DynamoDb(String),
    #[error("DynamoDB left out part of the answer: the table is throttled")]
    Throttled,
    #[error("the generation of `{0}` is advanced by too many at once")]
    Contended(Scope),
    #[error("the row of `{0}` is not one of a generation")]
    NotAGeneration(Scope),
}

/// Of a request that lacks something: it was not sent.
impl From<BuildError> for UrlTableError {
    fn from(error: BuildError) -> Self {
        Self::DynamoDb(error.to_string())
    }
}

impl UrlTable {
    #[must_use]
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// One `BatchWriteItem`, which costs what as many `PutItem`s do, and their round trips once.
    async fn store_several(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), UrlTableError> {
        let mut puts = vec![];
        for (key, url) in rows {
            let put = PutRequest::builder().set_item(Some(row::to_item(key, url))).build()?;
            puts.push(WriteRequest::builder().put_request(put).build());
        }
        let write = self.client.batch_write_item().request_items(&self.name, puts);
        let answer = write.send().await.map_err(|error| described(&error))?;
        match answer.unprocessed_items() {
            Some(left_out) if !left_out.is_empty() => Err(UrlTableError::Throttled),
            _ => Ok(()),
        }
    }

    /// The rows of `keys`, at most [`MOST_READ`](presign::cache::MOST_READ), that there are: all of them from one strongly
    /// consistent `BatchGetItem`.
    pub(crate) async fn read(
        &self,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<HashMap<String, Item>, UrlTableError> {
        let request = keys
            .into_iter()
            .fold(KeysAndAttributes::builder().consistent_read(true), |request, key| {
                request.keys([(PARTITION_KEY.to_owned(), row::text(key))].into())
            })
            .build()?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.name, request)
            .send()
            .await
            .map_err(|error| described(&error))?;
        if answer.unprocessed_keys().is_some_and(|left_out| !left_out.is_empty()) {
            return Err(UrlTableError::Throttled);
        }
        let mut items = HashMap::new();
        for item in answer.responses.into_iter().filter_map(|mut tables| tables.remove(&self.name)).flatten() {
            if let Some(key) = item.get(PARTITION_KEY).and_then(|key| key.as_s().ok()) {
                items.insert(key.clone(), item);
            }
        }
        Ok(items)
    }
}

impl UrlCache for UrlTable {
    type Error = UrlTableError;

    /// One strongly consistent reading. It is no snapshot, and need not be: a row says which generations it belongs to, and
    /// a generation that was advanced before the reading began is read as advanced.
    async fn look_up(&self, wanted: &[WantedRow<'_>], scopes: &[Scope]) -> Result<LookUp, UrlTableError> {
        let keys = scopes.iter().map(row::scope_key).chain(wanted.iter().map(|row| row::url_key(row.key)));
        let items = self.read(keys).await?;
        let mut found = LookUp::default();
        for scope in scopes {
            found.scopes.insert(scope.clone(), state_of(scope, &items)?);
        }
        for WantedRow { key, .. } in wanted {
            match items.get(&row::url_key(key)).map(row::from_item) {
                Some(Some(url)) => {
                    found.urls.insert((*key).clone(), Arc::new(url));
                }
                Some(None) => tracing::warn!("a row of the URL table cannot be read, and is taken for absent"),
                None => {}
            }
        }
        Ok(found)
    }

    async fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), UrlTableError> {
        match rows {
            [] => Ok(()),
            [(key, url)] => {
                let put = self.client.put_item().table_name(&self.name).set_item(Some(row::to_item(key, url)));
                put.send().await.map(drop).map_err(|error| described(&error))
            }
            rows => self.store_several(rows).await,
        }
    }
}

/// Where `scope` stands, by the rows read; one that has no row was never advanced.
pub(crate) fn state_of(scope: &Scope, items: &HashMap<String, Item>) -> Result<ScopeState, UrlTableError> {
    match items.get(&row::scope_key(scope)) {
        Some(item) => row::scope_state(item).ok_or_else(|| UrlTableError::NotAGeneration(scope.clone())),
        None => Ok(ScopeState::default()),
    }
}

/// The service's own code where it answered, and otherwise what kept it from answering. Never request or answer: they hold
/// URLs.
pub(crate) fn described<E, R>(error: &SdkError<E, R>) -> UrlTableError
where
    SdkError<E, R>: ProvideErrorMetadata,
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.code() {
        Some(code) => UrlTableError::DynamoDb(code.to_owned()),
        None => UrlTableError::DynamoDb(logging::causes(error)),
    }
}
