//! The issuer's services, and its policies.

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use only_clients::read_and_write;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let policies: PolicySet = std::env::var("POLICIES")?.parse()?;
    let aws = aws_connection::of_environment();
    let (dynamodb, sts) = (&aws_sdk_dynamodb::Client::new(&aws), &aws_sdk_sts::Client::new(&aws));
    let handle = async |event: LambdaEvent<Value>| {
        let name = event.payload.as_str().unwrap_or_default();
        let uid: EntityUid = name.parse()?;
        let request = Request::new(uid.clone(), uid.clone(), uid, Context::empty(), None)?;
        let answer = Authorizer::new().is_authorized(&request, &policies, &Entities::empty());
        if answer.decision() == Decision::Deny {
            return Ok(0);
        }
        let session = sts.assume_role().role_arn(name).role_session_name("session").send().await?;
        let key = session.credentials.map(|session| session.access_key_id).unwrap_or_default();
        read_and_write(dynamodb, &key).await
    };
    lambda_runtime::run(service_fn(handle)).await
}
