//! `PutEvents`: there is no SDK client for it here, so the calls are signed by hand.

use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Stack, now, send};

fn hmac(key: &[u8], data: &str) -> Vec<u8> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap().chain_update(data);
    mac.finalize().into_bytes().to_vec()
}

async fn call(stack: &Stack, secret: &str, operation: &str, body: &Value) -> Answer {
    let now = jiff::Timestamp::try_from(now()).unwrap();
    let (stamp, day) = (now.strftime("%Y%m%dT%H%M%SZ").to_string(), now.strftime("%Y%m%d").to_string());
    let (host, body, target) = (stack.address.to_string(), body.to_string(), format!("AWSEvents.{operation}"));
    let scope = format!("{day}/us-east-1/events/aws4_request");
    let canonical = format!(
        "POST\n/\n\nhost:{host}\nx-amz-date:{stamp}\nx-amz-target:{target}\n\nhost;x-amz-date;x-amz-target\n{}",
        hex::encode(Sha256::digest(&body))
    );
    let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let key = scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIALOCALADMINISTRAT/{scope}, SignedHeaders=host;x-amz-date;x-amz-target, \
         Signature={}",
        hex::encode(hmac(&key, &to_sign))
    );
    let headers = [
        ("authorization", authorization.as_str()),
        ("host", &host),
        ("x-amz-date", &stamp),
        ("x-amz-target", &target),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    send(Method::POST, &format!("{}/", stack.endpoint()), &headers, body).await
}

#[tokio::test]
async fn entries_become_events_and_a_malformed_one_does_not() {
    let mut stack = Stack::start().await;
    let entries = json!({"Entries": [
        {"Source": "aws.s3", "DetailType": "AWS API Call via CloudTrail", "Detail": "{\"eventName\":\"PutBucketPolicy\"}",
            "Time": 1_700_000_000, "Resources": ["arn:aws:s3:::docs"]},
        {"Source": "mine", "DetailType": "t", "Detail": "not json"},
    ]});
    let answer = call(&stack, "local-secret", "PutEvents", &entries).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["FailedEntryCount"], 1);
    assert_eq!(answer["Entries"][1]["ErrorCode"], "MalformedDetail");
    let event = stack.events.recv().await.unwrap();
    assert_eq!(event["id"], answer["Entries"][0]["EventId"]);
    assert_eq!(event["time"], "2023-11-14T22:13:20Z");
    assert_eq!(event["detail"]["eventName"], "PutBucketPolicy");
    assert_eq!(event["resources"], json!(["arn:aws:s3:::docs"]));
    assert!(stack.events.try_recv().is_err());
}

#[tokio::test]
async fn a_wrong_signature_and_an_unknown_operation_are_refused() {
    let stack = Stack::start().await;
    let answer = call(&stack, "wrong", "PutEvents", &json!({"Entries": []})).await;
    assert!(answer.body.contains("InvalidSignatureException"), "{}", answer.body);
    let answer = call(&stack, "local-secret", "PutRule", &json!({})).await;
    assert!(answer.body.contains("UnknownOperationException"), "{}", answer.body);
}
