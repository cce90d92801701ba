use axum::http::StatusCode;
use clap::Parser;
use end_to_end::{ALLOW_NOTHING_NEW, Bench, read_of, text};
use local_aws::{AwsService, Fault};
use local_stack::Options;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_the_cache_and_what_it_points_at() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let first = Bench::start(&["--data", data]).await;
    let before = first.issue(&read_of("hello.txt")).await;
    let port = first.stack.endpoint().rsplit(':').next().unwrap().to_owned();
    first.stack.stop().await;

    let options = Options::try_parse_from(["local-stack", "--port", &port, "--data", data]).unwrap();
    let second = Bench::with(options).await;
    let after = second.issue(&read_of("hello.txt")).await;
    assert_eq!(after["cache"], "hit");
    assert_eq!(after["url"], before["url"]);
    assert_eq!(second.get(text(&after, "url")).await.0, StatusCode::OK, "its session is known still");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_could_not_be_handled_is_delivered_after_the_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let first = Bench::start(&["--data", data]).await;
    let old = first.issue(&read_of("hello.txt")).await;
    first.stack.aws().faults().set(AwsService::DynamoDb, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    first.put_role_policy("more", ALLOW_NOTHING_NEW).await;
    let port = first.stack.endpoint().rsplit(':').next().unwrap().to_owned();
    first.stack.stop().await;

    let options = Options::try_parse_from(["local-stack", "--port", &port, "--data", data]).unwrap();
    let second = Bench::with(options).await;
    second.stack.settled().await;
    assert_ne!(second.issue(&read_of("hello.txt")).await["url"], old["url"], "the event was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stacks_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let _first = Bench::start(&["--data", data]).await;
    let options = Options::try_parse_from(["local-stack", "--port", "0", "--data", data]).unwrap();
    let Err(refused) = local_stack::LocalStack::start(options).await else { panic!("it started") };
    assert!(refused.to_string().contains("--data"), "{refused}");
}
