//! Looks at everything, on an observer and a ledger in memory.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use presign::cache::ScopeState;
use presign::generation::{Generations, Scope};
use presign::lifetime::ExpiresIn;
use presign::names::AccountId;
use presign::reconcile::{Ceiling, Fingerprint, Observer, Recalled, Record, Renewal, Sight, SightLedger, Subject};
use reconcile_urls::{Reconciled, Reconciler};
use settings::Settings;

const SETTINGS: &str = r#"
[[buckets]]
bucket = "demo"
region = "us-east-1"
signingRole = "arn:aws:iam::123456789012:role/team/signer"
operations = ["getObject"]
prefixes = [""]
encryption = { serverSideEncryption = "aws:kms", ssekmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/k1" }

[[buckets]]
bucket = "other"
region = "us-east-1"
signingRole = "arn:aws:iam::123456789012:role/team/signer"
operations = ["getObject"]
prefixes = [""]
"#;

/// How everything looks; some of it not at all, or never.
#[derive(Default)]
struct Sights {
    looks: Mutex<BTreeMap<String, String>>,
    ceilings: Mutex<BTreeMap<String, Ceiling>>,
    hidden: Mutex<Option<&'static str>>,
    endless: Mutex<Option<&'static str>>,
    /// How long each look takes.
    slow: Mutex<Duration>,
    looked_at: Mutex<BTreeSet<String>>,
}

impl Observer for &Sights {
    fn afresh(&self) -> Self {
        self
    }

    async fn look(&self, subject: &Subject) -> Sight {
        let scope = subject.scope().to_string();
        self.looked_at.lock().unwrap().insert(scope.clone());
        let slow = *self.slow.lock().unwrap();
        tokio::time::sleep(slow).await;
        if *self.endless.lock().unwrap() == Some(scope.as_str()) {
            std::future::pending::<()>().await;
        }
        if *self.hidden.lock().unwrap() == Some(scope.as_str()) {
            return Sight::unseen(subject.parts(), "AccessDenied");
        }
        let look = self.looks.lock().unwrap().get(&scope).cloned().unwrap_or_default();
        let parts = subject.parts().iter().map(|part| (*part, Ok(Fingerprint::of([look.as_str()])))).collect();
        let ceiling = self.ceilings.lock().unwrap().get(&scope).copied().unwrap_or(Ceiling::None);
        Sight { parts, ceiling }
    }
}

#[derive(Default)]
struct Ledger {
    rows: Mutex<BTreeMap<Scope, (Option<Record>, ScopeState)>>,
    failing: Mutex<Option<&'static str>>,
    /// How often another writes the same record first.
    contended: AtomicU64,
    /// How long each write takes.
    slow: Mutex<Duration>,
}

impl Ledger {
    /// What an event does.
    fn advance(&self, scope: &Scope) {
        self.rows.lock().unwrap().entry(scope.clone()).or_default().1.generation += 1;
    }
}

impl SightLedger for &Ledger {
    type Error = std::io::Error;

    async fn recall(&self, scope: &Scope, wider: Option<&Scope>) -> Result<Recalled, std::io::Error> {
        if *self.failing.lock().unwrap() == Some(scope.to_string().as_str()) {
            return Err(std::io::Error::other("throttled"));
        }
        let rows = self.rows.lock().unwrap();
        let (record, state) = rows.get(scope).cloned().unwrap_or_default();
        let mut generations = Generations::default();
        for scope in [Some(scope), wider].into_iter().flatten() {
            generations.insert(scope, rows.get(scope).map_or(0, |(_, state)| state.generation));
        }
        Ok(Recalled { record, state, generations, ..Recalled::default() })
    }

    async fn renew(&self, scope: &Scope, before: &Recalled, renewal: &Renewal) -> Result<bool, std::io::Error> {
        let slow = *self.slow.lock().unwrap();
        tokio::time::sleep(slow).await;
        if self.contended.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Ok(false);
        }
        let mut rows = self.rows.lock().unwrap();
        let (record, state) = rows.entry(scope.clone()).or_default();
        assert_eq!(record, &before.record);
        *record = Some(renewal.record.clone());
        state.ceiling = renewal.ceiling;
        if let Some(hold_until) = renewal.advance {
            *state = ScopeState { generation: state.generation + 1, hold_until: Some(hold_until), ..*state };
        }
        Ok(true)
    }
}

struct Bench {
    settings: String,
    sights: Sights,
    ledger: Ledger,
    minutes: Arc<AtomicU64>,
}

impl Default for Bench {
    fn default() -> Self {
        let (sights, ledger, minutes) = Default::default();
        Self { settings: SETTINGS.to_owned(), sights, ledger, minutes }
    }
}

impl Bench {
    async fn run(&self, minutes: u64) -> Reconciled {
        self.run_in(HOME, minutes).await
    }

    async fn run_in(&self, home: &str, minutes: u64) -> Reconciled {
        self.minutes.store(minutes, SeqCst);
        self.reconciler().reconcile(Some(&home.parse::<AccountId>().unwrap())).await.unwrap()
    }

    fn reconciler(&self) -> Reconciler<&Ledger, &Sights> {
        let hand = Arc::clone(&self.minutes);
        let clock = Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_mins(hand.load(SeqCst)));
        let profiles = Settings::from_toml(&self.settings).unwrap().profiles;
        Reconciler::new(profiles, &self.ledger, &self.sights, Duration::from_mins(2), clock)
    }

    fn change(&self, scope: &str, look: &str) {
        self.sights.looks.lock().unwrap().insert(scope.to_owned(), look.to_owned());
    }

    fn limit(&self, scope: &str, seconds: u64) {
        let ceiling = Ceiling::At(ExpiresIn::from_seconds(seconds).unwrap());
        self.sights.ceilings.lock().unwrap().insert(scope.to_owned(), ceiling);
    }

    fn state(&self, scope: &str) -> ScopeState {
        let rows = self.ledger.rows.lock().unwrap();
        rows.iter().find(|(of, _)| of.to_string() == scope).map(|(_, (_, state))| *state).unwrap_or_default()
    }

    fn advance(&self, scope: &Scope) {
        self.ledger.advance(scope);
    }
}

const HOME: &str = "123456789012";
const SIGNER: &str = "arn:aws:iam::123456789012:role/team/signer";
const BUCKET: &str = "bucket/demo";
const ROLE: &str = "role/123456789012/signer";
const SESSIONS: &str = "sessions/role/123456789012/signer";
const KEY: &str = "key/arn:aws:kms:us-east-1:123456789012:key/k1";

fn nothing() -> Reconciled {
    Reconciled { subjects: 5, ..Reconciled::default() }
}

fn changed(scope: &str) -> Reconciled {
    Reconciled { changed: vec![scope.to_owned()], ..nothing() }
}

#[tokio::test]
async fn buckets_roles_sessions_and_keys_are_each_looked_at_once() {
    let bench = Bench::default();
    assert_eq!(bench.run(0).await, nothing());
    assert_eq!(bench.ledger.rows.lock().unwrap().len(), 5);
    assert!(bench.ledger.rows.lock().unwrap().values().all(|(_, state)| state.generation == 0), "it is only kept");
    assert_eq!(bench.run(15).await, nothing());
}

#[tokio::test]
async fn what_changed_without_an_event_is_advanced_and_later_counted_as_missed() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.change(ROLE, "otherwise");
    assert_eq!(bench.run(15).await, changed(ROLE));
    let held = SystemTime::UNIX_EPOCH + Duration::from_mins(17);
    assert_eq!(bench.state(ROLE), ScopeState { generation: 1, hold_until: Some(held), ceiling: None });
    assert_eq!(bench.run(30).await, Reconciled { missed: vec![ROLE.to_owned()], ..nothing() });
    assert_eq!(bench.run(45).await, nothing());
    assert_eq!(bench.state(ROLE).generation, 1);
}

#[tokio::test]
async fn two_changes_in_a_row_without_an_event_are_both_missed() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.change(ROLE, "otherwise");
    bench.run(15).await;
    bench.change(ROLE, "and again");
    assert_eq!(bench.run(30).await, Reconciled { missed: vec![ROLE.to_owned()], ..changed(ROLE) });
    assert_eq!(bench.run(45).await, Reconciled { missed: vec![ROLE.to_owned()], ..nothing() });
}

#[tokio::test]
async fn a_change_that_an_event_has_told_of_is_not_missed_but_advanced_all_the_same() {
    let role = "arn:aws:iam::123456789012:role/signer".parse().unwrap();
    for scope in [Subject::Permissions(role).scope(), Scope::Account(HOME.parse().unwrap())] {
        let bench = Bench::default();
        bench.run(0).await;
        bench.change(ROLE, "otherwise");
        bench.advance(&scope);
        let before = bench.state(ROLE).generation;
        assert_eq!(bench.run(15).await, changed(ROLE));
        assert_eq!(bench.state(ROLE).generation, before + 1, "another change may have lost its event");
        assert_eq!(bench.run(30).await, nothing(), "{scope}");
    }
}

/// What a run of it shows of a role is from before a change, whose event comes during the run's first look.
struct Remembering<'a> {
    sights: &'a Sights,
    ledger: &'a Ledger,
    told: &'a AtomicU64,
}

impl Observer for Remembering<'_> {
    fn afresh(&self) -> Self {
        Self { ..*self }
    }

    async fn look(&self, subject: &Subject) -> Sight {
        if self.told.swap(1, SeqCst) == 0 {
            self.ledger.advance(&Subject::Permissions(SIGNER.parse().unwrap()).scope());
        }
        (&self.sights).look(subject).await
    }
}

#[tokio::test]
async fn a_change_whose_event_comes_during_the_run_before_it_is_seen_is_not_missed() {
    let home = HOME.parse().unwrap();
    // With each minute another subject is the first.
    for minute in 1..=10 {
        let bench = Bench::default();
        bench.run(0).await;
        let told = &AtomicU64::new(0);
        let remembering = Remembering { sights: &bench.sights, ledger: &bench.ledger, told };
        let profiles = Settings::from_toml(SETTINGS).unwrap().profiles;
        let clock = Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_mins(minute));
        let reconciler = Reconciler::new(profiles, &bench.ledger, remembering, Duration::from_mins(2), clock);
        assert_eq!(reconciler.reconcile(Some(&home)).await.unwrap(), nothing());
        bench.change(ROLE, "otherwise");
        assert_eq!(bench.run(30).await, changed(ROLE));
        assert_eq!(bench.run(45).await, nothing());
    }
}

#[tokio::test]
async fn an_event_of_before_explains_no_later_change() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.advance(&Scope::Account(HOME.parse().unwrap()));
    assert_eq!(bench.run(15).await, nothing());
    bench.change(BUCKET, "otherwise");
    assert_eq!(bench.run(30).await, changed(BUCKET));
    assert_eq!(bench.run(45).await.missed, [BUCKET]);
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_told_and_taken_neither_for_changed_nor_for_unchanged() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.change(KEY, "otherwise");
    *bench.sights.hidden.lock().unwrap() = Some(KEY);
    let unseen = bench.run(15).await.unseen;
    let named: Vec<_> = unseen.iter().map(|u| (u.scope.as_str(), u.part, u.reason.as_str())).collect();
    assert_eq!(named, [(KEY, "keyState", "AccessDenied"), (KEY, "keyPolicy", "AccessDenied")]);
    assert_eq!(bench.state(KEY).generation, 0);
    *bench.sights.hidden.lock().unwrap() = None;
    assert_eq!(bench.run(30).await, changed(KEY), "it is compared with how it looked before");
    assert_eq!(bench.state(KEY).generation, 1);
}

#[tokio::test]
async fn a_change_is_explained_by_its_event_though_a_run_between_them_could_not_see_it() {
    for told in [true, false] {
        let bench = Bench::default();
        bench.run(0).await;
        bench.change(ROLE, "otherwise");
        if told {
            bench.advance(&Subject::Permissions(SIGNER.parse().unwrap()).scope());
        }
        *bench.sights.hidden.lock().unwrap() = Some(ROLE);
        for run in 1..=2 {
            assert_eq!(bench.run(15 * run).await.unseen.len(), 4);
        }
        *bench.sights.hidden.lock().unwrap() = None;
        assert_eq!(bench.run(45).await, changed(ROLE));
        let missed = if told { vec![] } else { vec![ROLE.to_owned()] };
        assert_eq!(bench.run(60).await, Reconciled { missed, ..nothing() });
        assert_eq!(bench.run(75).await, nothing());
        bench.change(ROLE, "and again");
        bench.run(90).await;
        assert_eq!(bench.run(105).await.missed, [ROLE], "the event explains no more than that");
    }
}

#[tokio::test]
async fn what_was_hidden_at_first_is_no_change_once_it_is_seen() {
    let bench = Bench::default();
    *bench.sights.hidden.lock().unwrap() = Some(KEY);
    bench.run(0).await;
    *bench.sights.hidden.lock().unwrap() = None;
    assert_eq!(bench.run(15).await, nothing());
    assert_eq!(bench.state(KEY).generation, 0);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_takes_too_long_costs_the_others_nothing() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.change(KEY, "otherwise");
    *bench.sights.endless.lock().unwrap() = Some(BUCKET);
    let began = tokio::time::Instant::now();
    let found = bench.run(15).await;
    assert_eq!((found.changed, found.unseen.len()), (vec![KEY.to_owned()], 3));
    assert!(began.elapsed() < Duration::from_mins(1), "half of what Lambda grants: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_before_lambda_ends_it_and_the_next_ones_look_at_the_rest() {
    let (_, other) = SETTINGS.split_at(SETTINGS.rfind("[[buckets]]").unwrap());
    let settings = (0..60).map(|i| other.replace("other", &format!("bucket-{i:02}"))).collect();
    let bench = Bench { settings, ..Bench::default() };
    for slow in [Duration::from_secs(11), Duration::from_mins(10)] {
        *bench.sights.slow.lock().unwrap() = slow;
        bench.sights.looked_at.lock().unwrap().clear();
        for run in 0..6 {
            let began = tokio::time::Instant::now();
            let found = bench.run(15 * run).await;
            assert!(began.elapsed() < Duration::from_mins(2), "{:?}", began.elapsed());
            assert!((20..40).contains(&found.late), "{}", found.late);
        }
        assert_eq!(bench.sights.looked_at.lock().unwrap().len(), 62);
    }
}

#[tokio::test]
async fn a_role_of_another_account_is_not_looked_for_in_this_one_and_no_failure() {
    let bench = Bench::default();
    let elsewhere = vec![ROLE.to_owned(), SESSIONS.to_owned()];
    assert_eq!(bench.run_in("999999999999", 0).await, Reconciled { elsewhere, ..nothing() });
    assert_eq!(bench.sights.looked_at.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_function_that_does_not_know_its_account_looks_at_no_role_and_says_so() {
    let found = Bench::default().reconciler().reconcile(None).await.unwrap();
    assert_eq!((found.unseen.len(), found.elsewhere.len()), (6, 0));
    assert!(found.unseen.iter().all(|unseen| unseen.scope.ends_with("role/123456789012/signer")));
}

#[tokio::test]
async fn a_bucket_that_is_seen_to_grant_less_is_limited_and_its_urls_die() {
    let bench = Bench::default();
    bench.limit(BUCKET, 900);
    assert_eq!(bench.run(0).await.corrected, [BUCKET], "URLs may be cached that promise more");
    assert_eq!(bench.state(BUCKET).generation, 1);
    bench.limit(BUCKET, 600);
    bench.change(BUCKET, "a shorter age");
    assert_eq!(bench.run(15).await.corrected, [BUCKET]);
    assert_eq!(bench.state(BUCKET).ceiling.map(ExpiresIn::seconds), Some(600));
    assert_eq!(bench.state(BUCKET).generation, 2);

    *bench.sights.hidden.lock().unwrap() = Some(BUCKET);
    assert_eq!(bench.run(30).await.corrected, [] as [&str; 0], "what cannot be seen is still in force");
    assert_eq!(bench.state(BUCKET).ceiling.map(ExpiresIn::seconds), Some(600));
    *bench.sights.hidden.lock().unwrap() = None;
    bench.sights.ceilings.lock().unwrap().clear();
    bench.change(BUCKET, "no age");
    assert_eq!(bench.run(45).await.corrected, [BUCKET]);
    assert_eq!(bench.state(BUCKET).ceiling, None);
}

#[tokio::test]
async fn a_role_whose_sessions_are_limited_keeps_its_urls() {
    let bench = Bench::default();
    bench.limit(SESSIONS, 3600);
    assert_eq!(bench.run(0).await.corrected, [SESSIONS]);
    assert_eq!(
        bench.state(SESSIONS),
        ScopeState { ceiling: ExpiresIn::from_seconds(3600).ok(), ..ScopeState::default() }
    );
    assert_eq!(bench.run(15).await, nothing());
}

#[tokio::test]
async fn a_table_that_does_not_answer_for_one_scope_costs_the_others_nothing() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.change(ROLE, "otherwise");
    bench.change(KEY, "otherwise");
    *bench.ledger.failing.lock().unwrap() = Some(ROLE);
    let error = bench.reconciler().reconcile(Some(&HOME.parse().unwrap())).await.unwrap_err();
    assert_eq!((error.count, error.first.as_str()), (1, ROLE));
    assert_eq!((bench.state(KEY).generation, bench.state(ROLE).generation), (1, 0));
    *bench.ledger.failing.lock().unwrap() = None;
    assert_eq!(bench.run(15).await.changed, [ROLE], "nothing is lost");
}

#[tokio::test]
async fn who_is_second_to_write_looks_at_the_rows_again() {
    let bench = Bench::default();
    bench.run(0).await;
    bench.change(ROLE, "otherwise");
    bench.ledger.contended.store(2, SeqCst);
    assert_eq!(bench.run(15).await, changed(ROLE));
    assert_eq!(bench.state(ROLE).generation, 1);
}

#[tokio::test(start_paused = true)]
async fn who_writes_too_late_is_told_from_who_writes_with_too_many() {
    for (slow, reason) in [(Duration::ZERO, "too many at once"), (Duration::from_mins(1), "no time")] {
        let bench = Bench::default();
        bench.ledger.contended.store(100, SeqCst);
        *bench.ledger.slow.lock().unwrap() = slow;
        let error = bench.reconciler().reconcile(Some(&HOME.parse().unwrap())).await.unwrap_err();
        assert!(error.reason.contains(reason), "{error}");
    }
}
