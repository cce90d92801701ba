//! What DynamoDB is asked, to the letter: rows are read by other releases than wrote them.
#![cfg(test)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use presign::cache::{
    Advance, Advanced, CacheKey, CachedUrl, GenerationLedger, IssuedFor, ScopeState, UrlCache, WantedRow,
};
use presign::generation::{Generations, Scope};
use presign::lifetime::{Asked, ExpiresIn, LifetimeMode, LimitedBy};
use presign::names::EventId;
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use presign::reconcile::{Fingerprint, Part, Recalled, Record, Renewal, SightLedger};
use serde_json::{Value, json};
use url_cache::{UrlTable, UrlTableError};

/// Remembers what it is asked. It answers readings with `rows`, and writings with that, if they are to fail.
#[derive(Debug, Clone, Default)]
struct DynamoDb {
    rows: Vec<Value>,
    failure: Option<&'static str>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl HttpConnector for DynamoDb {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let action = target.rsplit('.').next().unwrap().to_owned();
        let (status, answer) = match self.failure {
            _ if action == "BatchGetItem" => (200, json!({ "Responses": { "urls": self.rows } })),
            None => (200, json!({})),
            Some(failure) => (400, json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{failure}") })),
        };
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.asked.lock().unwrap().push((action, body));
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), answer.to_string().into())))
    }
}

impl DynamoDb {
    fn table(&self) -> UrlTable {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("AKIA1", "s", None, None, "test"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        UrlTable::new(Client::from_conf(config), "urls".to_owned())
    }

    /// The bodies of all requests for `action` so far.
    fn asked(&self, action: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(of, _)| of == action).map(|(_, body)| body.clone()).collect()
    }

    /// What the last transaction was to write, without the table's name that each of it has.
    fn written(&self) -> Vec<Value> {
        let transaction = self.asked("TransactWriteItems").pop().unwrap();
        let items = transaction["TransactItems"].as_array().unwrap().iter();
        let named = items.map(|item| item.as_object().unwrap().iter().next().unwrap());
        named
            .map(|(kind, write)| {
                let mut write = write.clone();
                assert_eq!(write.as_object_mut().unwrap().remove("TableName"), Some("urls".into()));
                json!({ kind: write })
            })
            .collect()
    }
}

fn at(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

fn bucket() -> Scope {
    Scope::Bucket("demo".parse().unwrap())
}

fn generations() -> Generations {
    let mut generations = Generations::default();
    generations.insert(&bucket(), 3);
    generations.insert(&Scope::Account("123456789012".parse().unwrap()), 0);
    generations
}

fn url(operation: Operation, limited_by: LimitedBy) -> CachedUrl {
    CachedUrl {
        url: PresignedUrl::new("https://h/k?X-Amz-Signature=abc".to_owned()),
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        expires_at: at(2_000_000_000_000),
        signed_for: ExpiresIn::from_seconds(900).unwrap(),
        limited_by,
        signed_by: "arn:aws:sts::123456789012:assumed-role/signer/me".to_owned(),
        generations: generations(),
        issued_for: IssuedFor {
            caller: "alice".to_owned(),
            tenant: Some("acme".to_owned()),
            operation,
            bucket: "demo".parse().unwrap(),
            key: "k".to_owned(),
        },
    }
}

#[tokio::test]
async fn a_row_of_a_url_is_written_so_and_read() {
    use LimitedBy::{Profile, Request, Session, SigV4, SignatureAge};
    use Operation::{CopyObject, DeleteObject, GetObject, HeadObject, PutObject};
    for (operation, operation_name, limited_by, limited_by_name) in [
        (GetObject, "getObject", Request, "request"),
        (HeadObject, "headObject", Profile, "profile"),
        (PutObject, "putObject", SigV4, "sigV4"),
        (CopyObject, "copyObject", SignatureAge, "signatureAge"),
        (DeleteObject, "deleteObject", Session, "session"),
    ] {
        let dynamodb = DynamoDb::default();
        let key = CacheKey::of(["k"]);
        let url = Arc::new(url(operation, limited_by));
        dynamodb.table().store(&[(key.clone(), url.clone())]).await.unwrap();
        let row = json!({
            "pk": { "S": format!("url#{key}") },
            "ttl": { "N": "2000000000" },
            "expiresAt": { "N": "2000000000" },
            "signedFor": { "N": "900" },
            "url": { "S": "https://h/k?X-Amz-Signature=abc" },
            "headers": { "M": { "content-type": { "S": "text/plain" } } },
            "limitedBy": { "S": limited_by_name },
            "signedBy": { "S": "arn:aws:sts::123456789012:assumed-role/signer/me" },
            "generations": { "M": { "bucket/demo": { "N": "3" }, "account/123456789012": { "N": "0" } } },
            "caller": { "S": "alice" },
            "tenant": { "S": "acme" },
            "operation": { "S": operation_name },
            "bucket": { "S": "demo" },
            "key": { "S": "k" },
        });
        assert_eq!(dynamodb.asked("PutItem"), [json!({ "TableName": "urls", "Item": row })]);
        let dynamodb = DynamoDb { rows: vec![row], ..DynamoDb::default() };
        let asked = Asked { expires_in: url.signed_for, mode: LifetimeMode::Clamp, minimum_remaining: None };
        let found = dynamodb.table().look_up(&[WantedRow { key: &key, asked: &asked }], &[]).await.unwrap();
        assert_eq!(found.urls, [(key, url)].into());
    }
}

fn by(scope: &Scope, hold_until: SystemTime) -> Advance<'_> {
    Advance { scope, events: &[], regardless: false, hold_until, now: at(1_000_500) }
}

#[tokio::test]
async fn an_advance_is_written_so() {
    let scope = bucket();
    let event: EventId = "6f5a4a5e".parse().unwrap();
    let held =
        json!({ "pk": { "S": "generation#bucket/demo" }, "generation": { "N": "4" }, "holdUntil": { "N": "2500" } });
    for (rows, events, writes) in [
        (
            vec![],
            std::slice::from_ref(&event),
            vec![
                json!({ "Update": {
                    "Key": { "pk": { "S": "generation#bucket/demo" } },
                    "UpdateExpression": "ADD #generation :one SET #hold = :until",
                    "ConditionExpression": "attribute_not_exists(#hold) OR #hold <= :until",
                    "ExpressionAttributeNames": { "#generation": "generation", "#hold": "holdUntil" },
                    "ExpressionAttributeValues": { ":one": { "N": "1" }, ":until": { "N": "2500" } },
                } }),
                json!({ "Put": {
                    "Item": { "pk": { "S": "event#6f5a4a5e#bucket/demo" }, "ttl": { "N": "87400" } },
                    "ConditionExpression": "attribute_not_exists(#pk) OR #ttl <= :now",
                    "ExpressionAttributeNames": { "#pk": "pk", "#ttl": "ttl" },
                    "ExpressionAttributeValues": { ":now": { "N": "1000" } },
                } }),
            ],
        ),
        (
            vec![held],
            &[],
            vec![json!({ "Update": {
                "Key": { "pk": { "S": "generation#bucket/demo" } },
                "UpdateExpression": "ADD #generation :one",
                "ExpressionAttributeNames": { "#generation": "generation" },
                "ExpressionAttributeValues": { ":one": { "N": "1" } },
            } })],
        ),
    ] {
        let dynamodb = DynamoDb { rows, ..DynamoDb::default() };
        dynamodb.table().advance(Advance { events, ..by(&scope, at(2_500)) }).await.unwrap();
        assert_eq!(dynamodb.written(), writes);
    }
}

#[tokio::test]
async fn what_was_seen_is_written_so_and_read() {
    use Part::{
        AttachedPolicies, BucketPolicy, Encryption, InlinePolicies, KeyPolicy, KeyState, MaxSessionDuration,
        PermissionsBoundary, PublicAccessBlock, RoleId, TrustPolicy,
    };
    let names = [
        (InlinePolicies, "inlinePolicies"),
        (AttachedPolicies, "attachedPolicies"),
        (PermissionsBoundary, "permissionsBoundary"),
        (RoleId, "roleId"),
        (TrustPolicy, "trustPolicy"),
        (MaxSessionDuration, "maxSessionDuration"),
        (BucketPolicy, "bucketPolicy"),
        (PublicAccessBlock, "publicAccessBlock"),
        (Encryption, "encryption"),
        (KeyState, "keyState"),
        (KeyPolicy, "keyPolicy"),
    ];
    let record = Record {
        parts: names.map(|(part, _)| (part, Fingerprint::absent())).into(),
        generations: generations(),
        unseen_since: [(BucketPolicy, generations())].into(),
        unexplained: true,
    };
    let where_they_stood = json!({ "M": { "bucket/demo": { "N": "3" }, "account/123456789012": { "N": "0" } } });
    let item = |edition| {
        json!({
            "pk": { "S": "sight#bucket/demo" },
            "parts": { "M": names.map(|(_, name)| (name.to_owned(), json!({ "S": "absent" }))).into_iter().collect::<Value>() },
            "generations": where_they_stood,
            "unseenSince": { "M": { "bucketPolicy": where_they_stood } },
            "unexplained": { "BOOL": true },
            "edition": { "N": edition },
        })
    };
    let first = json!({ "Put": {
        "Item": item("1"),
        "ConditionExpression": "attribute_not_exists(#edition) OR NOT attribute_type(#edition, :number)",
        "ExpressionAttributeNames": { "#edition": "edition" },
        "ExpressionAttributeValues": { ":number": { "S": "N" } },
    } });
    let later = json!({ "Put": {
        "Item": item("8"),
        "ConditionExpression": "#edition = :known",
        "ExpressionAttributeNames": { "#edition": "edition" },
        "ExpressionAttributeValues": { ":known": { "N": "7" } },
    } });
    let longest = ExpiresIn::from_seconds(600).ok();
    let held = ScopeState { generation: 4, hold_until: Some(at(2_500)), ceiling: longest };
    for (edition, state, advance, ceiling, put, update) in [
        (None, ScopeState::default(), None, None, &first, None),
        (Some("7"), held, None, longest, &later, None),
        (
            Some("7"),
            held,
            Some(at(2_500)),
            None,
            &later,
            Some(json!({
                "UpdateExpression": "ADD #generation :more REMOVE #ceiling",
                "ExpressionAttributeNames": { "#generation": "generation", "#ceiling": "ceiling" },
                "ExpressionAttributeValues": { ":more": { "N": "1" } },
            })),
        ),
        (
            Some("7"),
            held,
            Some(at(2_501)),
            None,
            &later,
            Some(json!({
                "UpdateExpression": "ADD #generation :more SET #hold = :until REMOVE #ceiling",
                "ConditionExpression": "attribute_not_exists(#hold) OR #hold <= :until",
                "ExpressionAttributeNames": { "#generation": "generation", "#hold": "holdUntil", "#ceiling": "ceiling" },
                "ExpressionAttributeValues": { ":more": { "N": "1" }, ":until": { "N": "2501" } },
            })),
        ),
        (
            None,
            ScopeState::default(),
            None,
            longest,
            &first,
            Some(json!({
                "UpdateExpression": "ADD #generation :more SET #ceiling = :ceiling",
                "ExpressionAttributeNames": { "#generation": "generation", "#ceiling": "ceiling" },
                "ExpressionAttributeValues": { ":more": { "N": "0" }, ":ceiling": { "N": "600" } },
            })),
        ),
        (
            None,
            ScopeState::default(),
            Some(at(2_500)),
            longest,
            &first,
            Some(json!({
                "UpdateExpression": "ADD #generation :more SET #ceiling = :ceiling, #hold = :until",
                "ConditionExpression": "attribute_not_exists(#hold) OR #hold <= :until",
                "ExpressionAttributeNames": { "#generation": "generation", "#hold": "holdUntil", "#ceiling": "ceiling" },
                "ExpressionAttributeValues": {
                    ":more": { "N": "1" }, ":until": { "N": "2500" }, ":ceiling": { "N": "600" },
                },
            })),
        ),
    ] {
        let dynamodb = DynamoDb::default();
        let before = Recalled { edition: edition.map(str::to_owned), state, ..Recalled::default() };
        let renewal = Renewal { record: record.clone(), advance, ceiling };
        assert!(dynamodb.table().renew(&bucket(), &before, &renewal).await.unwrap());
        let update = update.map(|mut update| {
            update["Key"] = json!({ "pk": { "S": "generation#bucket/demo" } });
            json!({ "Update": update })
        });
        assert_eq!(dynamodb.written(), [put.clone()].into_iter().chain(update).collect::<Vec<_>>());
    }
    let dynamodb = DynamoDb { rows: vec![item("8")], ..DynamoDb::default() };
    let recalled = dynamodb.table().recall(&bucket(), None).await.unwrap();
    assert_eq!((recalled.record, recalled.edition), (Some(record), Some("8".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn after_the_last_try_nothing_is_waited_for() {
    let dynamodb = DynamoDb { failure: Some("TransactionCanceledException"), ..DynamoDb::default() };
    let (began, scope) = (tokio::time::Instant::now(), bucket());
    let advanced = dynamodb.table().advance(by(&scope, at(0))).await;
    assert!(matches!(advanced, Err(UrlTableError::Contended(of)) if of == scope));
    assert_eq!(dynamodb.asked("TransactWriteItems").len(), 8);
    // 10, 20, .. 640 ms between them.
    assert_eq!(began.elapsed(), Duration::from_millis(1_270));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_conflict_is_not_tried_again() {
    let dynamodb = DynamoDb { failure: Some("ResourceNotFoundException"), ..DynamoDb::default() };
    let scope = bucket();
    let advanced: Result<Advanced, _> = dynamodb.table().advance(by(&scope, at(0))).await;
    assert!(matches!(advanced, Err(UrlTableError::DynamoDb(code)) if code == "ResourceNotFoundException"));
    assert_eq!(dynamodb.asked("TransactWriteItems").len(), 1);
}
