//! The invalidator's services.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use only_clients::read_and_write;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = aws_connection::of_environment();
    let (dynamodb, iam) = (&aws_sdk_dynamodb::Client::new(&aws), &aws_sdk_iam::Client::new(&aws));
    let handle = async |event: LambdaEvent<Value>| {
        let name = event.payload.as_str().unwrap_or_default();
        let holders = iam.list_entities_for_policy().policy_arn(name).send().await?;
        read_and_write(dynamodb, holders.marker().unwrap_or_default()).await
    };
    lambda_runtime::run(service_fn(handle)).await
}
