//! Many URLs at once, by their number.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use authorization::Policies;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bench::measure::{Contender, Effort, Figure, InProcess, interleave};
use bench::measured::Batch;
use http_body_util::BodyExt;
use issue_urls::Caller;
use local_stack::LocalStack;
use memchr::memmem;
use presign::credentials::Credentials;
use presign::generation::Generations;
use presign::lifetime::{Bounds, CredentialsExpiry, ExpiresIn};
use presign::presigned_url::PresignedUrl;
use presign::profile::{BucketProfile, Encryption, ProfileParts, Profiles, Signer};
use presign::request::{UrlRequest, UrlRequestBody};
use presign::signed_request::BoundRequest;
use presign::signing_session::{SignerIdentity, SigningSession};
use presign::sigv4::SigningKeys;
use serde_json::json;
use settings::Settings;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::signers::{AwsSdkS3, Task};
use crate::wiring;

const SIZES: [usize; 7] = [1, 3, 10, 32, 100, 316, 1000];

/// The room that an answer with the most URLs takes, in bytes.
const ANSWER: usize = 2 << 20;

/// So many URLs, signed: by the domain, and by the SDK's presigner.
pub struct Signed {
    size: usize,
    ours: Figure,
    sdk: Figure,
}

/// Before anything logs: what the SDK would say of itself is no part of its work.
pub fn signed(effort: Effort) -> Result<Vec<Signed>> {
    let task = Task::get_with_token();
    let (profiles, session) = (profiles(&task)?, session(&task)?);
    let sdk = AwsSdkS3::new(&task)?;
    // From here on glibc keeps what is freed, up to twice as much as this, as it does in an issuer that has answered a batch. Before, it
    // gives it back to the kernel, and gets new pages for the next one.
    drop(black_box(Vec::<u8>::with_capacity(ANSWER)));
    SIZES
        .into_iter()
        .map(|size| {
            let requests: Vec<UrlRequest> = (0..size).map(|i| request(&task, i)).collect::<Result<_>>()?;
            let mut contenders: Vec<Box<dyn Contender + '_>> = vec![
                Box::new(InProcess::new("signed", || sign_all(&requests, &profiles, &session, &task))),
                Box::new(InProcess::new("aws-sdk-s3", || {
                    (0..size).map(|_| sdk.url(&task)).collect::<Result<Vec<_>>>()
                })),
            ];
            let figures = interleave(&mut contenders, effort)?;
            let [ours, sdk] = figures.as_slice() else { anyhow::bail!("two are measured") };
            Ok(Signed { size, ours: *ours, sdk: *sdk })
        })
        .collect()
}

/// The same numbers of URLs, asked of the issuer.
pub fn served(stack: &LocalStack, signed: Vec<Signed>, effort: Effort) -> Result<Vec<Batch>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let service = service(stack)?;
    let served = signed.into_iter().map(|Signed { size, ours, sdk }| {
        let body = uploads(size);
        post(&runtime, &service, &body)?;
        let mut times = 0;
        let mut other_keys = || {
            times += 1;
            body.replace(TIME, &times.to_string())
        };
        let post = InProcess::new("served", || post(&runtime, &service, &other_keys()));
        let figures = interleave(&mut [Box::new(post) as Box<dyn Contender>], effort)?;
        let [served] = figures.as_slice() else { anyhow::bail!("one is measured") };
        Ok(Batch { size, signed: ours, served: *served, sdk })
    });
    served.collect()
}

fn sign_all(
    requests: &[UrlRequest],
    profiles: &Profiles,
    session: &SigningSession,
    task: &Task,
) -> Result<Vec<PresignedUrl>> {
    let signed = requests.iter().map(|request| {
        let bound = BoundRequest::new(request, profiles)?;
        Ok(bound.sign(bound.profile().bounds(), session, task.signed_at)?.url)
    });
    signed.collect()
}

fn request(task: &Task, i: usize) -> Result<UrlRequest> {
    let body = json!({
        "operation": "getObject",
        "bucket": task.bucket,
        "key": format!("{}.{i}", task.key),
        "expiresIn": task.expires_in.as_secs(),
    });
    Ok(UrlRequest::try_from(serde_json::from_value::<UrlRequestBody>(body)?)?)
}

fn profiles(task: &Task) -> Result<Profiles> {
    let parts = ProfileParts {
        bucket: task.bucket.parse()?,
        region: task.region.parse()?,
        signer: Signer::Environment { trusted_for: None },
        operations: [serde_json::from_value(json!("getObject"))?].into(),
        prefixes: vec!["".parse()?],
        bounds: Bounds { longest: ExpiresIn::SIGV4_CEILING, signature_age: None, clock_skew: Duration::ZERO },
        encryption: Encryption::AsRequested,
        cached: BTreeSet::new(),
        endpoint: None,
        addressing: None,
        verifies_after_invalidation: false,
    };
    Ok(Profiles::new([BucketProfile::new(parts)?])?)
}

fn session(task: &Task) -> Result<SigningSession> {
    let credentials = Credentials::temporary(task.access_key_id, task.secret_access_key, &task.session_token);
    let owner = SignerIdentity { arn: String::new(), account: "123456789012".parse()?, principal: None };
    Ok(SigningSession {
        keys: SigningKeys::of(credentials),
        expiry: CredentialsExpiry::At(task.signed_at + Duration::from_hours(1)),
        fresh: None,
        signed_by: String::new(),
        owner,
        generations: Generations::default(),
    })
}

/// The issuer as it is deployed, on the stack's AWS services: policies, and sessions in memory.
fn service(stack: &LocalStack) -> Result<Router> {
    let settings = Settings::load(&stack.data().join("settings.toml"))?;
    let config = settings::Config { settings, table: local_stack::TABLE.to_owned() };
    let policies = Policies::load(&wiring::policies_file())?;
    Ok(issue_urls::router(Arc::new(issue_urls::connect(config, policies, &stack.sdk_config(), Arc::new(wiring::now)))))
}

/// Stands in each key, to be replaced with something else each time: what policies have decided about a key is remembered.
const TIME: &str = "$TIME";

/// Uploads, which are signed each time.
fn uploads(size: usize) -> String {
    let requests = (0..size).map(|i| {
        json!({"operation": "putObject", "bucket": local_stack::BUCKET, "key": format!("reports/{TIME}/{i}.pdf"), "expiresIn": 900})
    });
    json!({"requests": requests.collect::<Vec<_>>()}).to_string()
}

fn post(runtime: &Runtime, service: &Router, body: &str) -> Result<()> {
    let mut request = Request::post("/urls/batch").body(Body::from(body.to_owned()))?;
    request.extensions_mut().insert(Caller::new("alice"));
    runtime
        .block_on(async {
            let response = service.clone().oneshot(request).await?;
            let answer = response.into_body().collect().await?.to_bytes();
            ensure!(memmem::find(&answer, b"\"status\"").is_none(), "a request of the batch is refused");
            Ok(())
        })
        .context("the batch")
}
