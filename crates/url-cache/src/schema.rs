use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};

/// The table's one key attribute.
pub(crate) const PARTITION_KEY: &str = "pk";
/// The attribute that TTL deletes by.
pub(crate) const TTL: &str = "ttl";

/// Creates the table where it does not exist: for the local stack and tests. In an account, `template.yaml` creates it.
///
/// # Errors
/// When DynamoDB refuses.
pub async fn create_table(client: &Client, name: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    let key = KeySchemaElement::builder().attribute_name(PARTITION_KEY).key_type(KeyType::Hash).build()?;
    let attribute =
        AttributeDefinition::builder().attribute_name(PARTITION_KEY).attribute_type(ScalarAttributeType::S).build()?;
    let creation = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key)
        .attribute_definitions(attribute)
        .send()
        .await;
    match creation {
        Ok(_) => {
            let ttl = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build()?;
            client.update_time_to_live().table_name(name).time_to_live_specification(ttl).send().await?;
            Ok(())
        }
        Err(error) if exists_already(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn exists_already(error: &SdkError<CreateTableError>) -> bool {
    error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception)
}
