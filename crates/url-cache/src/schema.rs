use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction,
    GlobalSecondaryIndex, GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TableDescription, TimeToLiveSpecification,
};

/// The table's one key attribute.
pub(crate) const PARTITION_KEY: &str = "pk";
/// The attribute that TTL deletes by.
pub(crate) const TTL: &str = "ttl";

/// The index of what is out: the URLs of a bucket by when they end, with what an operator may see of them. It has neither the URLs
/// nor their headers.
pub(crate) const INDEX: &str = "issued";
/// The index's keys.
pub(crate) const BUCKET: &str = "bucket";
pub(crate) const EXPIRES_AT: &str = "expiresAt";
/// What else it has.
pub(crate) const CALLER: &str = "caller";
pub(crate) const KEY: &str = "key";
pub(crate) const OPERATION: &str = "operation";
pub(crate) const SIGNED_BY: &str = "signedBy";
pub(crate) const TENANT: &str = "tenant";
const PROJECTED: [&str; 5] = [CALLER, KEY, OPERATION, SIGNED_BY, TENANT];

/// Creates the table where it does not exist, and the index where an earlier release has left a table without it, or with less in it: for the local
/// stack and tests. In an account, `template.yaml` does.
///
/// # Errors
/// When DynamoDB refuses.
pub async fn create_table(client: &Client, name: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let attribute = |name, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(PROJECTED.map(str::to_owned).into()))
        .build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key(BUCKET, KeyType::Hash)?)
        .key_schema(key(EXPIRES_AT, KeyType::Range)?)
        .projection(projection)
        .build()?;
    // Not asked for in vain where that is known: the local database writes a warning then.
    let tables = client.list_tables().send().await?;
    if tables.table_names().iter().any(|table| table == name) {
        return add_index(client, name, index).await;
    }
    let creation = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key(PARTITION_KEY, KeyType::Hash)?)
        .attribute_definitions(attribute(PARTITION_KEY, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(BUCKET, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(EXPIRES_AT, ScalarAttributeType::N)?)
        .global_secondary_indexes(index.clone())
        .send()
        .await;
    match creation {
        Ok(_) => {
            let ttl = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build()?;
            client.update_time_to_live().table_name(name).time_to_live_specification(ttl).send().await?;
            Ok(())
        }
        Err(error) if exists_already(&error) => add_index(client, name, index).await,
        Err(error) => Err(error.into()),
    }
}

async fn add_index(client: &Client, name: &str, index: GlobalSecondaryIndex) -> Result<(), aws_sdk_dynamodb::Error> {
    let table = client.describe_table().table_name(name).send().await?;
    let indexes = table.table().map(TableDescription::global_secondary_indexes).unwrap_or_default();
    if indexes.iter().any(|index| has_all(index.projection())) {
        return Ok(());
    }
    if !indexes.is_empty() {
        let deletion = DeleteGlobalSecondaryIndexAction::builder().index_name(INDEX).build()?;
        let update = GlobalSecondaryIndexUpdate::builder().delete(deletion).build();
        client.update_table().table_name(name).global_secondary_index_updates(update).send().await?;
    }
    let attribute = |name, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    let creation = CreateGlobalSecondaryIndexAction::builder()
        .index_name(index.index_name)
        .set_key_schema(Some(index.key_schema))
        .set_projection(index.projection)
        .build()?;
    client
        .update_table()
        .table_name(name)
        .attribute_definitions(attribute(PARTITION_KEY, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(BUCKET, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(EXPIRES_AT, ScalarAttributeType::N)?)
        .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(creation).build())
        .send()
        .await?;
    Ok(())
}

fn has_all(projection: Option<&Projection>) -> bool {
    let projected = projection.map(Projection::non_key_attributes).unwrap_or_default();
    PROJECTED.iter().all(|name| projected.iter().any(|projected| projected == name))
}

fn exists_already(error: &SdkError<CreateTableError>) -> bool {
    error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception)
}
