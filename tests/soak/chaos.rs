use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use end_to_end::ALLOW_NOTHING_NEW;
use local_aws::{AwsService, Fault};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::worker::Shared;

/// What was done to the stack.
#[derive(Debug, Default)]
pub struct Done {
    pub changes: u64,
    pub changes_in_faults: u64,
    pub repeated_events: u64,
    pub irrelevant_events: u64,
    pub faults: u64,
}

const FAULTS: [Fault; 5] = [
    Fault::Fail(StatusCode::SERVICE_UNAVAILABLE),
    Fault::Fail(StatusCode::BAD_REQUEST),
    Fault::Delay(Duration::from_millis(1500)),
    Fault::Drop,
    Fault::Garble,
];
const FAULT_LASTS: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_secs(3);
/// Irrelevant events for each round of changes: most of what an account tells concerns none of our URLs.
const IRRELEVANT: u64 = 20;

/// Changes policies until it is told to stop, every third time while a service fails.
pub async fn make(shared: Arc<Shared>) -> Done {
    let mut done = Done::default();
    let faults = shared.bench.stack.aws().faults();
    for round in 0_usize.. {
        if shared.is_stopped() {
            break;
        }
        let fault = (round % 3 == 2).then(|| {
            let service = if round % 2 == 0 { AwsService::DynamoDb } else { AwsService::Sts };
            (service, FAULTS.get(round / 3 % FAULTS.len()).copied().unwrap_or_default())
        });
        if let Some((service, fault)) = fault {
            faults.set(service, fault);
            done.faults += 1;
        }
        shared.begin();
        let changes = if round % 4 == 3 {
            change_bucket(&shared, round, &mut done).await;
            1
        } else if round % 2 == 0 {
            shared.bench.put_role_policy("soak", ALLOW_NOTHING_NEW).await;
            1
        } else {
            // It is there: the round before has put it.
            shared.bench.delete_role_policy("soak").await;
            shared.bench.put_role_policy("soak", ALLOW_NOTHING_NEW).await;
            2
        };
        done.changes += changes;
        if fault.is_some() {
            done.changes_in_faults += changes;
        }
        for i in 0..IRRELEVANT {
            shared.bench.stack.deliver(irrelevant(round, i)).await;
        }
        done.irrelevant_events += IRRELEVANT;
        if let Some((service, _)) = fault {
            sleep(FAULT_LASTS).await;
            faults.set(service, Fault::None);
        }
        shared.bench.stack.settled().await;
        shared.handled().await;
        sleep(BETWEEN).await;
    }
    done
}

/// A change of the bucket's policy, of which CloudTrail tells twice.
async fn change_bucket(shared: &Shared, round: usize, done: &mut Done) {
    let event = event(round, 0, "s3.amazonaws.com", "PutBucketPolicy", &json!({"bucketName": "demo"}));
    shared.bench.stack.deliver(event.clone()).await;
    shared.bench.stack.deliver(event).await;
    done.repeated_events += 1;
}

fn irrelevant(round: usize, i: u64) -> Value {
    event(round, i + 1, "iam.amazonaws.com", "PutRolePolicy", &json!({"roleName": format!("another-{i}")}))
}

fn event(round: usize, i: u64, source: &str, name: &str, parameters: &Value) -> Value {
    let file = include_str!("../events/iam-put-role-policy.json");
    let mut event: Value = serde_json::from_str(file).expect("the file is JSON");
    if let Some(detail) = event.get_mut("detail").and_then(Value::as_object_mut) {
        detail.insert("eventID".to_owned(), json!(format!("6f5a4a5e-0000-4000-{i:04x}-{round:012x}")));
        detail.insert("eventSource".to_owned(), json!(source));
        detail.insert("eventName".to_owned(), json!(name));
        detail.insert("requestParameters".to_owned(), parameters.clone());
    }
    event
}
