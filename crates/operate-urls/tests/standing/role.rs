//! A role's inline policies as IAM keeps them, which notices when something lives again that was dead.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use operate_urls::{IamError, RolePolicies};
use presign::names::RoleArn;
use serde_json::Value;

const QUOTA: usize = 10_240;
pub const HALF_A_DAY: u64 = 12 * 60 * 60;

/// A policy, and what it kills as IAM reads it: sessions older than so many seconds since 1970, of these tenants or of all.
#[derive(Clone)]
struct Policy {
    document: String,
    kills: Option<(u64, Option<Vec<String>>)>,
}

#[derive(Default)]
struct State {
    policies: BTreeMap<String, Policy>,
    now: u64,
    /// Of each tenant the latest moment before which its sessions were dead; of all tenants under none.
    dead: BTreeMap<Option<String>, u64>,
    /// The same by what is never written over.
    dead_for_good: BTreeMap<Option<String>, u64>,
    may_go_back: bool,
}

/// The role, and all tenants that its sessions can bear.
pub struct Role {
    state: Mutex<State>,
    tenants: Vec<Option<String>>,
}

impl Role {
    pub fn new(tenants: &[String]) -> Self {
        let own = r#"{"Statement":"what the role may"}"#;
        let policies =
            [("sign-urls".to_owned(), Policy { document: format!("{own:600}").replace(' ', "x"), kills: None })];
        let tenants = tenants.iter().cloned().map(Some).chain([None]).collect();
        Self { state: Mutex::new(State { policies: policies.into(), ..State::default() }), tenants }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets time pass.
    pub fn set_now(&self, now: u64) {
        self.state().now = now;
    }

    /// Before when this tenant's sessions are dead; of none the untagged ones.
    pub fn line(&self, tenant: Option<&str>) -> u64 {
        self.state().line(tenant, |_, _| true)
    }

    pub fn names(&self) -> Vec<String> {
        self.state().policies.keys().cloned().collect()
    }

    /// Fills the role up with somebody else's policy, to the last character but `room`.
    pub fn fill(&self, room: usize) {
        let mut state = self.state();
        let filling = QUOTA.saturating_sub(room).saturating_sub(state.size("filling"));
        let policy = Policy { document: "x".repeat(filling), kills: None };
        state.policies.insert("filling".to_owned(), policy);
    }

    pub fn unfill(&self) {
        self.state().policies.remove("filling");
    }

    pub fn is_filled(&self) -> bool {
        self.state().policies.contains_key("filling")
    }

    /// What two do at once that both revoke the whole role, or of whom one does and finds no room: of what the last to write does not
    /// kill, only that need not stay dead which the other has written where anybody may write.
    pub fn set_may_go_back(&self, may_go_back: bool) {
        let mut state = self.state();
        state.may_go_back = may_go_back;
        if !may_go_back {
            for tenant in &self.tenants {
                let line = state.line(tenant.as_deref(), |_, _| true);
                state.dead.insert(tenant.clone(), line);
            }
        }
    }

    fn changed(&self, state: &mut State, by: &str) {
        let now = state.now;
        let not_ended = |line: u64| if line.saturating_sub(1) + HALF_A_DAY <= now { 0 } else { line };
        for tenant in &self.tenants {
            let line = state.line(tenant.as_deref(), |_, _| true);
            let for_good = state.line(tenant.as_deref(), is_for_good);
            let known = if state.may_go_back { &state.dead_for_good } else { &state.dead };
            let dead = not_ended(known.get(tenant).copied().unwrap_or_default());
            assert!(
                line >= dead,
                "{by}: sessions of {tenant:?} from before {dead} live again from {line}: {:?}",
                state.policies.keys()
            );
            state.dead.insert(tenant.clone(), line);
            let dead_for_good = state.dead_for_good.entry(tenant.clone()).or_default();
            *dead_for_good = for_good.max(not_ended(*dead_for_good));
        }
    }
}

/// Whether a policy is never written over, nor taken away but where another stands in for it.
fn is_for_good(name: &str, policy: &Policy) -> bool {
    name.contains("-all-") || policy.kills.as_ref().is_some_and(|(_, tenants)| tenants.is_some())
}

impl State {
    fn size(&self, without: &str) -> usize {
        let others = self.policies.iter().filter(|(name, _)| *name != without);
        others.map(|(_, policy)| policy.document.chars().filter(|c| !c.is_whitespace()).count()).sum()
    }

    fn line(&self, tenant: Option<&str>, counts: fn(&str, &Policy) -> bool) -> u64 {
        let of = |kills: &(u64, Option<Vec<String>>)| match (&kills.1, tenant) {
            (None, _) => Some(kills.0),
            (Some(tenants), Some(tenant)) => tenants.iter().any(|of| of == tenant).then_some(kills.0),
            (Some(_), None) => None,
        };
        let policies = self.policies.iter().filter(|(name, policy)| counts(name, policy));
        policies.filter_map(|(_, policy)| policy.kills.as_ref().and_then(of)).max().unwrap_or_default()
    }
}

fn kills(document: &str) -> Option<(u64, Option<Vec<String>>)> {
    let policy: Value = serde_json::from_str(document).unwrap();
    let condition = &policy["Statement"][0]["Condition"];
    let time: Timestamp = condition["DateLessThan"]["aws:TokenIssueTime"].as_str()?.parse().unwrap();
    let tenants = match &condition["StringEquals"]["aws:PrincipalTag/tenant"] {
        Value::Null => None,
        Value::String(one) => Some(vec![one.clone()]),
        many => Some(serde_json::from_value(many.clone()).unwrap()),
    };
    Some((time.as_second().unsigned_abs(), tenants))
}

/// Somebody at work on the role, whom others come between, and whose power may go out.
pub struct Hand<'a> {
    role: &'a Role,
    /// How many calls are answered.
    calls: AtomicUsize,
    /// How often others come before each call.
    pauses: &'a [usize],
    done: AtomicUsize,
}

impl<'a> Hand<'a> {
    pub fn new(role: &'a Role, calls: usize, pauses: &'a [usize]) -> Self {
        Self { role, calls: AtomicUsize::new(calls), pauses, done: AtomicUsize::new(0) }
    }

    /// The first call that is not answered is done all the same; those after it are not.
    async fn call<T>(&self, call: impl FnOnce(&mut State) -> Result<T, IamError>) -> Result<T, IamError> {
        let done = self.done.fetch_add(1, Ordering::Relaxed);
        for _ in 0..self.pauses.get(done % self.pauses.len().max(1)).copied().unwrap_or_default() {
            tokio::task::yield_now().await;
        }
        let answered = self.calls.load(Ordering::Relaxed);
        if done > answered {
            return Err(IamError::Unavailable("the power is out".to_owned()));
        }
        let outcome = call(&mut self.role.state());
        if done == answered { Err(IamError::Unavailable("the power goes out".to_owned())) } else { outcome }
    }
}

impl RolePolicies for Hand<'_> {
    async fn names(&self, _: &RoleArn) -> Result<Vec<String>, IamError> {
        self.call(|state| Ok(state.policies.keys().cloned().collect())).await
    }

    async fn document(&self, _: &RoleArn, name: &str) -> Result<Option<String>, IamError> {
        self.call(|state| Ok(state.policies.get(name).map(|policy| policy.document.clone()))).await
    }

    async fn put(&self, role: &RoleArn, name: &str, document: &str) -> Result<(), IamError> {
        self.call(|state| {
            if state.size(name) + document.len() > QUOTA {
                return Err(IamError::Full(role.clone()));
            }
            let policy = Policy { document: document.to_owned(), kills: kills(document) };
            state.policies.insert(name.to_owned(), policy);
            self.role.changed(state, name);
            Ok(())
        })
        .await
    }

    async fn delete(&self, _: &RoleArn, name: &str) -> Result<(), IamError> {
        self.call(|state| {
            state.policies.remove(name);
            self.role.changed(state, "a deletion");
            Ok(())
        })
        .await
    }
}
