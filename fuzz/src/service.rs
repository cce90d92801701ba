//! The issuer, with a cache and sessions that need no network.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use authorization::Policies;
use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use http_api::Gate;
use http_body_util::BodyExt;
use issue_urls::Issuer;
use presign::cache::{CacheKey, CachedUrl, LookUp, UrlCache, WantedRow};
use presign::credentials::Credentials;
use presign::generation::{Generations, Scope};
use presign::lifetime::CredentialsExpiry;
use presign::names::RoleArn;
use presign::profile::{Profiles, Signer};
use presign::signing_session::{Ask, SessionError, SessionRequest, SignerIdentity, SigningSession, SigningSessions};
use presign::sigv4::SigningKeys;
use settings::Settings;

/// The keys that `demo` serves, which is without uploads in parts: for these the issuer would call S3.
pub const PREFIX: &str = "public/";
pub const HOST: &str = "https://demo.s3.eu-central-1.amazonaws.com/";
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const SETTINGS: &str = r#"
[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject", "headObject", "putObject", "copyObject", "deleteObject", "postObject"]
prefixes = ["public/"]
encryption = { serverSideEncryption = "asRequested" }
"#;

/// A moment of 2026.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_830)
}

pub static PROFILES: LazyLock<Profiles> = LazyLock::new(|| profiles(SETTINGS));

/// The same, with uploads in parts too.
pub static PROFILES_WITH_PARTS: LazyLock<Profiles> =
    LazyLock::new(|| profiles(&SETTINGS.replace("\"postObject\"", "\"postObject\", \"multipartUpload\"")));

pub static SESSION: LazyLock<Arc<SigningSession>> = LazyLock::new(|| {
    let role: RoleArn = "arn:aws:iam::123456789012:role/signer".parse().expect("an ARN");
    let credentials = Credentials::temporary("ASIAIOSFODNN7EXAMPLE", SECRET_ACCESS_KEY, "a+token/of=a session");
    Arc::new(SigningSession {
        keys: SigningKeys::of(credentials),
        expiry: CredentialsExpiry::At(now() + Duration::from_hours(1)),
        fresh: Some(Duration::from_hours(1)),
        signed_by: "arn:aws:sts::123456789012:assumed-role/signer/alice".to_owned(),
        owner: (&role).into(),
        generations: Generations::default(),
    })
});

static ROUTER: LazyLock<Router> = LazyLock::new(|| {
    let policies = Policies::parse(include_str!("../../infra/settings/policies.cedar")).expect("they are deployed");
    let settings = Settings::from_toml(SETTINGS).expect("the settings are good");
    let gate = Gate::new(policies, settings.callers);
    let wait = Duration::from_secs(1);
    let issuer = Issuer::new(gate, settings.profiles, NoRows, wait, OneSession, Arc::new(now));
    issue_urls::router(Arc::new(issuer))
});

fn profiles(text: &str) -> Profiles {
    Settings::from_toml(text).expect("the settings are good").profiles
}

/// A cache that holds nothing, and takes everything.
struct NoRows;

impl UrlCache for NoRows {
    type Error = Infallible;

    async fn look_up(&self, _: &[WantedRow<'_>], _: &[Scope]) -> Result<LookUp, Infallible> {
        Ok(LookUp::default())
    }

    async fn store(&self, _: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), Infallible> {
        Ok(())
    }
}

struct OneSession;

impl SigningSessions for OneSession {
    async fn identity(&self, signer: &Signer, _: Ask) -> Result<SignerIdentity, SessionError> {
        let Signer::Role { arn, .. } = signer else { panic!("the settings name a role") };
        Ok(arn.into())
    }

    async fn session(&self, _: SessionRequest<'_>, _: SystemTime) -> Result<Arc<SigningSession>, SessionError> {
        Ok(Arc::clone(&SESSION))
    }
}

pub fn router() -> Router {
    ROUTER.clone()
}

/// What a future comes to that waits for nothing.
pub fn settle<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// An answer, once it is seen that it is one that the issuer may give.
pub fn checked(response: Response<Body>) -> (StatusCode, String) {
    let (status, body) = answer(response);
    assert!(!status.is_server_error(), "{status}: {body}");
    (status, body)
}

/// An answer, once it is seen that it is one that any of the functions may give.
pub fn answer(response: Response<Body>) -> (StatusCode, String) {
    let (parts, body) = response.into_parts();
    let body = settle(body.collect()).expect("a body that is there already").to_bytes();
    let body = String::from_utf8(body.to_vec()).expect("an answer is UTF-8");
    assert!(!body.contains(SECRET_ACCESS_KEY), "the secret key is in the answer");
    let of = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if parts.status.is_client_error() || parts.status.is_server_error() {
        assert_eq!(of("content-type"), "application/problem+json", "{body}");
    }
    if let Some(location) = parts.headers.get("location") {
        let location = location.to_str().expect("an address is ASCII");
        assert!(location.starts_with(HOST), "a redirect to another place");
    }
    (parts.status, body)
}
