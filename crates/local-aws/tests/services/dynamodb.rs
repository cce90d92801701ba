//! DynamoDB through the shared port.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::support::Stack;

#[tokio::test]
async fn a_table_keeps_its_items_over_a_restart() {
    let stack = Stack::start().await;
    let dynamodb = stack.dynamodb();
    let attribute =
        AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S).build().unwrap();
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
    let create = dynamodb.create_table().table_name("urls").attribute_definitions(attribute).key_schema(key);
    create.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
    dynamodb.put_item().table_name("urls").item("pk", AttributeValue::S("a".into())).send().await.unwrap();
    assert_eq!(stack.aws.faults().calls(local_aws::AwsService::DynamoDb, "PutItem"), 1);

    let stack = stack.restart().await;
    assert_eq!(stack.aws.dynamodb().table_count().unwrap(), 1);
    let got = stack.dynamodb().get_item().table_name("urls").key("pk", AttributeValue::S("a".into()));
    assert!(got.send().await.unwrap().item().is_some());
}
