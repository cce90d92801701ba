//! A revocation kills every URL that is out, and none that is issued after it.

use std::sync::Arc;
use std::time::Duration;

use authorization::Policies;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use end_to_end::{Bench, DENY_ALL, now, parameter, read_json, read_of, text, with};
use http_api::Caller;
use jiff::Timestamp;
use local_aws::{AwsService, Fault};
use local_stack::{ROLE, TABLE};
use serde_json::{Value, json};
use settings::{Config, Settings};
use tower::ServiceExt;

const SIGNING_ROLE: &str = "arn:aws:iam::123456789012:role/presign-demo-signer";
const POLICY: &str = "AWSRevokeOlderSessions";

async fn revoke(bench: &Bench, more: &Value) -> (StatusCode, Value) {
    let mut body = json!({"signingRole": SIGNING_ROLE});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    bench.post_to("/revocations", &body).await
}

async fn policy(bench: &Bench) -> Option<String> {
    let answer = bench.iam().get_role_policy().role_name(ROLE).policy_name(POLICY).send().await;
    answer.ok().map(|answer| answer.policy_document().to_owned())
}

fn kind(answer: &Value) -> &str {
    text(answer, "type").strip_prefix("urn:presign:problem:").unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_before_is_dead_and_what_is_signed_next_works() {
    for arguments in [&["--hold-seconds", "0"][..], &["--hold-seconds", "5"]] {
        let bench = Bench::start(arguments).await;
        let cached = bench.issue(&read_of("hello.txt")).await;
        let mut upload = read_of("upload");
        upload["operation"] = json!("putObject");
        let uncached = bench.issue(&upload).await;
        assert_eq!(bench.get(text(&cached, "url")).await.0, StatusCode::OK);

        let (status, answer) = revoke(&bench, &json!({})).await;
        assert_eq!((status, &answer["changed"]), (StatusCode::OK, &json!(true)), "{answer}");

        let (status, refusal) = bench.get(text(&cached, "url")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(refusal.contains("AccessDenied"), "{refusal}");
        assert_eq!(bench.follow(&uncached, "x").await.0, StatusCode::FORBIDDEN);

        let new = bench.issue(&read_of("hello.txt")).await;
        assert_ne!(parameter(&new, "X-Amz-Credential"), parameter(&cached, "X-Amz-Credential"));
        assert_eq!(bench.get(text(&new, "url")).await.0, StatusCode::OK);
        assert_eq!(bench.follow(&bench.issue(&upload).await, "x").await.0, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_as_soon_when_its_event_never_comes() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.stack.lose_events(true);
    let old = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(revoke(&bench, &json!({})).await.0, StatusCode::OK);
    assert_eq!(bench.get(text(&old, "url")).await.0, StatusCode::FORBIDDEN);
    let new = bench.issue(&read_of("hello.txt")).await;
    assert_eq!((&new["cache"], bench.get(text(&new, "url")).await.0), (&json!("miss"), StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_issued_while_it_runs_is_handed_out_after_it() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let reads = || (0..20).map(|i| with(read_of("hello.txt"), &json!({"expiresIn": 600 + i})));
    let issuing = async {
        for read in reads().chain(reads()) {
            bench.issue(&read).await;
        }
    };
    let ((status, _), ()) = tokio::join!(async { revoke(&bench, &json!({})).await }, issuing);
    assert_eq!(status, StatusCode::OK);
    for read in reads() {
        assert_eq!(bench.get(text(&bench.issue(&read).await, "url")).await.0, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_counts_what_it_would_touch() {
    let bench = Bench::start(&[]).await;
    let first = bench.issue(&read_of("hello.txt")).await;
    bench.issue(&read_of("other.txt")).await;
    let (status, answer) = revoke(&bench, &json!({"dryRun": true})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&answer["dryRun"], &answer["changed"], &answer["cachedUrls"]), (&json!(true), &json!(true), &json!(2)));
    assert_eq!(answer.get("cachesTold"), None, "there is nothing to tell");
    assert_eq!(policy(&bench).await, None);
    assert_eq!(bench.get(text(&first, "url")).await.0, StatusCode::OK);
    assert_eq!(bench.issue(&read_of("hello.txt")).await["url"], first["url"], "it is still served");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_repeat_it_with_its_time_changes_no_policy_and_to_go_back_in_time_neither() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let (_, first) = revoke(&bench, &json!({})).await;
    let in_force = policy(&bench).await;
    assert!(in_force.is_some());
    for before in [text(&first, "issuedBefore"), "2020-01-01T00:00:00Z"] {
        let (status, again) = revoke(&bench, &json!({"issuedBefore": before})).await;
        assert_eq!((status, &again["changed"]), (StatusCode::OK, &json!(false)), "{again}");
        assert_eq!(again["issuedBefore"], first["issuedBefore"]);
    }
    assert_eq!(policy(&bench).await, in_force);
    let new = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(bench.get(text(&new, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_it_is_done_the_role_has_one_policy_for_it() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let mut cut_offs = vec![];
    for _ in 0..3 {
        let (_, answer) = revoke(&bench, &json!({})).await;
        cut_offs.push(text(&answer, "issuedBefore").parse::<Timestamp>().unwrap());
        let url = bench.issue(&read_of("hello.txt")).await;
        assert_eq!(bench.get(text(&url, "url")).await.0, StatusCode::OK);
    }
    assert!(cut_offs.is_sorted() && cut_offs[0] < cut_offs[2], "{cut_offs:?}");
    let policies = bench.iam().list_role_policies().role_name(ROLE).send().await.unwrap();
    assert_eq!(policies.policy_names(), [POLICY, local_stack::POLICY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_says_what_is_wrong() {
    let bench = Bench::start(&[]).await;
    let future = Timestamp::try_from(now() + Duration::from_mins(1)).unwrap();
    for (more, status, problem, field) in [
        (json!({"signingRole": "signer"}), StatusCode::BAD_REQUEST, "invalid-request", "signingRole"),
        (json!({"tenant": "a"}), StatusCode::CONFLICT, "sessions-untagged", "tenant"),
        (json!({"tenant": null}), StatusCode::BAD_REQUEST, "invalid-request", "tenant"),
        (json!({"caller": null}), StatusCode::BAD_REQUEST, "invalid-request", "caller"),
        (json!({"issuedBefore": null}), StatusCode::BAD_REQUEST, "invalid-request", "issuedBefore"),
        (json!({"team": "a"}), StatusCode::BAD_REQUEST, "invalid-request", "team"),
        (json!({"issuedBefore": "now"}), StatusCode::BAD_REQUEST, "invalid-request", "issuedBefore"),
        (json!({"issuedBefore": future.to_string()}), StatusCode::BAD_REQUEST, "invalid-request", "issuedBefore"),
        (
            json!({"signingRole": "arn:aws:iam::123456789012:role/administrator"}),
            StatusCode::NOT_FOUND,
            "signing-role-not-served",
            "signingRole",
        ),
        (
            json!({"signingRole": "arn:aws:iam::210987654321:role/presign-demo-signer"}),
            StatusCode::NOT_FOUND,
            "signing-role-not-served",
            "signingRole",
        ),
    ] {
        let (answered, answer) = revoke(&bench, &more).await;
        assert_eq!((answered, kind(&answer), text(&answer, "field")), (status, problem, field), "{more}: {answer}");
        assert!(!text(&answer, "detail").is_empty());
    }
    let url = format!("{}/revocations", bench.stack.endpoint());
    assert_eq!(bench.get(&url).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(policy(&bench).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_policy_in_its_place_is_not_written_over() {
    let bench = Bench::start(&[]).await;
    bench.put_role_policy(POLICY, DENY_ALL).await;
    let before = policy(&bench).await;
    let (status, answer) = revoke(&bench, &json!({})).await;
    assert_eq!((status, kind(&answer)), (StatusCode::CONFLICT, "policy-in-the-way"));
    assert_eq!(policy(&bench).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_iam_does_not_answer_nothing_is_revoked_and_the_answer_says_so() {
    let bench = Bench::start(&[]).await;
    let url = bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::Iam, Fault::Fail(StatusCode::BAD_REQUEST));
    let (status, answer) = revoke(&bench, &json!({})).await;
    assert_eq!((status, kind(&answer)), (StatusCode::SERVICE_UNAVAILABLE, "iam-unavailable"), "{answer}");
    assert_eq!(bench.get(text(&url, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_does_not_answer_keeps_nobody_from_revoking() {
    let bench = Bench::start(&[]).await;
    let url = bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::BAD_REQUEST));
    let (status, answer) = revoke(&bench, &json!({})).await;
    assert_eq!((status, answer.get("cachedUrls")), (StatusCode::OK, None), "{answer}");
    assert_eq!(answer["cachesTold"], json!(false), "{answer}");
    assert_eq!(bench.get(text(&url, "url")).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_repeat_it_tells_caches_what_they_could_not_be_told() {
    let bench = Bench::start(&[]).await;
    bench.stack.lose_events(true);
    bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::BAD_REQUEST));
    let (_, first) = revoke(&bench, &json!({})).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::None);
    let stale = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(bench.get(text(&stale, "url")).await.0, StatusCode::FORBIDDEN);
    let (status, again) = revoke(&bench, &json!({"issuedBefore": first["issuedBefore"]})).await;
    assert_eq!((status, &again["changed"]), (StatusCode::OK, &json!(false)), "{again}");
    assert_eq!((&first["cachesTold"], &again["cachesTold"]), (&json!(false), &json!(true)), "{first} {again}");
    let new = bench.issue(&read_of("hello.txt")).await;
    assert_eq!(bench.get(text(&new, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_may() {
    let bench = Bench::start(&[]).await;
    let policies = Policies::parse(include_str!("../../infra/settings/tenants.cedar")).unwrap();
    let settings = Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let config = Config { settings, table: TABLE.to_owned() };
    let operator = operate_urls::connect(config, policies, &bench.stack.sdk_config(), Arc::new(now));
    let router = operate_urls::router(Arc::new(operator));
    let send = async |caller: Option<Caller>, role: &str| {
        let body = json!({"signingRole": role, "dryRun": true}).to_string();
        let mut request = Request::post("/revocations").body(Body::from(body)).unwrap();
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        let response = router.clone().oneshot(request).await.unwrap();
        (response.status(), read_json(response).await)
    };
    let operator = Caller::new("olga").with_claims([("groups".to_owned(), "operators".to_owned())].into());
    assert_eq!(send(Some(operator), SIGNING_ROLE).await.0, StatusCode::OK);
    assert_eq!(send(None, SIGNING_ROLE).await.0, StatusCode::UNAUTHORIZED);
    // Who may not is not told which roles sign.
    for role in [SIGNING_ROLE, "arn:aws:iam::123456789012:role/administrator"] {
        let (status, answer) = send(Some(Caller::new("alice")), role).await;
        assert_eq!((status, kind(&answer)), (StatusCode::FORBIDDEN, "denied"), "{role}");
    }
}
