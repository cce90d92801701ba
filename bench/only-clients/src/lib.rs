//! What both programs call of DynamoDB: one operation that reads and one that writes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use lambda_runtime::Error;

/// How many tables answer.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn read_and_write(client: &Client, key: &str) -> Result<usize, Error> {
    let key = || AttributeValue::S(key.to_owned());
    let keys = KeysAndAttributes::builder().keys([("pk".to_owned(), key())].into()).build()?;
    let found = client.batch_get_item().request_items("table", keys).send().await?;
    client.put_item().table_name("table").item("pk", key()).send().await?;
    Ok(found.responses.map_or(0, |tables| tables.len()))
}
