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

/// What EventBridge, SQS or SNS deliver: nothing is advanced that no profile depends on, but for the account of which all may have changed,
/// and of a batch only its own messages are handed back.
pub fn policy_changes(bytes: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Value>(bytes) else { return };
    let home = "123456789012".parse().ok();
    let ledger = Ledger::default();
    let invalidator = Invalidator::new(PROFILES.clone(), &ledger, Directory, Duration::from_mins(2), Arc::new(now));
    let answer = settle(invalidator.handle(payload.clone(), home.as_ref()));
    for scope in ledger.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        assert!(PROFILES.watch(scope) || matches!(scope, Scope::Account(_)), "{scope} is nobody's");
    }
    if let Ok(Answer::Batch(batch)) = answer {
        let failed = batch.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str());
        let records = payload.get("Records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<&str> =
            records.iter().map(|record| record.get("messageId").and_then(Value::as_str).unwrap_or_default()).collect();
        assert!(failed.into_iter().all(|id| ids.contains(&id)), "a message is handed back that never came");
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
