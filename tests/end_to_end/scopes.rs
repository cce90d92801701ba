//! What is read of the table for forms and uploads in parts, of which nothing is stored, and what their sessions are held to.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::http::{Request, StatusCode};
use end_to_end::{OtherIssuer, now, policies, with};
use http_api::Gate;
use issue_urls::Issuer;
use presign::cache::{CacheKey, CachedUrl, LookUp, ScopeState, UrlCache, WantedRow};
use presign::credentials::Credentials;
use presign::generation::{Generations, Scope};
use presign::lifetime::{CredentialsExpiry, ExpiresIn};
use presign::profile::Signer;
use presign::signing_session::{Ask, SessionError, SessionRequest, SignerIdentity, SigningSession, SigningSessions};
use presign::sigv4::SigningKeys;
use serde_json::{Value, json};
use settings::Settings;

const PROFILE_KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/profile";
const OTHER_KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/request";
const OF_SESSIONS: [&str; 3] =
    ["account/123456789012", "role/123456789012/signer", "sessions/role/123456789012/signer"];

/// At its endpoint nobody listens.
const SETTINGS: &str = r#"
[[buckets]]
bucket = "demo"
region = "eu-central-1"
endpoint = "http://127.0.0.1:1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["putObject", "postObject", "multipartUpload"]
prefixes = [""]
longestExpiresIn = 3600
"#;

/// A table in which each scope has generation 3 and lets nothing be longer than a quarter of an hour, and a signer; with what both were
/// asked.
#[derive(Clone, Default)]
struct Watched(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    scopes: Vec<String>,
    sessions: Vec<HeldTo>,
}

/// What a session must belong to, and how long it and what it signs may be at the most.
type HeldTo = (Vec<(String, u64)>, [Option<u32>; 2]);

impl Watched {
    fn issuer(&self, encryption: &str) -> OtherIssuer {
        let settings = Settings::from_toml(&format!("{SETTINGS}encryption = {encryption}\n")).unwrap();
        let gate = Gate::new(policies(), settings.callers);
        let wait = Duration::from_secs(1);
        OtherIssuer::of(Issuer::new(gate, settings.profiles, self.clone(), wait, self.clone(), Arc::new(now)))
    }

    fn taken(&self) -> Seen {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl UrlCache for Watched {
    type Error = Infallible;

    async fn look_up(&self, _: &[WantedRow<'_>], scopes: &[Scope]) -> Result<LookUp, Infallible> {
        self.0.lock().unwrap().scopes.extend(scopes.iter().map(Scope::to_string));
        let state = ScopeState { generation: 3, hold_until: None, ceiling: ExpiresIn::from_seconds(900).ok() };
        Ok(LookUp { scopes: scopes.iter().map(|scope| (scope.clone(), state)).collect(), ..LookUp::default() })
    }

    async fn store(&self, _: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), Infallible> {
        Ok(())
    }
}

impl SigningSessions for Watched {
    async fn identity(&self, signer: &Signer, _: Ask) -> Result<SignerIdentity, SessionError> {
        let principal = signer.role().unwrap().principal().clone();
        let account = principal.account().clone();
        Ok(SignerIdentity { arn: "the role's".to_owned(), account, principal: Some(principal) })
    }

    async fn session(&self, request: SessionRequest<'_>, now: SystemTime) -> Result<Arc<SigningSession>, SessionError> {
        let needed = request.generations.unwrap().iter().map(|(scope, generation)| (scope.to_owned(), generation));
        let longest = [request.longest, request.bounds.signature_age].map(|longest| longest.map(ExpiresIn::seconds));
        self.0.lock().unwrap().sessions.push((needed.collect(), longest));
        Ok(Arc::new(SigningSession {
            keys: SigningKeys::of(Credentials::temporary("ASIAIOSFODNN7EXAMPLE", "s", "t")),
            expiry: CredentialsExpiry::At(now + Duration::from_hours(1)),
            fresh: Some(Duration::from_hours(1)),
            signed_by: String::new(),
            owner: request.signer.role().unwrap().into(),
            generations: Generations::default(),
        }))
    }
}

#[tokio::test]
async fn for_what_is_not_stored_no_key_of_the_request_is_read_and_its_session_is_held_to_all_that_sessions_are() {
    let object = json!({"bucket": "demo", "key": "k"});
    let upload = with(object.clone(), &json!({"uploadId": "u"}));
    let kms = |key: &str| json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": key});
    let form = with(object.clone(), &json!({"expiresIn": 3600, "contentLengthRange": {"maximum": 10}}));
    let of_s3 = StatusCode::BAD_GATEWAY;
    for (encryption, key) in [
        (format!(r#"{{ serverSideEncryption = "aws:kms", ssekmsKeyId = "{PROFILE_KEY}" }}"#), PROFILE_KEY),
        (r#"{ serverSideEncryption = "asRequested" }"#.to_owned(), OTHER_KEY),
    ] {
        let watched = Watched::default();
        let issuer = watched.issuer(&encryption);
        let asked = |path: &str, body: &Value| issuer.send(Some("me"), Request::post(path), body.to_string());
        for (path, body, expected) in [
            ("/forms", with(form.clone(), &kms(key)), StatusCode::OK),
            ("/multipart-uploads", with(object.clone(), &kms(key)), of_s3),
            (
                "/multipart-uploads/parts",
                with(upload.clone(), &json!({"partNumbers": [1], "expiresIn": 3600})),
                StatusCode::OK,
            ),
            ("/multipart-uploads/list-parts", upload.clone(), of_s3),
            (
                "/multipart-uploads/complete",
                with(upload.clone(), &json!({"parts": [{"partNumber": 1, "eTag": "\"e\""}]})),
                of_s3,
            ),
            ("/multipart-uploads/abort", upload.clone(), of_s3),
        ] {
            let answer = asked(path, &body).await;
            assert_eq!(answer.status(), expected, "{path}");
            let mut seen = watched.taken();
            seen.scopes.sort();
            let [account, role, sessions] = OF_SESSIONS.map(str::to_owned);
            let key = (key == PROFILE_KEY).then(|| format!("key/{key}"));
            let scopes = [account, "bucket/demo".to_owned()].into_iter().chain(key).chain([role, sessions]);
            let scopes: Vec<String> = scopes.collect();
            assert_eq!(seen.scopes, scopes, "{path}");
            // Twice three, and once more out of a hold.
            let needed = scopes.into_iter().map(|scope| (scope, 7)).collect();
            assert_eq!(seen.sessions, [(needed, [Some(900); 2])], "{path}");
        }
        // A URL may be stored, and ends with its key.
        let url = with(object.clone(), &json!({"operation": "putObject", "expiresIn": 60}));
        assert_eq!(asked("/urls", &with(url, &kms(key))).await.status(), StatusCode::OK);
        assert!(watched.taken().scopes.contains(&format!("key/{key}")));
    }
}
