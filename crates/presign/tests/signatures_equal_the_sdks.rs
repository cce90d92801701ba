//! The SDK's own presigner is the oracle: for the same input and time, ours gives the same signature.
#![cfg(test)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{
    BehaviorVersion, Credentials as SdkCredentials, Region as SdkRegion, RequestChecksumCalculation,
};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::{Client, Config};
use presign::credentials::Credentials;
use presign::lifetime::ExpiresIn;
use presign::names::{BucketName, ObjectKey, Region};
use presign::profile::{AddressingStyle, S3Endpoint};
use presign::sigv4::{AmzDate, RequestToSign, SigningKey, presign};
use proptest::prelude::*;

/// One presigned request, as both presigners take it.
#[derive(Debug, Clone)]
struct Case {
    method: &'static str,
    key: String,
    path_style: bool,
    region: &'static str,
    token: Option<String>,
    signed_at: u64,
    expires_in: u32,
    version_id: Option<String>,
    disposition: Option<String>,
    content_type: Option<String>,
    cache_control: Option<String>,
    kms_key: Option<String>,
}

const ACCESS_KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn any_key() -> impl Strategy<Value = String> {
    let awkward =
        prop::sample::select(vec!["/", "//", "..", ".", "+", "%", "%2F", " ", "é", "😀", "~", "=", "&", "?", "#"]);
    let plain = "[a-zA-Z0-9!*'()@:,;$\\[\\]{}|^`\"<>\\\\_-]{1,8}";
    prop::collection::vec(prop_oneof![awkward.prop_map(str::to_owned), plain.prop_map(|s| s)], 1..12)
        .prop_map(|parts| parts.concat())
        // The SDK takes a key of nothing but white space for a missing one.
        .prop_filter("the SDK refuses it", |key| !key.trim().is_empty())
}

prop_compose! {
    fn any_case()(
        method in prop::sample::select(vec!["GET", "HEAD", "PUT", "DELETE"]),
        key in any_key(),
        path_style in any::<bool>(),
        region in prop::sample::select(vec!["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]),
        token in prop::option::of("[A-Za-z0-9+/=]{16,1000}"),
        signed_at in 1_000_000_000_u64..4_000_000_000,
        expires_in in 1_u32..=604_800,
        version_id in prop::option::of("[A-Za-z0-9._-]{1,32}"),
        disposition in prop::option::of("[ -~]{1,40}"),
        content_type in prop::option::of("[a-z]{1,9}/[a-z]{1,9}(; charset=[a-z0-9-]{1,9})?"),
        cache_control in prop::option::of("[!-~]([ -~]{0,20}[!-~])?"),
        kms_key in prop::option::of("arn:aws:kms:us-east-1:123456789012:key/[0-9a-f-]{36}"),
    ) -> Case {
        Case {
            method, key, path_style, region, token, signed_at, expires_in, version_id, disposition, content_type,
            cache_control, kms_key,
        }
    }
}

async fn sdk(case: &Case) -> PresignedRequest {
    let credentials = SdkCredentials::new(ACCESS_KEY, SECRET, case.token.clone(), None, "test");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(SdkRegion::new(case.region))
        .credentials_provider(credentials)
        .force_path_style(case.path_style)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .build();
    let client = Client::from_conf(config);
    let presigning = PresigningConfig::builder()
        .start_time(SystemTime::UNIX_EPOCH + Duration::from_secs(case.signed_at))
        .expires_in(Duration::from_secs(case.expires_in.into()))
        .build()
        .unwrap();
    match case.method {
        "GET" => {
            let get = client.get_object().bucket("demo").key(&case.key);
            let get = get.set_version_id(case.version_id.clone());
            get.set_response_content_disposition(case.disposition.clone()).presigned(presigning).await.unwrap()
        }
        "HEAD" => {
            let head = client.head_object().bucket("demo").key(&case.key);
            head.set_version_id(case.version_id.clone()).presigned(presigning).await.unwrap()
        }
        "DELETE" => {
            let delete = client.delete_object().bucket("demo").key(&case.key);
            delete.set_version_id(case.version_id.clone()).presigned(presigning).await.unwrap()
        }
        _ => {
            let put = client.put_object().bucket("demo").key(&case.key);
            let put = put.set_content_type(case.content_type.clone()).set_cache_control(case.cache_control.clone());
            let encryption = case.kms_key.as_ref().map(|_| aws_sdk_s3::types::ServerSideEncryption::AwsKms);
            let put = put.set_server_side_encryption(encryption).set_ssekms_key_id(case.kms_key.clone());
            put.presigned(presigning).await.unwrap()
        }
    }
}

/// Ours, given `x-id` (which the SDK adds to tell its operations apart) and the headers that the SDK asks the client to send.
fn ours(case: &Case, sdk: &PresignedRequest) -> String {
    let credentials = match &case.token {
        Some(token) => Credentials::temporary(ACCESS_KEY, SECRET, token),
        None => Credentials::long_term(ACCESS_KEY, SECRET),
    };
    let region: Region = case.region.parse().unwrap();
    let date = AmzDate::at(SystemTime::UNIX_EPOCH + Duration::from_secs(case.signed_at)).unwrap();
    let key = SigningKey::derive(credentials.secret(), &date, &region);
    let style = if case.path_style { AddressingStyle::Path } else { AddressingStyle::VirtualHost };
    let bucket: BucketName = "demo".parse().unwrap();
    let object: ObjectKey = case.key.parse().unwrap();
    let address = S3Endpoint::regional(&region).address(style, &bucket, &object);

    let mut query = vec![];
    let x_id = sdk.uri().split(['?', '&']).find_map(|pair| pair.strip_prefix("x-id=")).map(str::to_owned);
    query.extend(x_id.as_deref().map(|value| ("x-id", value)));
    let (reads, versions) = (case.method == "GET", case.method != "PUT");
    query.extend(case.version_id.as_deref().filter(|_| versions).map(|value| ("versionId", value)));
    query.extend(case.disposition.as_deref().filter(|_| reads).map(|value| ("response-content-disposition", value)));
    let sent: BTreeMap<&str, &str> = sdk.headers().collect();
    let headers: Vec<(&str, &str)> = sent.into_iter().collect();

    let request = RequestToSign {
        scheme: &address.scheme,
        method: case.method,
        host: &address.host,
        path: &address.path,
        query: &query,
        headers: &headers,
    };
    let expires_in = ExpiresIn::from_seconds(case.expires_in.into()).unwrap();
    presign(&request, &credentials, &key, &date, expires_in).expose().to_owned()
}

/// The address, and the query as a set: the SDK orders the pairs differently on the wire, and signs them sorted.
fn parts(url: &str) -> (String, Vec<String>) {
    let (address, query) = url.split_once('?').unwrap();
    let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
    pairs.sort();
    (address.to_owned(), pairs)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn address_query_and_signature_are_the_sdks(case in any_case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let theirs = runtime.block_on(sdk(&case));
        prop_assert_eq!(parts(&ours(&case, &theirs)), parts(theirs.uri()));
    }
}

#[test]
fn every_header_that_uploads_need_is_signed_by_both() {
    let case = Case {
        method: "PUT",
        key: "k".to_owned(),
        path_style: false,
        region: "eu-central-1",
        token: Some("t".to_owned()),
        signed_at: 1_800_000_000,
        expires_in: 60,
        version_id: None,
        disposition: None,
        content_type: Some("text/plain".to_owned()),
        cache_control: Some("no-store".to_owned()),
        kms_key: Some("arn:aws:kms:eu-central-1:123456789012:key/k1".to_owned()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let theirs = runtime.block_on(sdk(&case));
    let signed =
        parts(&ours(&case, &theirs)).1.into_iter().find(|pair| pair.starts_with("X-Amz-SignedHeaders")).unwrap();
    for header in [
        "cache-control",
        "content-type",
        "host",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
    ] {
        assert!(signed.contains(header), "{signed}");
    }
}
