//! Who may ask for what, on every way to a URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use authorization::Policies;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use end_to_end::{Bench, now, read_json, read_of, text};
use issue_urls::Caller;
use local_stack::TABLE;
use serde_json::{Value, json};
use settings::{Config, Settings};
use tower::ServiceExt;

/// An issuer whose callers keep to their tenants' folders.
fn with_tenants(bench: &Bench) -> Router {
    let policies = Policies::parse(include_str!("../../infra/settings/tenants.cedar")).unwrap();
    let settings = Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let config = Config { settings, table: TABLE.to_owned() };
    issue_urls::router(Arc::new(issue_urls::connect(config, policies, &bench.stack.sdk_config(), Arc::new(now))))
}

fn of_tenant(tenant: &str) -> Caller {
    Caller::new("alice").with_claims([("tenant".to_owned(), tenant.to_owned())].into())
}

async fn send(router: &Router, caller: Caller, mut request: Request<Body>) -> Response {
    request.extensions_mut().insert(caller);
    router.clone().oneshot(request).await.unwrap()
}

async fn post(router: &Router, caller: Caller, path: &str, body: &Value) -> (StatusCode, Value) {
    let response = send(router, caller, Request::post(path).body(Body::from(body.to_string())).unwrap()).await;
    (response.status(), read_json(response).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_gets_urls_for_its_own_folder_on_every_way_and_for_no_other() {
    let bench = Bench::start(&[]).await;
    let router = with_tenants(&bench);
    let (own, other) = (read_of("a/x.txt"), read_of("b/x.txt"));

    let (status, answer) = post(&router, of_tenant("a"), "/urls", &own).await;
    assert_eq!((status, &answer["cache"]), (StatusCode::OK, &json!("miss")));
    let (status, refusal) = post(&router, of_tenant("a"), "/urls", &other).await;
    assert_eq!((status, &refusal["type"]), (StatusCode::FORBIDDEN, &json!("urn:presign:problem:denied")));
    assert_eq!(text(&refusal, "detail"), "`getObject` on `demo/b/x.txt` is not allowed for this caller");

    let (_, batch) = post(&router, of_tenant("a"), "/urls/batch", &json!({"requests": [other, own]})).await;
    assert_eq!(batch["results"][0]["type"], "urn:presign:problem:denied");
    assert_eq!(batch["results"][1]["cache"], "hit");

    for (path, status) in [
        ("/objects/demo/a/x.txt", StatusCode::TEMPORARY_REDIRECT),
        ("/objects/demo/b/x.txt", StatusCode::FORBIDDEN),
        ("/objects/demo/a/../b/x.txt", StatusCode::TEMPORARY_REDIRECT),
        ("/objects/demo/b/../a/x.txt", StatusCode::FORBIDDEN),
    ] {
        let response = send(&router, of_tenant("a"), Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_url_is_not_served_to_one_who_may_not_have_it() {
    let bench = Bench::start(&[]).await;
    let router = with_tenants(&bench);
    assert_eq!(post(&router, of_tenant("a"), "/urls", &read_of("a/x.txt")).await.0, StatusCode::OK);
    // The same name, and so the same row; but another tenant now.
    let (status, refusal) = post(&router, of_tenant("b"), "/urls", &read_of("a/x.txt")).await;
    assert_eq!((status, refusal.get("url")), (StatusCode::FORBIDDEN, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_copies_must_be_permitted_to_read_the_source() {
    let bench = Bench::start(&[]).await;
    let router = with_tenants(&bench);
    let copy = |from: &str| {
        json!({"operation": "copyObject", "bucket": "demo", "key": "a/copy", "expiresIn": 60,
               "copySource": {"bucket": "demo", "key": from}})
    };
    assert_eq!(post(&router, of_tenant("a"), "/urls", &copy("a/x.txt")).await.0, StatusCode::OK);
    let (status, refusal) = post(&router, of_tenant("a"), "/urls", &copy("b/x.txt")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(text(&refusal, "detail").starts_with("`getObject` on `demo/b/x.txt`"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_denied_does_not_learn_which_buckets_are_served() {
    let bench = Bench::start(&[]).await;
    let router = with_tenants(&bench);
    let mut unknown = read_of("b/x.txt");
    unknown["bucket"] = json!("another-bucket");
    let (of_unknown, of_known) = (
        post(&router, of_tenant("a"), "/urls", &unknown).await,
        post(&router, of_tenant("a"), "/urls", &read_of("b/x.txt")).await,
    );
    assert_eq!((of_unknown.0, &of_unknown.1["type"]), (of_known.0, &of_known.1["type"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_asks_too_often_is_told_when_to_come_back_and_holds_up_no_other() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let settings = Settings::from_toml(&format!("[callers]\nrequestsPerSecond = 1\n{settings}")).unwrap();
    let config = Config { settings, table: TABLE.to_owned() };
    // Time stands still.
    let started = now();
    let clock = Arc::new(move || started);
    let issuer = issue_urls::connect(config, end_to_end::policies(), &bench.stack.sdk_config(), clock);
    let router = issue_urls::router(Arc::new(issuer));
    let post = async |caller: &str| {
        let request = Request::post("/urls").body(Body::from(read_of("x").to_string())).unwrap();
        send(&router, Caller::new(caller), request).await
    };
    assert_eq!(post("alice").await.status(), StatusCode::OK);
    let refused = post("alice").await;
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap())
    );
    assert_eq!(read_json(refused).await["type"], "urn:presign:problem:too-many-requests");
    assert_eq!(post("bob").await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_permitted_is_not_once_its_time_is_over_although_it_is_asked_for_in_the_same_words() {
    let bench = Bench::start(&[]).await;
    let settings = Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let config = Config { settings, table: TABLE.to_owned() };
    let started = now();
    let ends = jiff::Timestamp::try_from(started + Duration::from_secs(2)).unwrap();
    let policies = format!(
        "permit (principal, action, resource)\nwhen {{ context.time < datetime(\"{}\") }};",
        ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let seconds = Arc::new(AtomicU64::new(0));
    let hand = Arc::clone(&seconds);
    let clock = Arc::new(move || started + Duration::from_secs(hand.load(Relaxed)));
    let policies = Policies::parse(&policies).unwrap();
    let issuer = issue_urls::connect(config, policies, &bench.stack.sdk_config(), clock);
    let router = issue_urls::router(Arc::new(issuer));
    for cache in ["miss", "hit", "hit"] {
        let (status, answer) = post(&router, Caller::new("alice"), "/urls", &read_of("x.txt")).await;
        assert_eq!((status, &answer["cache"]), (StatusCode::OK, &json!(cache)));
    }
    seconds.store(2, Relaxed);
    let (status, refusal) = post(&router, Caller::new("alice"), "/urls", &read_of("x.txt")).await;
    assert_eq!((status, refusal.get("url")), (StatusCode::FORBIDDEN, None));
}
