use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::KeysAndAttributes;
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

impl UrlTable {
    #[must_use]
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// The rows of `keys`, at most a hundred, that there are: all of them from one strongly consistent `BatchGetItem`.
    pub(crate) async fn read(
        &self,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<BTreeMap<String, Item>, UrlTableError> {
        let request = keys
            .into_iter()
            .fold(KeysAndAttributes::builder().consistent_read(true), |request, key| {
                request.keys([(PARTITION_KEY.to_owned(), row::text(key))].into())
            })
            .build()
            .map_err(|e| UrlTableError::DynamoDb(e.to_string()))?;
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
        let mut items = BTreeMap::new();
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
    async fn look_up(&self, wanted: Option<WantedRow<'_>>, scopes: &[Scope]) -> Result<LookUp, UrlTableError> {
        let url_key = wanted.map(|row| row::url_key(row.key));
        let mut items = self.read(scopes.iter().map(row::scope_key).chain(url_key.clone())).await?;
        let mut found = LookUp::default();
        for scope in scopes {
            found.scopes.insert(scope.clone(), state_of(scope, &items)?);
        }
        if let Some(item) = url_key.and_then(|key| items.remove(&key)) {
            found.url = row::from_item(&item);
            if found.url.is_none() {
                tracing::warn!("a row of the URL table cannot be read, and is taken for absent");
            }
        }
        Ok(found)
    }

    async fn store(&self, key: &CacheKey, url: &CachedUrl) -> Result<(), UrlTableError> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(row::to_item(key, url)));
        put.send().await.map_err(|error| described(&error))?;
        Ok(())
    }
}

/// Where `scope` stands, by the rows read; one that has no row was never advanced.
pub(crate) fn state_of(scope: &Scope, items: &BTreeMap<String, Item>) -> Result<ScopeState, UrlTableError> {
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
