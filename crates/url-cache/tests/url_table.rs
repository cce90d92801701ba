//! The table against a DynamoDB of its own, over HTTP.
#![cfg(test)]

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use presign::cache::{CacheKey, CachedUrl, GenerationLedger, MOST_WRITTEN, UrlCache, WantedRow};
use presign::generation::{Generations, Scope};
use presign::lifetime::{Asked, ExpiresIn, LifetimeMode, LimitedBy};
use presign::presigned_url::PresignedUrl;
use url_cache::{UrlTable, create_table};

async fn table() -> UrlTable {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIA1", "s", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    create_table(&client, "urls").await.unwrap();
    create_table(&client, "urls").await.unwrap();
    UrlTable::new(client, "urls".to_owned())
}

fn scopes() -> [Scope; 2] {
    [Scope::Bucket("demo".parse().unwrap()), Scope::Account("123456789012".parse().unwrap())]
}

fn row() -> CachedUrl {
    let [bucket, account] = scopes();
    let mut generations = Generations::default();
    generations.insert(&bucket, 3);
    generations.insert(&account, 0);
    CachedUrl {
        url: PresignedUrl::new("https://h/k?X-Amz-Signature=abc".to_owned()),
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        expires_at: SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000),
        signed_for: ExpiresIn::from_seconds(900).unwrap(),
        limited_by: LimitedBy::SignatureAge,
        signed_by: "arn:aws:sts::123456789012:assumed-role/signer/me".to_owned(),
        generations,
    }
}

fn asked() -> Asked {
    Asked { expires_in: ExpiresIn::from_seconds(900).unwrap(), mode: LifetimeMode::Clamp, minimum_remaining: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_rows_are_written_and_read_in_one_call_each() {
    let table = table().await;
    let rows: Vec<_> = (0..MOST_WRITTEN).map(|i| (CacheKey::of([i.to_string().as_str()]), row())).collect();
    table.store(&rows).await.unwrap();
    let asked = asked();
    let absent = CacheKey::of(["absent"]);
    let wanted: Vec<_> =
        rows.iter().map(|(key, _)| key).chain([&absent]).map(|key| WantedRow { key, asked: &asked }).collect();
    let found = table.look_up(&wanted, &scopes()).await.unwrap();
    assert_eq!(found.urls, rows.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_comes_back_as_it_was_stored() {
    let table = table().await;
    let [bucket, _] = scopes();
    let row = row();
    let key = CacheKey::of(["k"]);
    let asked = asked();
    let wanted = WantedRow { key: &key, asked: &asked };

    let before = table.look_up(&[wanted], &scopes()).await.unwrap();
    assert!(before.urls.is_empty());
    assert_eq!(before.scopes[&bucket].generation, 0, "a scope that was never advanced");
    table.store(&[(key.clone(), row.clone())]).await.unwrap();
    let after = table.look_up(&[wanted], &scopes()).await.unwrap();
    assert_eq!(after.urls.get(&key), Some(&row));
    assert!(table.look_up(&[], &scopes()).await.unwrap().urls.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_advances_are_each_counted() {
    let table = table().await;
    let [bucket, account] = scopes();
    let until = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
    let advances = (0..20).map(|_| {
        let (table, bucket) = (table.clone(), bucket.clone());
        tokio::spawn(async move { table.advance(&bucket, until).await.unwrap() })
    });
    let mut generations = vec![];
    for advance in advances.collect::<Vec<_>>() {
        generations.push(advance.await.unwrap());
    }
    generations.sort_unstable();
    assert_eq!(generations, (1..=20).collect::<Vec<_>>());
    let sooner = until - Duration::from_secs(1);
    assert_eq!(table.advance(&bucket, sooner).await.unwrap(), 21, "a shorter hold advances all the same");
    let found = table.look_up(&[], &scopes()).await.unwrap();
    assert_eq!((found.scopes[&bucket].generation, found.scopes[&bucket].hold_until), (21, Some(until)));
    assert_eq!(found.scopes[&account].generation, 0);
}
