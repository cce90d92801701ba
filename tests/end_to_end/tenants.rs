//! Sessions bear the name of the caller or of its tenant where the profile says so: AWS sees it, and one tenant can be cut off alone.

use std::sync::Arc;
use std::time::Duration;

use authorization::Policies;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use end_to_end::{Bench, now, policies, read_json, read_of, text};
use http_api::Caller;
use jiff::Timestamp;
use local_stack::{ROLE, TABLE};
use serde_json::{Value, json};
use settings::{Config, Settings};
use tower::ServiceExt;

const SIGNING_ROLE: &str = "arn:aws:iam::123456789012:role/presign-demo-signer";
const ALL_OPERATORS: &str = "permit (principal, action, resource);";

/// The service with other settings than the stack's own, for whatever callers.
pub struct Service {
    issuer: Router,
    operator: Router,
}

impl Service {
    /// `attribution` is lines of the bucket's table.
    pub fn new(bench: &Bench, attribution: &str) -> Self {
        Self::with(bench, attribution, policies())
    }

    fn with(bench: &Bench, attribution: &str, of_issuer: Policies) -> Self {
        let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
        let settings = settings.replace("sessionTag = \"\"", attribution);
        let config = || Config { settings: Settings::from_toml(&settings).unwrap(), table: TABLE.to_owned() };
        let aws = bench.stack.sdk_config();
        let operators = Policies::parse(ALL_OPERATORS).unwrap();
        Self {
            issuer: issue_urls::router(Arc::new(issue_urls::connect(config(), of_issuer, &aws, Arc::new(now)))),
            operator: operate_urls::router(Arc::new(operate_urls::connect(config(), operators, &aws, Arc::new(now)))),
        }
    }

    async fn try_issue(&self, caller: &Caller, key: &str) -> (StatusCode, Value) {
        post(&self.issuer, caller, "/urls", &read_of(key)).await
    }

    pub async fn issue(&self, caller: &Caller, key: &str) -> Value {
        let (status, answer) = self.try_issue(caller, key).await;
        assert_eq!(status, StatusCode::OK, "{}", text(&answer, "detail"));
        answer
    }

    pub async fn revoke(&self, more: &Value) -> (StatusCode, Value) {
        let mut body = json!({"signingRole": SIGNING_ROLE});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(&self.operator, &Caller::new("olga"), "/revocations", &body).await
    }
}

async fn post(router: &Router, caller: &Caller, path: &str, body: &Value) -> (StatusCode, Value) {
    let mut request = Request::post(path).body(Body::from(body.to_string())).unwrap();
    request.extensions_mut().insert(caller.clone());
    let response = router.clone().oneshot(request).await.unwrap();
    (response.status(), read_json(response).await)
}

pub fn member(name: &str, tenant: &str) -> Caller {
    Caller::new(name).with_claims([("tenant".to_owned(), tenant.to_owned())].into())
}

pub async fn status(bench: &Bench, answer: &Value) -> StatusCode {
    bench.get(text(answer, "url")).await.0
}

pub async fn revocations(bench: &Bench) -> Vec<String> {
    let policies = bench.iam().list_role_policies().role_name(ROLE).send().await.unwrap();
    policies.policy_names().iter().filter(|name| *name != local_stack::POLICY).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tenants_urls_die_and_the_others_live() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let (alice, bob) = (member("alice", "acme"), member("bob", "umbrella"));
    let (of_acme, of_umbrella) = (service.issue(&alice, "hello.txt").await, service.issue(&bob, "hello.txt").await);
    assert_eq!(status(&bench, &of_acme).await, StatusCode::OK);

    let (code, answer) = service.revoke(&json!({"tenant": "acme"})).await;
    assert_eq!(
        (code, &answer["changed"], &answer["tenant"]),
        (StatusCode::OK, &json!(true), &json!("acme")),
        "{answer}"
    );
    assert_eq!(revocations(&bench).await, [text(&answer, "policyName")]);

    assert_eq!(status(&bench, &of_acme).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&bench, &of_umbrella).await, StatusCode::OK);
    let new = service.issue(&alice, "hello.txt").await;
    assert_ne!(new["url"], of_acme["url"]);
    assert_eq!(status(&bench, &new).await, StatusCode::OK);
    assert_eq!(status(&bench, &service.issue(&bob, "hello.txt").await).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_whose_names_no_tag_can_bear_are_told_apart_too() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"\nsessionName = \"tenant\"");
    let (one, other) =
        (service.issue(&member("a", "a|b"), "hello.txt").await, service.issue(&member("a", "a*b"), "hello.txt").await);
    assert_eq!(service.revoke(&json!({"tenant": "a|b"})).await.0, StatusCode::OK);
    assert_eq!((status(&bench, &one).await, status(&bench, &other).await), (StatusCode::FORBIDDEN, StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_can_be_cut_off_where_the_tag_tells_callers() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"caller\"");
    let (alice, bob) = (Caller::new("auth0|alice"), Caller::new("auth0|bob"));
    let (of_alice, of_bob) = (service.issue(&alice, "hello.txt").await, service.issue(&bob, "hello.txt").await);
    let (code, answer) = service.revoke(&json!({"caller": "auth0|alice"})).await;
    assert_eq!((code, &answer["cachedUrls"]), (StatusCode::OK, &json!(1)), "{answer}");
    assert_eq!(
        (status(&bench, &of_alice).await, status(&bench, &of_bob).await),
        (StatusCode::FORBIDDEN, StatusCode::OK)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_the_tenants_cached_urls_and_changes_nothing() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    for (name, tenant, key) in
        [("alice", "acme", "1"), ("anna", "acme", "1"), ("alice", "acme", "2"), ("bob", "umbrella", "1")]
    {
        service.issue(&member(name, tenant), key).await;
    }
    for (tenant, count) in [("acme", 3), ("umbrella", 1), ("nobody", 0)] {
        let (code, answer) = service.revoke(&json!({"tenant": tenant, "dryRun": true})).await;
        assert_eq!((code, &answer["cachedUrls"]), (StatusCode::OK, &json!(count)), "{answer}");
        assert_eq!((&answer["changed"], &answer["dryRun"]), (&json!(true), &json!(true)));
    }
    assert!(revocations(&bench).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_are_revoked_at_the_same_moment_are_both_revoked() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let tenants = ["a", "b", "c", "d"];
    let mut urls = vec![];
    for tenant in tenants {
        urls.push(service.issue(&member("alice", tenant), "hello.txt").await);
    }
    let revocations = tenants.map(|tenant| {
        let service = &service;
        async move { service.revoke(&json!({"tenant": tenant})).await.0 }
    });
    assert_eq!(futures_util::future::join_all(revocations).await, [StatusCode::OK; 4]);
    for url in urls {
        assert_eq!(status(&bench, &url).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_can_hit_nothing_any_more_is_taken_away_by_the_next() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let ago = |hours| Timestamp::try_from(now() - Duration::from_hours(hours)).unwrap().to_string();
    let revoke = async |tenant: &str, hours| {
        let (code, answer) = service.revoke(&json!({"tenant": tenant, "issuedBefore": ago(hours)})).await;
        assert_eq!(code, StatusCode::OK, "{answer}");
        text(&answer, "policyName").to_owned()
    };
    let (spent, live) = (revoke("acme", 13).await, revoke("umbrella", 11).await);
    assert_eq!(revocations(&bench).await, [live.as_str()], "{spent} is made all the same, and goes at once");
    let (_, answer) = service.revoke(&json!({"tenant": "umbrella"})).await;
    assert_eq!(revocations(&bench).await, [text(&answer, "policyName")], "{live} is covered by the later one");
    assert_eq!(service.revoke(&json!({})).await.0, StatusCode::OK);
    let left = revocations(&bench).await;
    let [of_all, in_their_place] = left.as_slice() else { panic!("{left:?}") };
    assert_eq!(of_all, "AWSRevokeOlderSessions", "it covers the tenants'");
    assert!(in_their_place.starts_with("AWSRevokeOlderSessions-all-"), "{in_their_place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_of_the_whole_role_or_of_the_same_time_leaves_nothing_to_do() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service = Service::new(&bench, "sessionTag = \"tenant\"");
    let (_, first) = service.revoke(&json!({"tenant": "acme"})).await;
    let again = json!({"tenant": "acme", "issuedBefore": first["issuedBefore"]});
    let (_, answer) = service.revoke(&again).await;
    assert_eq!((&answer["changed"], &answer["policyName"]), (&json!(false), &first["policyName"]));
    let other = json!({"tenant": "umbrella", "issuedBefore": first["issuedBefore"], "dryRun": true});
    assert_eq!(service.revoke(&other).await.1["changed"], true, "another tenant's is another");
    service.revoke(&json!({})).await;
    let (_, answer) = service.revoke(&other).await;
    assert_eq!((&answer["changed"], &answer["policyName"]), (&json!(false), &json!("AWSRevokeOlderSessions")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sessions_do_not_bear_cannot_be_revoked() {
    let bench = Bench::start(&[]).await;
    let untagged = Service::new(&bench, "");
    let (code, answer) = untagged.revoke(&json!({"tenant": "acme"})).await;
    assert_eq!((code, text(&answer, "type")), (StatusCode::CONFLICT, "urn:presign:problem:sessions-untagged"));
    assert!(text(&answer, "detail").contains("`demo`") && text(&answer, "field") == "tenant", "{answer}");
    let tagged = Service::new(&bench, "sessionTag = \"tenant\"");
    for (more, field) in [
        (json!({"tenant": "a", "caller": "b"}), "caller"),
        (json!({"tenant": ""}), "tenant"),
        (json!({"tenant": 1}), "tenant"),
    ] {
        let (code, answer) = tagged.revoke(&more).await;
        assert_eq!((code, text(&answer, "field")), (StatusCode::BAD_REQUEST, field), "{answer}");
    }
    assert_eq!(tagged.revoke(&json!({"caller": "b"})).await.0, StatusCode::CONFLICT);
    assert!(revocations(&bench).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_a_tenant_gets_nothing_that_is_signed_in_a_tenants_name() {
    let bench = Bench::start(&[]).await;
    for attribution in ["sessionTag = \"tenant\"", "sessionName = \"tenant\"", "sourceIdentity = \"tenant\""] {
        let service = Service::new(&bench, attribution);
        for caller in [Caller::new("alice"), member("alice", "")] {
            let (code, answer) = service.try_issue(&caller, "hello.txt").await;
            assert_eq!((code, text(&answer, "type")), (StatusCode::FORBIDDEN, "urn:presign:problem:no-tenant"));
        }
        assert_eq!(service.try_issue(&member("alice", "acme"), "hello.txt").await.0, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_of_the_role_see_who_it_is_that_a_url_was_signed_for() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let service =
        Service::new(&bench, "sessionName = \"tenant\"\nsourceIdentity = \"caller\"\nsessionTag = \"tenant\"");
    let issued = async |name: &str, tenant: &str| service.issue(&member(name, tenant), "hello.txt").await;
    let (alice, anna, bob) =
        (issued("alice", "acme").await, issued("anna", "acme").await, issued("bob", "umbrella").await);
    assert!(text(&alice, "signedBy").ends_with("/presign-demo-signer/acme"), "{}", alice["signedBy"]);
    let statuses = async || (status(&bench, &alice).await, status(&bench, &anna).await, status(&bench, &bob).await);
    let (yes, no) = (StatusCode::OK, StatusCode::FORBIDDEN);
    assert_eq!(statuses().await, (yes, yes, yes));
    for (key, value, expected) in [
        ("aws:PrincipalTag/tenant", "acme", (no, no, yes)),
        ("aws:PrincipalTag/Tenant", "umbrella", (yes, yes, no)),
        ("aws:SourceIdentity", "anna", (yes, no, yes)),
    ] {
        let deny = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {key: value}}}});
        bench.put_role_policy("deny", &deny.to_string()).await;
        assert_eq!(statuses().await, expected, "{key} {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_a_tenant_share_urls_that_name_none_of_them_and_only_who_may_have_them() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let some = r#"permit (principal, action, resource) unless { principal == Presign::Caller::"mallory" };"#;
    let some = || Policies::parse(some).unwrap();
    let service = Service::with(&bench, "sessionName = \"tenant\"\nsessionTag = \"tenant\"", some());
    let first = service.issue(&member("alice", "acme"), "hello.txt").await;
    let second = service.issue(&member("anna", "acme"), "hello.txt").await;
    assert_eq!((&second["url"], &second["cache"]), (&first["url"], &json!("hit")));
    let (code, refusal) = service.try_issue(&member("mallory", "acme"), "hello.txt").await;
    assert_eq!((code, text(&refusal, "type")), (StatusCode::FORBIDDEN, "urn:presign:problem:denied"));
    assert_ne!(service.issue(&member("alice", "umbrella"), "hello.txt").await["url"], first["url"]);
    // A caller that is called like the tenant, under a profile whose sessions bear callers' names.
    let by_caller = Service::with(&bench, "sessionTag = \"tenant\"", some());
    assert_ne!(by_caller.issue(&member("acme", "acme"), "hello.txt").await["url"], first["url"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_lets_no_sessions_be_tagged_signs_nothing_for_tenants() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}});
    let iam = bench.iam();
    iam.update_assume_role_policy().role_name(ROLE).policy_document(trust.to_string()).send().await.unwrap();
    for (attribution, expected) in [
        ("sessionTag = \"tenant\"", StatusCode::INTERNAL_SERVER_ERROR),
        ("sourceIdentity = \"tenant\"", StatusCode::INTERNAL_SERVER_ERROR),
        ("sessionName = \"tenant\"", StatusCode::OK),
    ] {
        let (code, answer) = Service::new(&bench, attribution).try_issue(&member("alice", "acme"), "hello.txt").await;
        assert_eq!(code, expected, "{attribution}: {answer}");
    }
}
