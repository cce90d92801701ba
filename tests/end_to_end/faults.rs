//! What AWS fails to do loses no request that could be served.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use end_to_end::{ALLOW_NOTHING_NEW, Bench, Load, OtherIssuer, now, parameter, policies, read_of, text, write_of};
use local_aws::{AwsService, Fault};
use serde_json::json;

const FAULTS: [Fault; 5] = [
    Fault::Fail(StatusCode::SERVICE_UNAVAILABLE),
    Fault::Fail(StatusCode::BAD_REQUEST),
    Fault::Delay(Duration::from_secs(5)),
    Fault::Drop,
    Fault::Garble,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_fails_or_hangs_costs_a_bounded_wait_and_nothing_else() {
    let bench = Bench::start(&[]).await;
    bench.issue(&read_of("hello.txt")).await;
    for fault in FAULTS {
        bench.stack.aws().faults().set(AwsService::DynamoDb, fault);
        let began = Instant::now();
        let answer = bench.issue(&read_of("hello.txt")).await;
        assert!(began.elapsed() < Duration::from_secs(2), "{fault:?}");
        assert_eq!(answer["cache"], "bypass", "{fault:?}");
        assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK, "{fault:?}");
    }
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::None);
    assert_eq!(bench.issue(&read_of("hello.txt")).await["cache"], "hit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_is_not_there_at_all_costs_nothing_either() {
    let bench = Bench::start(&[]).await;
    // An address that was free a moment ago, where nobody listens.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let aws = bench.stack.sdk_config();
    let keys = signing_session::KeySources { environment: None, container: None, secrets: (&aws).into() };
    let sessions = signing_session::StsSessions::new(aws_sdk_sts::Config::new(&aws), keys, Arc::new(now));
    let absent = aws.into_builder().endpoint_url(format!("http://{nobody}")).build();
    let retries = aws_sdk_dynamodb::config::retry::RetryConfig::disabled();
    let client = aws_sdk_dynamodb::config::Builder::from(&absent).retry_config(retries).build();
    let table = url_cache::UrlTable::new(aws_sdk_dynamodb::Client::from_conf(client), "absent".to_owned());
    let settings = settings::Settings::load(&bench.stack.data().join("settings.toml")).unwrap();
    let wait = Duration::from_secs(1);
    let gate = http_api::Gate::new(policies(), settings.callers);
    let issuer = issue_urls::Issuer::new(gate, settings.profiles, table, wait, sessions, Arc::new(now));
    let other = OtherIssuer::of(issuer);
    let (status, answer) = other.post(Some("me"), &read_of("hello.txt")).await;
    assert_eq!((status, &answer["cache"]), (StatusCode::OK, &json!("bypass")));
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sts_sessions_that_are_good_go_on_signing_and_others_are_told_when_to_come_back() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.issue(&read_of("hello.txt")).await;
    for fault in FAULTS {
        bench.stack.aws().faults().set(AwsService::Sts, fault);
        let answer = bench.issue(&read_of(&format!("fresh {fault:?}"))).await;
        assert_eq!(answer["cache"], "miss", "{fault:?}");
    }
    // No session of this class is held.
    let write = write_of("k").to_string();
    let url = format!("{}/urls", bench.stack.endpoint());
    let response = bench.send("POST".parse().unwrap(), &url, &json!({}), write.clone()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let retry_after = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(retry_after >= 1);
    // The next one does not wait for STS again.
    let began = Instant::now();
    assert_eq!(bench.post(write.clone()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() < Duration::from_secs(1));

    bench.stack.aws().faults().set(AwsService::Sts, Fault::None);
    bench.stack.advance(Duration::from_secs(retry_after));
    assert_eq!(bench.post(write).await.0, StatusCode::OK, "it recovers by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_due_for_renewal_signs_on_while_sts_is_down() {
    let bench = Bench::start(&["--session-seconds", "900"]).await;
    let mut long = read_of("0");
    long["expiresIn"] = json!(3600);
    assert!(bench.issue(&long).await["expiresIn"].as_u64() > Some(890));
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    bench.stack.advance(Duration::from_secs(500));
    long["key"] = json!("1");
    // Under half of what a session gives: a new one has been asked for, and was not to be had.
    let left = bench.issue(&long).await["expiresIn"].as_u64().unwrap();
    assert!((380..=399).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_before_a_change_signs_nothing_even_while_sts_is_down() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::Sts, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    let (status, problem) = bench.post(read_of("hello.txt").to_string()).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("urn:presign:problem:signer-unavailable"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_known_to_be_old_signs_nothing_even_while_the_cache_is_down() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let old = bench.issue(&write_of("k")).await;
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    // It is a session for reading that learns of the change; the one for writing is as old as before.
    bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    let new = bench.issue(&write_of("k")).await;
    assert_ne!(parameter(&old, "X-Amz-Credential"), parameter(&new, "X-Amz-Credential"));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_in_the_middle_of_load_lose_no_request() {
    let bench = Arc::new(Bench::start(&[]).await);
    bench.issue(&read_of("warm")).await;
    let mut load = Load::default();
    for worker in 0..8 {
        let (bench, requests) = (bench.clone(), load.requests());
        load.spawn(async move {
            loop {
                let n = requests.another();
                bench.issue(&read_of(&format!("{worker}-{}", n % 50))).await;
            }
        });
    }
    for service in [AwsService::DynamoDb, AwsService::Sts] {
        for fault in FAULTS.into_iter().chain([Fault::None]) {
            bench.stack.aws().faults().set(service, fault);
            load.goes_on_for(40).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_meets_a_failing_table_is_delivered_again() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let old = bench.issue(&read_of("hello.txt")).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    bench.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    bench.stack.aws().faults().set(AwsService::DynamoDb, Fault::None);
    bench.stack.settled().await;
    assert_ne!(bench.issue(&read_of("hello.txt")).await["url"], old["url"], "the event was lost");
}
