use end_to_end::{Bench, read_of, write_of};
use local_aws::AwsService;
use serde_json::json;

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
