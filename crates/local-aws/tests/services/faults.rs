//! Faults on purpose, seen by the SDK as AWS's own.

use std::time::Duration;

use aws_sdk_sts::error::ProvideErrorMetadata;
use http::StatusCode;
use local_aws::{AwsService, Fault};

use crate::support::{SIGNER, Stack, administrator, get};

#[tokio::test]
async fn a_service_fails_as_it_is_told_and_recovers() {
    let stack = Stack::with_signer().await;
    let faults = stack.aws.faults();
    let sts = stack.sts(administrator());
    let assume = || sts.assume_role().role_arn(SIGNER).role_session_name("me").send();
    faults.set(AwsService::Sts, Fault::Fail(StatusCode::BAD_REQUEST));
    assert_eq!(assume().await.unwrap_err().into_service_error().code(), Some("Throttling"));
    faults.set(AwsService::Sts, Fault::None);
    assert!(assume().await.is_ok());
    assert_eq!(faults.calls(AwsService::Sts, "AssumeRole"), 2);

    faults.set(AwsService::DynamoDb, Fault::Fail(StatusCode::BAD_REQUEST));
    let throttled = stack.dynamodb().list_tables().send().await.unwrap_err();
    assert_eq!(throttled.into_service_error().code(), Some("ThrottlingException"));

    let url = stack.presigned_get(administrator(), "k").await;
    faults.set(AwsService::S3, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(get(&url, &[]).await.code(), "SlowDown");
    faults.set(AwsService::S3, Fault::Drop);
    assert!(tokio::time::timeout(Duration::from_millis(200), get(&url, &[])).await.is_err());
    faults.set(AwsService::S3, Fault::Delay(Duration::from_millis(10)));
    assert_eq!(get(&url, &[]).await.status, StatusCode::OK);
    assert_eq!(faults.calls(AwsService::S3, "GetObject"), 1);
}
