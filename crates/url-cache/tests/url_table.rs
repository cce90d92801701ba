//! The table against a DynamoDB of its own, over HTTP.
#![cfg(test)]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_dynamodb::{Client, Config};
use presign::cache::{
    Advance, Advanced, CacheKey, CachedUrl, EVENT_MEMORY, GenerationLedger, IssuedFor, MOST_WRITTEN, ScopeState,
    UrlCache, WantedRow,
};
use presign::generation::{Generations, Scope};
use presign::lifetime::{Asked, ExpiresIn, LifetimeMode, LimitedBy};
use presign::names::EventId;
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use presign::reconcile::{Ceiling, Fingerprint, Part, Recalled, Record, Sight, SightLedger, Unseen, compare};
use url_cache::{IssuedPage, UrlTable, Wanted, create_table};

async fn table() -> UrlTable {
    let client = client().await;
    create_table(&client, "urls").await.unwrap();
    create_table(&client, "urls").await.unwrap();
    UrlTable::new(client, "urls".to_owned())
}

async fn client() -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIA1", "s", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .interceptor(StartsWithinItsRange)
        .build();
    Client::from_conf(config)
}

/// What DynamoDB asks of a query that goes on, and the local one does not.
#[derive(Debug)]
struct StartsWithinItsRange;

impl Intercept for StartsWithinItsRange {
    fn name(&self) -> &'static str {
        "StartsWithinItsRange"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(query) = context.input().downcast_ref::<QueryInput>() else { return Ok(()) };
        let number = |value: Option<&AttributeValue>| value.map(|value| value.as_n().unwrap().parse::<u64>().unwrap());
        let start = number(query.exclusive_start_key().and_then(|key| key.get("expiresAt")));
        let after = number(query.expression_attribute_values().and_then(|values| values.get(":now")));
        if start.is_some_and(|start| Some(start) <= after) {
            return Err("The provided starting key does not match the range key predicate".into());
        }
        Ok(())
    }
}

fn scopes() -> [Scope; 2] {
    [Scope::Bucket("demo".parse().unwrap()), Scope::Account("123456789012".parse().unwrap())]
}

fn row() -> Arc<CachedUrl> {
    let [bucket, account] = scopes();
    let mut generations = Generations::default();
    generations.insert(&bucket, 3);
    generations.insert(&account, 0);
    Arc::new(CachedUrl {
        url: PresignedUrl::new("https://h/k?X-Amz-Signature=abc".to_owned()),
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        expires_at: SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000),
        signed_for: ExpiresIn::from_seconds(900).unwrap(),
        limited_by: LimitedBy::SignatureAge,
        signed_by: "arn:aws:sts::123456789012:assumed-role/signer/me".to_owned(),
        generations,
        issued_for: IssuedFor {
            caller: "alice".to_owned(),
            tenant: Some("acme".to_owned()),
            operation: Operation::GetObject,
            bucket: "demo".parse().unwrap(),
            key: "k".to_owned(),
        },
    })
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

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn events(range: std::ops::Range<usize>) -> Vec<EventId> {
    range.map(|i| format!("6f5a4a5e-{i}").parse().unwrap()).collect()
}

/// By these events, holding until `hold` milliseconds after 1970, at `now`.
fn by<'a>(scope: &'a Scope, events: &'a [EventId], hold: u64, now: SystemTime) -> Advance<'a> {
    let hold_until = SystemTime::UNIX_EPOCH + Duration::from_millis(hold);
    Advance { scope, events, regardless: false, hold_until, now }
}

async fn state(table: &UrlTable, scope: &Scope) -> ScopeState {
    table.look_up(&[], std::slice::from_ref(scope)).await.unwrap().scopes[scope]
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_advances_are_each_counted() {
    let table = table().await;
    let [bucket, account] = scopes();
    let advances: Vec<_> = (0..20)
        .map(|i| {
            let (table, bucket) = (table.clone(), bucket.clone());
            tokio::spawn(async move {
                table.advance(by(&bucket, &events(i..i + 1), 1_500, NOW)).await.unwrap();
            })
        })
        .collect();
    for advance in advances {
        advance.await.unwrap();
    }
    assert_eq!(state(&table, &bucket).await.generation, 20);
    assert_eq!(state(&table, &account).await, ScopeState::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_never_shortened() {
    let table = table().await;
    let [bucket, _] = scopes();
    for (i, (hold, held)) in [(1_500, 1_500), (500, 1_500), (1_500, 1_500), (2_000, 2_000)].into_iter().enumerate() {
        let generation = table.advance(by(&bucket, &events(i..i + 1), hold, NOW)).await.unwrap().generation;
        assert_eq!(generation, Some(i as u64 + 1), "a shorter hold advances all the same");
        assert_eq!(state(&table, &bucket).await.hold_until, Some(NOW + Duration::from_millis(held)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_advances_a_scope_once_a_day() {
    let table = table().await;
    let [bucket, account] = scopes();
    let both = events(0..2);
    let first = table.advance(by(&bucket, &both[..1], 0, NOW)).await.unwrap();
    assert_eq!(first, Advanced { generation: Some(1), repeated: vec![] });
    let again = table.advance(by(&bucket, &both[..1], 0, NOW)).await.unwrap();
    assert_eq!(again, Advanced { generation: None, repeated: both[..1].to_vec() });
    let one_is_new = table.advance(by(&bucket, &both, 0, NOW)).await.unwrap();
    assert_eq!(one_is_new, Advanced { generation: Some(2), repeated: both[..1].to_vec() });
    let elsewhere = table.advance(by(&account, &both, 0, NOW)).await.unwrap();
    assert_eq!(elsewhere, Advanced { generation: Some(1), repeated: vec![] });
    let regardless = Advance { regardless: true, ..by(&bucket, &both, 0, NOW) };
    assert_eq!(table.advance(regardless).await.unwrap(), Advanced { generation: Some(3), repeated: both.clone() });

    let almost = NOW + EVENT_MEMORY - Duration::from_secs(1);
    assert_eq!(table.advance(by(&bucket, &both, 0, almost)).await.unwrap().generation, None);
    let later = table.advance(by(&bucket, &both, 0, NOW + EVENT_MEMORY)).await.unwrap();
    assert_eq!(
        later,
        Advanced { generation: Some(4), repeated: vec![] },
        "TTL has deleted nothing, but it is forgotten"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_deliveries_at_the_same_time_one_advances() {
    let table = table().await;
    let [bucket, _] = scopes();
    for round in 0..10 {
        let deliveries: Vec<_> = (0..4)
            .map(|_| {
                let (table, bucket) = (table.clone(), bucket.clone());
                tokio::spawn(
                    async move { table.advance(by(&bucket, &events(round..round + 1), 0, NOW)).await.unwrap() },
                )
            })
            .collect();
        let mut advances = 0;
        for delivery in deliveries {
            advances += usize::from(delivery.await.unwrap().generation.is_some());
        }
        assert_eq!(advances, 1);
        assert_eq!(state(&table, &bucket).await.generation, round as u64 + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_events_than_a_transaction_holds_are_all_remembered() {
    let table = table().await;
    let [bucket, _] = scopes();
    let many = events(0..250);
    assert_eq!(table.advance(by(&bucket, &many, 0, NOW)).await.unwrap().repeated, []);
    let again = table.advance(by(&bucket, &many, 0, NOW)).await.unwrap();
    assert_eq!((again.generation, again.repeated.len()), (None, 250));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_goes_on_after_the_last_url_of_its_page_has_ended() {
    let table = table().await;
    let ends = |second: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000 + second);
    let rows = (0..3).map(|i| {
        (
            CacheKey::of([i.to_string().as_str()]),
            Arc::new(CachedUrl { expires_at: ends(i), ..Arc::unwrap_or_clone(row()) }),
        )
    });
    table.store(&rows.collect::<Vec<_>>()).await.unwrap();
    let bucket = "demo".parse().unwrap();
    let page =
        async |now, after| table.issued(&bucket, Wanted::default(), now, after, 1, NonZeroUsize::MIN).await.unwrap();
    let ending = |page: &IssuedPage| page.urls.iter().map(|url| url.expires_at).collect::<Vec<_>>();
    let first = page(SystemTime::UNIX_EPOCH, None).await;
    assert_eq!(ending(&first), [ends(0)]);
    for now in [SystemTime::UNIX_EPOCH, ends(0)] {
        assert_eq!(ending(&page(now, first.next.clone()).await), [ends(1)]);
    }
    assert_eq!(ending(&page(ends(1), first.next).await), [ends(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_an_earlier_release_is_given_the_index_of_what_is_out() {
    let client = client().await;
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
    let attribute = AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let creation = client.create_table().table_name("urls").billing_mode(BillingMode::PayPerRequest).key_schema(key);
    creation.attribute_definitions(attribute.build().unwrap()).send().await.unwrap();
    create_table(&client, "urls").await.unwrap();
    create_table(&client, "urls").await.unwrap();
    let table = UrlTable::new(client, "urls".to_owned());
    table.store(&[(CacheKey::of(["k"]), row())]).await.unwrap();
    let bucket = "demo".parse().unwrap();
    let page =
        table.issued(&bucket, Wanted::default(), SystemTime::UNIX_EPOCH, None, 10, NonZeroUsize::MIN).await.unwrap();
    assert_eq!(page.urls.iter().map(|url| &url.issued_for).collect::<Vec<_>>(), [&row().issued_for]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_write_what_they_saw_at_once_one_notices_whatever_was_there_before() {
    let [bucket, account] = scopes();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: &str| AttributeValue::N(number.to_owned());
    for row in [
        vec![],
        vec![("edition", number("7"))],
        vec![("edition", number("7")), ("parts", text("no map")), ("unexplained", AttributeValue::Bool(false))],
        vec![("edition", text("7"))],
        vec![("edition", AttributeValue::Bool(true))],
        vec![("edition", number("-7"))],
        vec![("edition", number("1.5"))],
        vec![("edition", number("18446744073709551615"))],
        vec![("edition", number("18446744073709551616"))],
    ] {
        let client = client().await;
        create_table(&client, "urls").await.unwrap();
        let put = client.put_item().table_name("urls").item("pk", text("sight#bucket/demo"));
        row.iter().fold(put, |put, (name, value)| put.item(*name, value.clone())).send().await.unwrap();
        let table = UrlTable::new(client, "urls".to_owned());
        let look = |before: &Recalled, look| {
            let parts = [(Part::BucketPolicy, Ok(Fingerprint::of([look])))].into();
            compare(&bucket, before, &Sight { parts, ceiling: Ceiling::None }, NOW)
        };
        let mut before = table.recall(&bucket, Some(&account)).await.unwrap();
        assert_eq!(before.record, None);
        for (seen, changed) in [("one", &[][..]), ("another", &[Part::BucketPolicy])] {
            let judgement = look(&before, seen);
            assert_eq!(judgement.changed, changed);
            assert!(table.renew(&bucket, &before, &judgement.renewal).await.unwrap(), "{row:?}");
            assert!(!table.renew(&bucket, &before, &judgement.renewal).await.unwrap(), "another has written {row:?}");
            before = table.recall(&bucket, Some(&account)).await.unwrap();
            assert_eq!(before.record, Some(judgement.renewal.record));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_hidden_is_kept_with_where_its_scopes_stood_and_a_row_of_before_that_is_read_too() {
    let [bucket, account] = scopes();
    let client = client().await;
    create_table(&client, "urls").await.unwrap();
    let table = UrlTable::new(client.clone(), "urls".to_owned());
    for policy in [Ok(Fingerprint::of(["one"])), Err(Unseen("AccessDenied".to_owned()))] {
        let before = table.recall(&bucket, Some(&account)).await.unwrap();
        let sight = Sight { parts: [(Part::BucketPolicy, policy)].into(), ceiling: Ceiling::None };
        let renewal = compare(&bucket, &before, &sight, NOW).renewal;
        assert!(table.renew(&bucket, &before, &renewal).await.unwrap());
    }
    let kept = table.recall(&bucket, Some(&account)).await.unwrap();
    let record = kept.record.unwrap();
    assert_eq!(record.unseen_since, [(Part::BucketPolicy, kept.generations)].into());

    let older = client.update_item().table_name("urls").update_expression("REMOVE unseenSince");
    older.key("pk", AttributeValue::S("sight#bucket/demo".to_owned())).send().await.unwrap();
    let kept = table.recall(&bucket, Some(&account)).await.unwrap();
    assert_eq!(kept.record, Some(Record { unseen_since: BTreeMap::new(), ..record }));
}
