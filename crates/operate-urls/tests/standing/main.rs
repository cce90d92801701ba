//! What was killed stays dead, and there is room for more, whoever works on a role's policies at the same time and wherever they
//! are cut short.
#![cfg(test)]

mod role;

use std::time::{Duration, SystemTime};

use operate_urls::{IamError, InForce, RolePolicies, Standing};
use presign::attribution::Whose;
use presign::names::{RoleArn, SessionTag};
use presign::revocation::{CutOff, Denial, POLICY_NAME, RevocationName};
use proptest::prelude::*;
use role::{HALF_A_DAY, Hand, Role};

const BEGINNING: u64 = 1_795_000_000;
const ALL_CALLS: usize = usize::MAX;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// By clocks that agree.
fn just_after(seconds: u64) -> CutOff {
    CutOff::just_after(at(seconds), Duration::ZERO)
}

fn arn() -> RoleArn {
    "arn:aws:iam::123456789012:role/signer".parse().unwrap()
}

/// Names of both usual lengths, and one so long that few of it fill a role.
fn tenants(count: usize) -> Vec<String> {
    let long = |i: usize| if i % 10 == 9 { "-".repeat(200) } else { String::new() };
    (0..count).map(|i| format!("tenant-{i:03}{}", long(i))).collect()
}

fn denial(tenant: Option<&str>, cut_off: CutOff) -> Denial {
    let tag = |tenant| Denial::of_tag(&SessionTag::of(Whose::Tenant, tenant), cut_off);
    tenant.map_or_else(|| Denial::of_all(cut_off), tag)
}

/// As an operator does it, at `now`.
async fn revoke(hand: &Hand<'_>, denial: &Denial, may_fold: bool, now: u64) -> Result<InForce, IamError> {
    let arn = arn();
    let standing = Standing::find(hand, &arn).await?;
    if let Some(before) = standing.in_force(denial).await? {
        return Ok(before);
    }
    let killing = standing.kill(denial, at(now)).await?;
    // It is in force, whatever comes of this.
    let _ = standing.tidy(denial, may_fold, at(now + 2)).await;
    Ok(killing)
}

async fn revoke_now(role: &Role, tenant: Option<&str>, now: u64) -> Result<InForce, IamError> {
    role.set_now(now);
    let hand = Hand::new(role, ALL_CALLS, &[]);
    revoke(&hand, &denial(tenant, just_after(now)), true, now).await
}

async fn prune(hand: &Hand<'_>, now: u64) -> Result<usize, IamError> {
    Standing::find(hand, &arn()).await?.prune(at(now)).await
}

#[derive(Debug, Clone)]
enum Deed {
    /// Of a tenant, or of all; what was signed so many seconds ago.
    Revoke {
        tenant: Option<usize>,
        ago: u64,
        may_fold: bool,
    },
    Prune,
}

#[derive(Debug, Clone)]
struct Act {
    deed: Deed,
    calls: usize,
    pauses: Vec<usize>,
}

#[derive(Debug, Clone)]
enum Step {
    /// Of up to three at once.
    Acts(Vec<Act>),
    Pass(u64),
    Fill(usize),
    Unfill,
}

const TENANTS: usize = 30;

fn act() -> impl Strategy<Value = Act> {
    let ago = prop_oneof![8 => Just(0), 1 => 0..HALF_A_DAY + 3_600];
    let tenant = prop_oneof![12 => (0..TENANTS).prop_map(Some), 1 => Just(None)];
    let revoke = (tenant, ago, prop::bool::weighted(0.9));
    let revoke = revoke.prop_map(|(tenant, ago, may_fold)| Deed::Revoke { tenant, ago, may_fold });
    let deed = prop_oneof![12 => revoke, 1 => Just(Deed::Prune)];
    let calls = prop_oneof![3 => Just(ALL_CALLS), 1 => 0..40_usize];
    (deed, calls, prop::collection::vec(0..6_usize, 1..8)).prop_map(|(deed, calls, pauses)| Act { deed, calls, pauses })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => act().prop_map(|act| Step::Acts(vec![act])),
        6 => prop::collection::vec(act(), 2..4).prop_map(Step::Acts),
        4 => (0..3_600_u64).prop_map(Step::Pass),
        2 => (0..HALF_A_DAY + 3_600).prop_map(Step::Pass),
        2 => prop_oneof![Just(0), 0..900_usize].prop_map(Step::Fill),
        1 => Just(Step::Unfill),
    ]
}

fn of_whom(deed: &Deed, tenants: &[String]) -> Option<String> {
    match deed {
        Deed::Revoke { tenant, .. } => tenant.map(|i| tenants[i].clone()),
        Deed::Prune => None,
    }
}

async fn perform(role: &Role, act: Option<&Act>, tenants: &[String], now: u64) {
    let Some(act) = act else { return };
    let hand = Hand::new(role, act.calls, &act.pauses);
    let Deed::Revoke { ago, may_fold, .. } = &act.deed else {
        let _ = prune(&hand, now).await;
        return;
    };
    let tenant = of_whom(&act.deed, tenants);
    let cut_off = just_after(now - ago);
    let denial = denial(tenant.as_deref(), cut_off);
    let room = role.names().iter().any(|name| {
        name == POLICY_NAME || RevocationName::of_policy(name).is_some_and(|name| name.cut_off() <= cut_off)
    });
    let done = revoke(&hand, &denial, *may_fold, now).await;
    let complete = act.calls == ALL_CALLS;
    assert!(!complete || tenant.is_some() || !room || done.is_ok(), "{done:?}");
    assert!(!complete || matches!(done, Ok(_) | Err(IamError::Full(_) | IamError::FullForOne(_))), "{done:?}");
}

async fn go(steps: &[Step]) {
    let tenants = tenants(TENANTS);
    let role = Role::new(&tenants);
    let mut now = BEGINNING;
    for step in steps {
        role.set_now(now);
        match step {
            Step::Pass(seconds) => now += seconds,
            Step::Fill(room) => role.fill(*room),
            Step::Unfill => role.unfill(),
            Step::Acts(acts) => {
                let of_all = |act: &&Act| matches!(act.deed, Deed::Revoke { tenant: None, .. });
                let of_all = acts.iter().filter(of_all).count();
                role.set_may_go_back(of_all > 1 || (acts.len() > 1 && of_all > 0 && role.is_filled()));
                let of = |i| perform(&role, acts.get(i), &tenants, now);
                tokio::join!(of(0), of(1), of(2));
                role.set_may_go_back(false);
                now += 2;
            }
        }
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

proptest! {
    #[test]
    fn what_was_killed_never_lives_again_before_it_would_have_ended(steps in prop::collection::vec(step(), 1..50)) {
        run(go(&steps));
    }
}

#[test]
fn who_revokes_a_full_role_finds_the_place_that_another_has_just_changed() {
    let act = |tenant, pauses| Act { deed: Deed::Revoke { tenant, ago: 0, may_fold: false }, calls: ALL_CALLS, pauses };
    let spent = act(Some(0), vec![0]);
    for pauses in 0..6 {
        let at_once = vec![act(Some(0), vec![pauses]), act(None, vec![2])];
        let steps = [Step::Acts(vec![spent.clone()]), Step::Pass(HALF_A_DAY + 900), Step::Fill(0), Step::Acts(at_once)];
        run(go(&steps));
    }
}

/// Revokes one tenant after the other, ten seconds apart, until the role is full. How many they are.
async fn room(length: usize) -> usize {
    let tenants: Vec<_> = (0..1_000).map(|i| format!("{i:0length$}")).collect();
    let role = Role::new(&tenants);
    let times: Vec<_> = (BEGINNING..).step_by(10).take(tenants.len()).collect();
    for (room, (tenant, now)) in tenants.iter().zip(&times).enumerate() {
        match revoke_now(&role, Some(tenant), *now).await {
            Ok(_) => assert_eq!(role.line(Some(tenant)), now + 1),
            Err(error) => {
                assert_eq!(error, IamError::FullForOne(arn()));
                let dead = tenants.iter().zip(&times).take(room);
                assert!(dead.into_iter().all(|(tenant, time)| role.line(Some(tenant)) > *time));
                assert_eq!(role.line(None), 0, "others live");
                revoke_now(&role, None, *now).await.unwrap();
                assert_eq!(role.line(None), now + 1);
                return room;
            }
        }
    }
    tenants.len()
}

#[test]
fn hundreds_of_tenants_are_revoked_alone_before_the_role_is_full_and_then_the_whole_role_is() {
    run(async {
        // As many as docs/operators.md says.
        assert_eq!((room(8).await, room(36).await), (376, 121));
    });
}

#[test]
fn who_revokes_the_whole_role_and_is_overtaken_takes_nothing_back() {
    run(async {
        let role = Role::new(&[]);
        let (hand, arn) = (Hand::new(&role, ALL_CALLS, &[]), arn());
        let early = Standing::find(&hand, &arn).await.unwrap();
        revoke_now(&role, None, BEGINNING + 10).await.unwrap();
        early.kill(&denial(None, just_after(BEGINNING)), at(BEGINNING)).await.unwrap();
        assert_eq!(role.line(None), BEGINNING + 11);
    });
}

#[test]
fn in_a_full_role_a_tenants_policy_makes_way_for_the_whole_roles_and_stays_as_long_as_that_must() {
    run(async {
        let role = Role::new(&tenants(1));
        let tenant = revoke_now(&role, Some("tenant-000"), BEGINNING).await.unwrap();
        role.fill(0);
        let six_hours = BEGINNING + HALF_A_DAY / 2;
        assert_eq!(revoke_now(&role, Some("another"), six_hours).await, Err(IamError::FullForOne(arn())));
        let whole = revoke_now(&role, None, six_hours).await.unwrap();
        assert_eq!(whole.policy_name, tenant.policy_name);
        let hand = Hand::new(&role, ALL_CALLS, &[]);
        role.set_now(BEGINNING + HALF_A_DAY + 1_000);
        assert_eq!(
            prune(&hand, BEGINNING + HALF_A_DAY + 1_000).await,
            Ok(0),
            "its name is spent, and not what it says"
        );
        let later = BEGINNING + HALF_A_DAY + 1_100;
        let again = revoke_now(&role, None, later).await.unwrap();
        assert_eq!((again.policy_name, role.line(None)), (tenant.policy_name, later + 1));
        for (now, pruned, line) in [(later + HALF_A_DAY + 800, 0, later + 1), (later + HALF_A_DAY + 1_000, 1, 0)] {
            role.set_now(now);
            assert_eq!((prune(&hand, now).await, role.line(None)), (Ok(pruned), line));
        }
    });
}

#[test]
fn a_role_that_others_have_filled_has_no_room_for_any_revocation() {
    run(async {
        let role = Role::new(&tenants(1));
        role.fill(100);
        for tenant in [Some("tenant-000"), None] {
            assert_eq!(revoke_now(&role, tenant, BEGINNING).await, Err(IamError::Full(arn())));
        }
    });
}

#[test]
fn who_has_been_folded_is_known_to_be_revoked_and_who_has_not_is_not() {
    run(async {
        let tenants = tenants(40);
        let role = Role::new(&tenants);
        for (i, tenant) in (0..20).zip(&tenants) {
            revoke_now(&role, Some(tenant), BEGINNING + i).await.unwrap();
        }
        assert!(role.names().iter().any(|name| name.contains("-tenants-8-")), "{:?}", role.names());
        let before = role.names();
        for (i, tenant) in (0..).zip(&tenants) {
            let hand = Hand::new(&role, ALL_CALLS, &[]);
            let arn = arn();
            let standing = Standing::find(&hand, &arn).await.unwrap();
            let again = denial(Some(tenant), just_after(BEGINNING + i.min(19)));
            let in_force = standing.in_force(&again).await.unwrap();
            assert_eq!(in_force.is_some(), i < 20, "{tenant}");
            assert!(in_force.is_none_or(|by| by.cut_off >= again.cut_off() && before.contains(&by.policy_name)));
        }
    });
}

#[test]
fn what_has_the_name_of_a_revocation_and_is_none_is_left_alone() {
    run(async {
        let tenants = tenants(20);
        let role = Role::new(&tenants);
        let hand = Hand::new(&role, ALL_CALLS, &[]);
        let cut_off = just_after(BEGINNING - HALF_A_DAY);
        let name_of = |tenant| denial(Some(tenant), cut_off).name().to_string();
        let (strange, of_all) = (name_of("strange"), name_of("of-all"));
        hand.put(&arn(), &strange, SOMEBODY_ELSES).await.unwrap();
        hand.put(&arn(), &of_all, &denial(None, cut_off).document()).await.unwrap();
        for (i, tenant) in (0..20).zip(&tenants) {
            revoke_now(&role, Some(tenant), BEGINNING + i).await.unwrap();
        }
        assert!(role.names().contains(&of_all) && role.line(None) > 0, "it kills what its name does not tell");
        assert!(role.names().iter().any(|name| name.contains("-tenants-8-")), "it keeps no others from being folded");
        role.fill(0);
        revoke_now(&role, None, BEGINNING + 30).await.unwrap();
        assert_eq!(role.line(None), BEGINNING + 31);
        role.unfill();
        let much_later = BEGINNING + 3 * HALF_A_DAY;
        role.set_now(much_later);
        prune(&hand, much_later).await.unwrap();
        assert_eq!(role.names(), ["AWSRevokeOlderSessions", strange.as_str(), "sign-urls"]);
        assert_eq!(hand.document(&arn(), &strange).await.unwrap().as_deref(), Some(SOMEBODY_ELSES));
    });
}

const SOMEBODY_ELSES: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]}"#;

/// Somebody may have edited it in IAM's console.
#[test]
fn what_was_made_another_policy_under_a_revocations_name_is_not_written_over() {
    run(async {
        let tenants = tenants(16);
        let (role, arn) = (Role::new(&tenants), arn());
        let hand = Hand::new(&role, ALL_CALLS, &[]);
        let first = denial(Some(&tenants[0]), just_after(BEGINNING));
        let later = (1..).zip(&tenants).map(|(i, tenant)| denial(Some(tenant), just_after(BEGINNING + i)));
        let fold = Denial::fold(&later.take(8).collect::<Vec<_>>()).unwrap();
        let of_all = denial(None, just_after(BEGINNING + 20));
        let in_the_way = [first, fold, of_all].map(|denial| denial.name().to_string());
        let [first, fold, of_all] = &in_the_way;
        for name in [first, fold] {
            hand.put(&arn, name, SOMEBODY_ELSES).await.unwrap();
        }
        let refused = revoke_now(&role, Some(&tenants[0]), BEGINNING).await;
        assert_eq!(refused, Err(IamError::AnotherPolicy(first.clone())));
        // In the next second it has another name.
        for (i, tenant) in (1..).zip(&tenants) {
            revoke_now(&role, Some(tenant), BEGINNING + i).await.unwrap();
        }
        hand.put(&arn, of_all, SOMEBODY_ELSES).await.unwrap();
        revoke_now(&role, None, BEGINNING + 20).await.unwrap();
        assert_eq!(role.line(None), BEGINNING + 21);
        for name in in_the_way {
            let document = hand.document(&arn, &name).await.unwrap();
            assert_eq!(document.as_deref(), Some(SOMEBODY_ELSES), "{name}");
        }
    });
}

/// The function may not revoke such a role, and can still give it room.
#[test]
fn another_policy_of_awss_name_keeps_no_spent_revocation_and_is_in_no_tenants_way() {
    run(async {
        let role = Role::new(&tenants(1));
        revoke_now(&role, Some("tenant-000"), BEGINNING).await.unwrap();
        let (hand, arn) = (Hand::new(&role, ALL_CALLS, &[]), arn());
        hand.put(&arn, POLICY_NAME, SOMEBODY_ELSES).await.unwrap();
        let refused = revoke_now(&role, None, BEGINNING + 60).await;
        assert_eq!(refused, Err(IamError::AnotherPolicy(POLICY_NAME.to_owned())));
        revoke_now(&role, Some("tenant-000"), BEGINNING + 60).await.unwrap();
        assert_eq!(role.line(Some("tenant-000")), BEGINNING + 61, "it stands in no tenant's way");
        let much_later = BEGINNING + 2 * HALF_A_DAY;
        role.set_now(much_later);
        assert_eq!(prune(&hand, much_later).await, Ok(1));
        assert_eq!(role.names(), [POLICY_NAME, "sign-urls"]);
        assert_eq!(hand.document(&arn, POLICY_NAME).await.unwrap().as_deref(), Some(SOMEBODY_ELSES));
    });
}

/// Somebody may have edited it in IAM's console.
#[test]
fn what_says_less_than_its_name_stands_in_for_nothing() {
    run(async {
        for says in [denial(Some("another"), just_after(BEGINNING + 60)), denial(None, just_after(BEGINNING - 60))] {
            let role = Role::new(&tenants(1));
            let tenant = revoke_now(&role, Some("tenant-000"), BEGINNING).await.unwrap();
            let hand = Hand::new(&role, ALL_CALLS, &[]);
            let of_all = denial(None, just_after(BEGINNING + 60));
            hand.put(&arn(), &of_all.name().to_string(), &says.document()).await.unwrap();
            assert_eq!(prune(&hand, BEGINNING + 120).await, Ok(0));
            assert_eq!(role.line(Some("tenant-000")), BEGINNING + 1);
            let arn = arn();
            let standing = Standing::find(&hand, &arn).await.unwrap();
            let again = denial(Some("tenant-000"), just_after(BEGINNING));
            assert_eq!(standing.in_force(&again).await.unwrap().unwrap().policy_name, tenant.policy_name);
            assert_eq!(standing.in_force(&of_all).await, Ok(None));
            hand.put(&arn, &of_all.name().to_string(), &of_all.document()).await.unwrap();
            assert_eq!(prune(&hand, BEGINNING + 120).await, Ok(1), "now it does what its name says");
        }
    });
}

#[test]
fn a_fold_that_was_cut_short_is_finished_by_the_schedule() {
    run(async {
        let tenants = tenants(16);
        let now = BEGINNING + 15;
        let mut finished = 0;
        // Cut short after one call, after two, …
        for calls in 0..60 {
            let role = Role::new(&tenants);
            for (i, tenant) in (0..15).zip(&tenants) {
                revoke_now(&role, Some(tenant), BEGINNING + i).await.unwrap();
            }
            role.set_now(now);
            let hand = Hand::new(&role, calls, &[]);
            let last = denial(Some(&tenants[15]), just_after(now));
            let done = revoke(&hand, &last, true, now).await;
            if role.names().iter().any(|name| name.contains("-tenants-8-")) {
                finished += prune(&Hand::new(&role, ALL_CALLS, &[]), now + 60).await.unwrap();
                assert_eq!(role.names().len(), 10, "a fold, eight tenants and its own: {:?}", role.names());
            }
            let killed = tenants.len() - usize::from(done.is_err());
            for (i, tenant) in (0..).zip(&tenants).take(killed) {
                assert!(role.line(Some(tenant)) > BEGINNING + i, "{tenant}");
            }
        }
        assert_eq!(
            finished,
            (1..=8).sum::<usize>() + (1..=8).sum::<usize>(),
            "each member is read, and then taken away"
        );
    });
}
