use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use invalidate_urls::{Answer, Invalidator};
use presign::cache::{Advance, Advanced, GenerationLedger};
use presign::generation::Scope;
use presign::names::{AccountId, GroupName, PolicyArn, Principal};
use presign::policy_change::{Holders, PrincipalDirectory};
use serde_json::Value;

use crate::service::{PROFILES, now, settle};

/// What EventBridge, SQS or SNS deliver: nothing is advanced that no profile depends on, but for the account of which anything but
/// its principals may have changed, and of a batch only its own messages are handed back.
pub fn policy_changes(bytes: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Value>(bytes) else { return };
    let home = "123456789012".parse().ok();
    let ledger = Ledger::default();
    let invalidator = Invalidator::new(PROFILES.clone(), &ledger, Directory, Duration::from_mins(2), Arc::new(now));
    let answer = settle(invalidator.handle(payload.clone(), home.as_ref()));
    // IAM's events name whom they concern. A batch's own sources are SQS and SNS.
    let of_others = |source: &String| source.ends_with(".amazonaws.com") && source != "iam.amazonaws.com";
    let by_others = sources(&payload).iter().any(of_others);
    for scope in ledger.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let whole_account = matches!(scope, Scope::Account(_)) && by_others;
        assert!(PROFILES.watch(scope) || whole_account, "{scope} is nobody's");
    }
    if let Ok(Answer::Batch(batch)) = answer {
        let failed = batch.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str());
        let records = payload.get("Records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<&str> =
            records.iter().map(|record| record.get("messageId").and_then(Value::as_str).unwrap_or_default()).collect();
        assert!(failed.into_iter().all(|id| ids.contains(&id)), "a message is handed back that never came");
    }
}

/// The event sources that are named anywhere in it, also in texts that are JSON, as a message's body is.
fn sources(payload: &Value) -> Vec<String> {
    match payload {
        Value::Object(members) => {
            let named = members.get("eventSource").and_then(Value::as_str).map(str::to_owned);
            named.into_iter().chain(members.values().flat_map(sources)).collect()
        }
        Value::Array(items) => items.iter().flat_map(sources).collect(),
        Value::String(text) => serde_json::from_str(text).map(|inner: Value| sources(&inner)).unwrap_or_default(),
        _ => vec![],
    }
}

/// The scopes that were advanced.
#[derive(Default)]
struct Ledger(Mutex<Vec<Scope>>);

impl GenerationLedger for &Ledger {
    type Error = Infallible;

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, Infallible> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(advance.scope.clone());
        Ok(Advanced { generation: Some(1), repeated: vec![] })
    }
}

/// An account in which the signing role has each policy.
struct Directory;

impl PrincipalDirectory for Directory {
    type Error = Infallible;

    async fn holders(&self, account: &AccountId, _: &PolicyArn) -> Result<Holders, Infallible> {
        let role = Principal::role(account.clone(), "signer").expect("a role's name");
        Ok(Holders { principals: vec![role], groups: vec![] })
    }

    async fn members(&self, account: &AccountId, _: &GroupName) -> Result<Vec<Principal>, Infallible> {
        Ok(vec![Principal::user(account.clone(), "bob").expect("a user's name")])
    }
}
