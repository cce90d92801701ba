//! Reading and writing the table, by the rows that it has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bench::measure::{Effort, Latency};
use bench::measured::Table;
use presign::cache::{CacheKey, CachedUrl, IssuedFor, MOST_WRITTEN, UrlCache, WantedRow};
use presign::generation::{Generations, Scope};
use presign::lifetime::{Asked, ExpiresIn, LifetimeMode, LimitedBy};
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use url_cache::{UrlTable, create_table};

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const SIZES_QUICK: [usize; 2] = [50, 100];
/// Round trips of each kind that are measured at each size.
const TRIPS: usize = 2_000;
const TRIPS_QUICK: usize = 10;

/// Fills a table step by step. It is in this process, behind HTTP as AWS's is: what is measured is how the costs grow, not what
/// DynamoDB takes.
pub async fn tables(effort: Effort) -> Result<Vec<Table>> {
    let quick = !effort.is_for_figures();
    let (sizes, trips) = if quick { (&SIZES_QUICK[..], TRIPS_QUICK) } else { (&SIZES[..], TRIPS) };
    let table = empty_table().await?;
    let row = row()?;
    let mut measured = vec![];
    let mut rows = 0;
    for &size in sizes {
        fill(&table, &row, rows..size).await?;
        rows = size;
        measured.push(measure(&table, &row, size, trips).await?);
    }
    Ok(measured)
}

async fn measure(table: &UrlTable, row: &Arc<CachedUrl>, rows: usize, trips: usize) -> Result<Table> {
    let scopes = [Scope::Account("123456789012".parse()?), Scope::Bucket("demo".parse()?)];
    let asked = Asked { expires_in: row.signed_for, mode: LifetimeMode::Clamp, minimum_remaining: None };
    let (mut found, mut absent, mut stored) = (vec![], vec![], vec![]);
    for trip in 0..trips {
        // All over the table: the golden ratio's multiples.
        let there = key(trip.wrapping_mul(2_654_435_769) % rows);
        let not_there = CacheKey::of(["absent", &trip.to_string()]);
        for (key, took, expected) in [(&there, &mut found, 1), (&not_there, &mut absent, 0)] {
            let began = Instant::now();
            let answer = table.look_up(&[WantedRow { key, asked: &asked }], &scopes).await?;
            took.push(began.elapsed());
            ensure!(answer.urls.len() == expected, "the table has {} rows for one key", answer.urls.len());
        }
        let began = Instant::now();
        table.store(&[(there, Arc::clone(row))]).await?;
        stored.push(began.elapsed());
    }
    Ok(Table { rows, found: Latency::of(found), absent: Latency::of(absent), stored: Latency::of(stored) })
}

async fn fill(table: &UrlTable, row: &Arc<CachedUrl>, rows: std::ops::Range<usize>) -> Result<()> {
    let keys: Vec<usize> = rows.collect();
    for chunk in keys.chunks(MOST_WRITTEN) {
        let rows: HashMap<CacheKey, Arc<CachedUrl>> = chunk.iter().map(|i| (key(*i), Arc::clone(row))).collect();
        table.store(&rows.into_iter().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

fn key(i: usize) -> CacheKey {
    CacheKey::of(["row", &i.to_string()])
}

/// As small as a row can be, so that a million of them fit into memory.
fn row() -> Result<Arc<CachedUrl>> {
    Ok(Arc::new(CachedUrl {
        url: PresignedUrl::new("https://demo.s3.us-east-1.amazonaws.com/key".to_owned()),
        headers: vec![],
        expires_at: SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 100),
        signed_for: ExpiresIn::from_seconds(900)?,
        limited_by: LimitedBy::Request,
        signed_by: "arn:aws:sts::123456789012:assumed-role/signer/alice".to_owned(),
        generations: Generations::default(),
        issued_for: IssuedFor {
            caller: "alice".to_owned(),
            tenant: None,
            operation: Operation::GetObject,
            bucket: "demo".parse()?,
            key: "key".to_owned(),
        },
    }))
}

/// In this process, behind HTTP as AWS's is.
pub async fn empty_table() -> Result<UrlTable> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let database = dynoxide::Database::memory().context("there is no database")?;
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKIA1", "s", None, None, "bench")))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = aws_sdk_dynamodb::Client::new(&config);
    create_table(&client, "urls").await?;
    Ok(UrlTable::new(client, "urls".to_owned()))
}
