use end_to_end::{Bench, OtherIssuer, read_of, with, write_of};
use local_aws::AwsService;
use serde_json::json;

use crate::upload_cases::{Case, cases};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gets_the_same_url() {
    let bench = Bench::start(&[]).await;
    let first = bench.issue(&read_of("hello.txt")).await;
    let second = bench.issue(&read_of("hello.txt")).await;
    assert_eq!((&first["cache"], &second["cache"]), (&json!("miss"), &json!("hit")));
    assert_eq!(first["url"], second["url"]);
    assert_eq!(first["expiresAt"], second["expiresAt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_shapes_the_url_is_part_of_its_identity() {
    let bench = Bench::start(&[]).await;
    let mut seen = vec![bench.issue(&read_of("hello.txt")).await["url"].clone()];
    for (field, value) in [
        ("key", json!("hello.tx")),
        ("operation", json!("headObject")),
        ("expiresIn", json!(901)),
        ("versionId", json!("1")),
        ("responseContentType", json!("1")),
        ("responseContentLanguage", json!("1")),
        ("responseExpires", json!("2027-01-01T00:00:00Z")),
        ("partNumber", json!(1)),
        ("range", json!("bytes=0-1")),
        ("checksumMode", json!("ENABLED")),
    ] {
        let mut request = read_of("hello.txt");
        request[field] = value;
        let answer = bench.issue(&request).await;
        assert_eq!(answer["cache"], "miss", "{field}");
        assert!(!seen.contains(&answer["url"]), "{field}");
        seen.push(answer["url"].clone());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_header_of_an_upload_is_part_of_its_identity() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let caching = format!("{settings}cachedOperations = [\"putObject\"]\n");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &caching);
    let mut seen = vec![];
    for Case { fields, .. } in cases() {
        let request = with(write_of("k"), &fields);
        let (_, first) = issuer.post(Some("me"), &request).await;
        assert_eq!(first["cache"], "miss", "{fields}");
        assert!(!seen.contains(&first["url"]), "{fields}");
        let (_, second) = issuer.post(Some("me"), &request).await;
        assert_eq!((&second["cache"], &second["url"]), (&json!("hit"), &first["url"]), "{fields}");
        assert_eq!(second["headers"], first["headers"]);
        seen.push(first["url"].clone());
    }
    let other_context =
        json!({"serverSideEncryption": "aws:kms", "ssekmsEncryptionContext": {"team": "c", "app": "a"}});
    let (_, other) = issuer.post(Some("me"), &with(write_of("k"), &other_context)).await;
    assert_eq!(other["cache"], "miss");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_may_ask_for_a_url_that_is_new() {
    let bench = Bench::start(&[]).await;
    let first = bench.issue(&read_of("hello.txt")).await;
    let bypassing = with(read_of("hello.txt"), &json!({"cache": "bypass"}));
    let writes = || bench.stack.aws().faults().calls(AwsService::DynamoDb, "PutItem");
    let before = writes();
    // Signatures have the second they were made in: in the next one it is another.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let new = bench.issue(&bypassing).await;
        assert_eq!(new["cache"], "bypass");
        if new["url"] != first["url"] {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "it is new");
    }
    assert_eq!(writes(), before, "and nobody else gets it");
    let again = bench.issue(&read_of("hello.txt")).await;
    assert_eq!((&again["cache"], &again["url"]), (&json!("hit"), &first["url"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_is_not_cached_unless_the_profile_says_so() {
    let bench = Bench::start(&[]).await;
    for _ in 0..2 {
        assert_eq!(bench.issue(&write_of("k")).await["cache"], "bypass");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn within_the_staleness_a_hit_calls_nothing() {
    let bench = Bench::start(&["--staleness-milliseconds", "60000"]).await;
    bench.issue(&read_of("hello.txt")).await;
    let before = bench.stack.aws().faults().all_calls();
    for _ in 0..5 {
        assert_eq!(bench.issue(&read_of("hello.txt")).await["cache"], "hit");
    }
    assert_eq!(bench.stack.aws().faults().all_calls(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miss_is_one_reading_and_one_writing() {
    let bench = Bench::start(&[]).await;
    let calls = |action| bench.stack.aws().faults().calls(AwsService::DynamoDb, action);
    bench.issue(&read_of("a")).await;
    let (reads, writes) = (calls("BatchGetItem"), calls("PutItem"));
    bench.issue(&read_of("b")).await;
    assert_eq!((calls("BatchGetItem") - reads, calls("PutItem") - writes), (1, 1));
}
