use axum::http::StatusCode;
use end_to_end::{Bench, read_of, write_of};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const AWKWARD: &[&str] = &[
    "a b",
    "a+b",
    "a//b",
    "a/../b",
    "../up",
    "./here",
    "/leading",
    "trailing/",
    "//",
    "100%",
    "%2F",
    "%",
    "a&b=c?d#e",
    "é/ü",
    "😀/🎉",
    "~-._",
    "'(quoted)!*'",
    "a;b,c:d@e$f",
    "\\back|slash`^",
    "<xml>&amp;",
    "urls",
    "healthz",
];

async fn round_trip(bench: &Bench, key: &str) {
    let content = format!("this is {key}");
    let put = bench.issue(&write_of(key)).await;
    let (status, body) = bench.follow(&put, content.clone()).await;
    assert_eq!(status, StatusCode::OK, "{key:?}: {body}");
    let get = bench.issue(&read_of(key)).await;
    assert_eq!(bench.follow(&get, "").await, (StatusCode::OK, content), "{key:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_reaches_exactly_its_object() {
    let bench = Bench::start(&[]).await;
    let longest = "k".repeat(1024);
    let longest_in_bytes = "é".repeat(512);
    for key in AWKWARD.iter().copied().chain([longest.as_str(), longest_in_bytes.as_str()]) {
        round_trip(&bench, key).await;
        // The SDK, which names the key by itself, finds it there: it is this object and no other.
        let object = bench.s3().get_object().bucket("demo").key(key).send().await.unwrap();
        let bytes = object.body.collect().await.unwrap().into_bytes();
        assert_eq!(bytes, format!("this is {key}"), "{key:?}");
    }
    for key in AWKWARD {
        let get = bench.issue(&read_of(key)).await;
        assert_eq!(bench.follow(&get, "").await.1, format!("this is {key}"), "no other key has overwritten it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_key_makes_the_round_trip() {
    let bench = Bench::start(&[]).await;
    let mut runner = TestRunner::deterministic();
    let keys = "\\PC{1,60}".prop_filter("short enough", |key: &String| key.len() <= 1024);
    for _ in 0..60 {
        let key = keys.new_tree(&mut runner).unwrap().current();
        round_trip(&bench, &key).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_s3_does_not_take_are_refused() {
    let bench = Bench::start(&[]).await;
    for key in ["", "a\nb", "a\0b", "\u{7f}", "\u{85}", &"k".repeat(1025), &"é".repeat(513)] {
        let (status, problem) = bench.post(read_of(key).to_string()).await;
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &"key".into()), "{key:?}");
    }
}
