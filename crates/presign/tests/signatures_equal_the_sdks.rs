//! The SDK's own presigner is the oracle: for the same input and time, ours gives the same signature.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{
    BehaviorVersion, Credentials as SdkCredentials, Region as SdkRegion, RequestChecksumCalculation,
    ResponseChecksumValidation,
};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{ChecksumMode, ObjectLockLegalHoldStatus, ObjectLockMode, ServerSideEncryption, StorageClass};
use aws_sdk_s3::{Client, Config};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use presign::credentials::Credentials;
use presign::lifetime::{Bounds, ExpiresIn};
use presign::names::{BucketName, ObjectKey, Region};
use presign::profile::{AddressingStyle, BucketProfile, Encryption, ProfileParts, Profiles, S3Endpoint, Signer};
use presign::request::{UrlRequest, UrlRequestBody};
use presign::signed_request::BoundRequest;
use presign::sigv4::{AmzDate, RequestToSign, SigningKey, presign};
use proptest::prelude::*;
use serde_json::{Value, json};

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
    more: More,
}

/// What uploads and reads may be told besides.
#[derive(Debug, Clone, Default)]
struct More {
    range: Option<String>,
    checksum_mode: bool,
    expires: Option<i64>,
    content_length: Option<i64>,
    content_md5: Option<String>,
    checksum_sha256: Option<String>,
    metadata: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    storage_class: Option<&'static str>,
    create_only: bool,
    lock_until: Option<i64>,
    legal_hold: bool,
    context: BTreeMap<String, String>,
    bucket_key: Option<bool>,
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
    fn any_more()(
        (range, checksum_mode) in (prop::option::of("bytes=[1-9]{1,3}-[1-9]{4}"), any::<bool>()),
        (expires, lock_until) in (prop::option::of(0_i64..4_000_000_000), prop::option::of(0_i64..4_000_000_000)),
        content_length in prop::option::of(0_i64..=5_368_709_120),
        (content_md5, checksum_sha256) in (prop::option::of(any::<[u8; 16]>()), prop::option::of(any::<[u8; 32]>())),
        metadata in prop::collection::btree_map("[a-z0-9_.-]{1,9}", "[!-~]([ -~]{0,9}[!-~])?", 0..4),
        (tags, context) in (
            prop::collection::btree_map("[A-Za-z0-9]{1,9}", "[A-Za-z0-9]{0,9}", 0..4),
            prop::collection::btree_map("\\PC{1,9}", "\\PC{0,9}", 0..4),
        ),
        storage_class in prop::option::of(prop::sample::select(vec!["STANDARD_IA", "GLACIER", "INTELLIGENT_TIERING"])),
        (create_only, legal_hold) in (any::<bool>(), any::<bool>()),
        bucket_key in prop::option::of(any::<bool>()),
    ) -> More {
        More {
            range, checksum_mode, expires, content_length,
            content_md5: content_md5.map(|digest| BASE64_STANDARD.encode(digest)),
            checksum_sha256: checksum_sha256.map(|digest| BASE64_STANDARD.encode(digest)),
            metadata, tags, storage_class, create_only, lock_until, legal_hold, context, bucket_key,
        }
    }
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
        more in any_more(),
    ) -> Case {
        Case {
            method, key, path_style, region, token, signed_at, expires_in, version_id, disposition, content_type,
            cache_control, kms_key, more,
        }
    }
}

impl More {
    /// An object is locked together with a digest of it only.
    fn locks(&self) -> bool {
        self.content_md5.is_some() || self.checksum_sha256.is_some()
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
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .build();
    let client = Client::from_conf(config);
    let presigning = PresigningConfig::builder()
        .start_time(SystemTime::UNIX_EPOCH + Duration::from_secs(case.signed_at))
        .expires_in(Duration::from_secs(case.expires_in.into()))
        .build()
        .unwrap();
    let more = &case.more;
    let checksum_mode = more.checksum_mode.then_some(ChecksumMode::Enabled);
    match case.method {
        "GET" => {
            let get = client.get_object().bucket("demo").key(&case.key).set_range(more.range.clone());
            let get = get.set_version_id(case.version_id.clone()).set_checksum_mode(checksum_mode);
            get.set_response_content_disposition(case.disposition.clone()).presigned(presigning).await.unwrap()
        }
        "HEAD" => {
            let head = client.head_object().bucket("demo").key(&case.key).set_range(more.range.clone());
            let head = head.set_checksum_mode(checksum_mode);
            head.set_version_id(case.version_id.clone()).presigned(presigning).await.unwrap()
        }
        "DELETE" => {
            let delete = client.delete_object().bucket("demo").key(&case.key);
            delete.set_version_id(case.version_id.clone()).presigned(presigning).await.unwrap()
        }
        _ => {
            let put = client.put_object().bucket("demo").key(&case.key);
            let put = put.set_content_type(case.content_type.clone()).set_cache_control(case.cache_control.clone());
            let tags: Vec<String> = more.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let mut put = put
                .set_expires(more.expires.map(DateTime::from_secs))
                .set_content_length(more.content_length)
                .set_content_md5(more.content_md5.clone())
                .set_checksum_sha256(more.checksum_sha256.clone())
                .set_metadata(Some(more.metadata.clone().into_iter().collect()))
                .set_tagging((!tags.is_empty()).then(|| tags.join("&")))
                .set_storage_class(more.storage_class.map(StorageClass::from))
                .set_if_none_match(more.create_only.then(|| "*".to_owned()));
            if more.locks() {
                let status = more.legal_hold.then_some(ObjectLockLegalHoldStatus::On);
                let lock = more.lock_until.map(|_| ObjectLockMode::Governance);
                put = put.set_object_lock_legal_hold_status(status).set_object_lock_mode(lock);
                put = put.set_object_lock_retain_until_date(more.lock_until.map(DateTime::from_secs));
            }
            if let Some(key) = &case.kms_key {
                let context = (!more.context.is_empty()).then(|| serde_json::to_string(&more.context).unwrap());
                put = put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key);
                put = put.set_ssekms_encryption_context(context.map(|json| BASE64_STANDARD.encode(json)));
                put = put.set_bucket_key_enabled(more.bucket_key);
            }
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
    let key = SigningKey::derive(&credentials, &date, &region);
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
    // It does not sign `x-amz-checksum-mode`, though it asks the client to send it.
    let signed = sdk.uri().split(['?', '&']).find_map(|pair| pair.strip_prefix("X-Amz-SignedHeaders=")).unwrap();
    let is_signed = |name: &str| signed.split("%3B").any(|signed| signed == name);
    let sent: BTreeMap<&str, &str> = sdk.headers().filter(|(name, _)| is_signed(name)).collect();
    let headers: Vec<(&str, &str)> = sent.into_iter().collect();

    let request = RequestToSign {
        scheme: address.scheme,
        method: case.method,
        host: &address.host,
        path: &address.path,
        query: &query,
        headers: &headers,
    };
    let expires_in = ExpiresIn::from_seconds(case.expires_in.into()).unwrap();
    presign(&request, &key, &date, expires_in).expose().to_owned()
}

/// The same request in the interface's terms.
fn request(case: &Case) -> UrlRequest {
    let more = &case.more;
    let time = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap().to_string();
    let mut body = json!({"bucket": "demo", "key": case.key, "expiresIn": case.expires_in});
    let mut say = |field: &str, value: Value| {
        if !value.is_null() && value != json!({}) {
            body[field] = value;
        }
    };
    match case.method {
        "GET" | "HEAD" => {
            say("operation", json!(if case.method == "GET" { "getObject" } else { "headObject" }));
            say("versionId", json!(case.version_id));
            say("range", json!(more.range));
            say("checksumMode", json!(more.checksum_mode.then_some("ENABLED")));
            say("responseContentDisposition", json!(case.disposition.as_ref().filter(|_| case.method == "GET")));
        }
        "DELETE" => {
            say("operation", json!("deleteObject"));
            say("versionId", json!(case.version_id));
        }
        _ => {
            say("operation", json!("putObject"));
            say("contentType", json!(case.content_type));
            say("cacheControl", json!(case.cache_control));
            say("expires", json!(more.expires.map(time)));
            say("contentLength", json!(more.content_length));
            say("contentMD5", json!(more.content_md5));
            say("checksumSHA256", json!(more.checksum_sha256));
            say("metadata", json!(more.metadata));
            say("tagging", json!(more.tags));
            say("storageClass", json!(more.storage_class));
            say("ifNoneMatch", json!(more.create_only.then_some("*")));
            if more.locks() {
                say("objectLockLegalHoldStatus", json!(more.legal_hold.then_some("ON")));
                say("objectLockMode", json!(more.lock_until.map(|_| "GOVERNANCE")));
                say("objectLockRetainUntilDate", json!(more.lock_until.map(time)));
            }
            if let Some(key) = &case.kms_key {
                say("serverSideEncryption", json!("aws:kms"));
                say("ssekmsKeyId", json!(key));
                say("ssekmsEncryptionContext", json!(more.context));
                say("bucketKeyEnabled", json!(more.bucket_key));
            }
        }
    }
    UrlRequest::try_from(serde_json::from_value::<UrlRequestBody>(body).unwrap()).unwrap()
}

/// A profile that leaves everything to its requests.
fn profiles() -> Profiles {
    let all = ["getObject", "headObject", "putObject", "deleteObject"]
        .map(|name| serde_json::from_value(json!(name)).unwrap());
    let parts = ProfileParts {
        bucket: "demo".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        signer: Signer::Environment { trusted_for: None },
        operations: all.into(),
        prefixes: vec!["".parse().unwrap()],
        bounds: Bounds { longest: ExpiresIn::SIGV4_CEILING, signature_age: None, clock_skew: Duration::ZERO },
        encryption: Encryption::AsRequested,
        cached: BTreeSet::new(),
        endpoint: None,
        addressing: None,
        verifies_after_invalidation: false,
    };
    Profiles::new([BucketProfile::new(parts).unwrap()]).unwrap()
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_headers_to_send_are_the_sdks(case in any_case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let theirs = runtime.block_on(sdk(&case));
        let (request, profiles) = (request(&case), profiles());
        let bound = BoundRequest::new(&request, &profiles).unwrap();
        let ours: BTreeMap<&str, &str> =
            bound.headers().iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
        prop_assert_eq!(ours, theirs.headers().collect());
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
        more: More::default(),
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
