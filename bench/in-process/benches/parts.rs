//! The parts, one by one: `cargo bench -p in-process`.
#![expect(clippy::expect_used, reason = "a program that measures")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use authorization::{Action, Asking, CallerIdentity, Policies, Question, Resource, UrlAsking};
use criterion::{Criterion, criterion_group, criterion_main};
use presign::credentials::Credentials;
use presign::lifetime::ExpiresIn;
use presign::names::{BucketName, ObjectKey, Region};
use presign::operation::Operation;
use presign::profile::{AddressingStyle, S3Endpoint};
use presign::request::{UrlRequest, UrlRequestBody};
use presign::sigv4::{AmzDate, RequestToSign, SigningKey, presign};
use settings::Settings;

const POLICIES: &str = include_str!("../../../infra/settings/policies.cedar");

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(493_786)
}

/// An address, a key of the session's, and a signature.
fn signature(criterion: &mut Criterion) {
    let region: Region = "eu-central-1".parse().expect("a region");
    let bucket: BucketName = "amzn-s3-demo-bucket".parse().expect("a bucket");
    let key: ObjectKey = "reports/2026/q1/summary.pdf".parse().expect("a key");
    let credentials = Credentials::temporary("ASIAIOSFODNN7EXAMPLE", "secret", "t/+k".repeat(250));
    let endpoint = S3Endpoint::regional(&region);
    let date = AmzDate::at(now()).expect("a date");
    let signing_key = SigningKey::derive(&credentials, &date, &region);
    let address = endpoint.address(AddressingStyle::VirtualHost, &bucket, &key);
    let request = RequestToSign {
        scheme: address.scheme,
        method: "GET",
        host: &address.host,
        path: &address.path,
        query: &[],
        headers: &[],
    };
    let expires_in = ExpiresIn::from_seconds(900).expect("a lifetime");

    criterion.bench_function("date", |bench| bench.iter(|| AmzDate::at(black_box(now()))));
    criterion.bench_function("address", |bench| {
        bench.iter(|| endpoint.address(AddressingStyle::VirtualHost, black_box(&bucket), &key));
    });
    criterion.bench_function("signing key", |bench| {
        bench.iter(|| SigningKey::derive(black_box(&credentials), &date, &region));
    });
    criterion.bench_function("signature", |bench| {
        bench.iter(|| presign(black_box(&request), &signing_key, &date, expires_in));
    });
}

/// A request's JSON, read and checked.
fn request(criterion: &mut Criterion) {
    let json = r#"{"operation":"putObject","bucket":"demo","key":"reports/1.pdf","expiresIn":900,"contentType":"application/pdf"}"#;
    criterion.bench_function("request", |bench| {
        bench.iter(|| {
            let body: UrlRequestBody = serde_json::from_str(black_box(json)).expect("JSON");
            UrlRequest::try_from(body).expect("a request")
        });
    });
}

/// What the policies say to one question, by their number.
fn decision(criterion: &mut Criterion) {
    let caller = CallerIdentity { groups: ["group-7".to_owned()].into(), ..CallerIdentity::named("alice") };
    let bucket: BucketName = "demo".parse().expect("a bucket");
    let url = UrlAsking { expires_in: 900, content_type: None, content_length: None, server_side_encryption: None };
    let about = |key| Question {
        caller: &caller,
        action: Action::Url(Operation::GetObject),
        resource: Resource::Object { bucket: &bucket, key },
        asking: Asking { time: now(), source_ip: Some([203, 0, 113, 7].into()), url: Some(url) },
    };
    // More than are remembered, so that each is new when it comes round again.
    let keys: Vec<String> = (0..4_096).map(|i| format!("reports/2026/q1/summary-{i}.pdf")).collect();
    // What they speak of, even in a comment, they are told.
    let talkative =
        format!("{POLICIES}\n// {}", include_str!("../../../crates/authorization/src/schema.json").replace('\n', ""));
    let cases = [
        ("decision, 2 rules", POLICIES.to_owned()),
        ("decision, 2 rules that speak of everything", talkative),
        ("decision, 1,002 rules", many_rules()),
    ];
    for (name, text) in cases {
        let policies = Policies::parse(&text).expect("policies");
        let mut keys = keys.iter().cycle();
        criterion.bench_function(name, |bench| {
            bench.iter(|| {
                let key = keys.next().expect("a cycle has no end");
                policies.decide(black_box(&about(key))).expect("permitted")
            });
        });
    }
    let policies = Policies::parse(POLICIES).expect("policies");
    criterion.bench_function("decision, remembered", |bench| {
        bench.iter(|| policies.decide(black_box(&about("reports/2026/q1/summary.pdf"))).expect("permitted"));
    });
}

/// What is read at start.
fn start(criterion: &mut Criterion) {
    let (one, many) = (profiles(1), profiles(1_000));
    criterion.bench_function("settings, 1 profile", |bench| bench.iter(|| Settings::from_toml(black_box(&one))));
    criterion.bench_function("settings, 1,000 profiles", |bench| bench.iter(|| Settings::from_toml(black_box(&many))));
    let many = many_rules();
    criterion.bench_function("policies, 2 rules", |bench| bench.iter(|| Policies::parse(black_box(POLICIES))));
    criterion.bench_function("policies, 1,002 rules", |bench| bench.iter(|| Policies::parse(black_box(&many))));
}

fn profiles(number: usize) -> String {
    (0..number).fold(String::new(), |mut text, i| {
        let _ = write!(
            text,
            "[[buckets]]\nbucket = \"bucket-{i}\"\nregion = \"us-east-1\"\noperations = [\"getObject\", \"putObject\"]\n\
             prefixes = [\"reports/{i}/\"]\nsigningRole = \"arn:aws:iam::123456789012:role/signer-{i}\"\n"
        );
        text
    })
}

fn many_rules() -> String {
    (0..1_000).fold(POLICIES.to_owned(), |mut text, i| {
        let _ = write!(
            text,
            "\npermit (principal in Presign::Group::\"group-{i}\", action in [Presign::Action::\"reading\"], \
             resource in Presign::Bucket::\"bucket-{i}\") when {{ resource.key like \"reports/*\" }};\n"
        );
        text
    })
}

criterion_group!(parts, signature, request, decision, start);
criterion_main!(parts);
