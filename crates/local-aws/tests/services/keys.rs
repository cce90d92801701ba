//! Every key S3 allows names its own object, and is listed as it is.

use aws_sdk_s3::primitives::ByteStream;

use crate::support::{Stack, administrator};

#[tokio::test]
async fn every_key_round_trips_to_its_own_object() {
    let stack = Stack::start().await;
    let s3 = stack.s3(administrator());
    s3.create_bucket().bucket("docs").send().await.unwrap();
    let longest = "é".repeat(512);
    let mut keys = vec![
        "a",
        "a/b",
        "a//b",
        "a/",
        "a//",
        "../x",
        "./x",
        "x/../y",
        "..",
        ".",
        "/lead",
        "//lead",
        "tail/",
        "😀/ü",
        "%2F",
        "a%2Fb",
        "a+b",
        "a b",
        "?",
        "#",
        "a&b=c",
        "<xml>&\"'",
        "\\back",
        "~",
        "*",
        "a:b",
        &longest,
        "con",
        ".hidden",
        "a\tb",
    ];
    for key in &keys {
        let put = s3.put_object().bucket("docs").key(*key).body(ByteStream::from(key.as_bytes().to_vec())).send().await;
        assert!(put.is_ok(), "{key:?}: {put:?}");
    }
    for key in &keys {
        let got = s3.get_object().bucket("docs").key(*key).send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), key.as_bytes(), "{key:?}");
        assert!(got.metadata.is_none_or(|metadata| metadata.is_empty()));
    }

    keys.sort_unstable();
    let mut listed = Vec::new();
    let mut pages = s3.list_objects_v2().bucket("docs").max_keys(7).into_paginator().send();
    while let Some(page) = pages.next().await {
        listed.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(listed, keys);

    s3.delete_object().bucket("docs").key("a").send().await.unwrap();
    assert!(s3.head_object().bucket("docs").key("a").send().await.is_err());
    assert!(s3.head_object().bucket("docs").key("a/b").send().await.is_ok());
}

#[tokio::test]
async fn a_key_over_1024_bytes_is_refused() {
    let stack = Stack::with_signer().await;
    let put = stack.s3(administrator()).put_object().bucket("docs").key("k".repeat(1025)).send().await;
    assert_eq!(put.unwrap_err().into_service_error().meta().code(), Some("KeyTooLongError"));
}
