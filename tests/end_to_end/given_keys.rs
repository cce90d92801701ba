//! Signers other than a role of the service's own: each signs for as long as its credentials last, and says so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use axum::http::StatusCode;
use end_to_end::{Bench, OtherIssuer, now, parameter, policies, read_of, text, with};
use http_api::Gate;
use issue_urls::Issuer;
use local_aws::{AwsService, Fault};
use local_stack::{ROLE, TABLE};
use presign::cache::{Advance, GenerationLedger};
use presign::clock::Clock;
use presign::generation::Scope;
use presign::names::Principal;
use serde_json::{Value, json};
use settings::Settings;
use signing_session::{KeySources, StsSessions};
use url_cache::UrlTable;

const USER: &str = "arn:aws:iam::123456789012:user/local-administrator";
const SECRET: &str = "presign/signer";

fn settings(bench: &Bench, signer: &str) -> String {
    format!(
        "[cache]\nholdSeconds = 0\nstalenessMilliseconds = 0\n\n[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\n\
         endpoint = \"{}\"\noperations = [\"getObject\", \"putObject\"]\nprefixes = [\"\"]\nclockSkew = 1\n{signer}\n",
        bench.stack.endpoint()
    )
}

fn issuer(bench: &Bench, signer: &str) -> OtherIssuer {
    OtherIssuer::new(&bench.stack.sdk_config(), &settings(bench, signer))
}

/// One that signs with the user's key, so many seconds later than it is.
fn with_a_clock(bench: &Bench, late: &Arc<AtomicU64>) -> OtherIssuer {
    let settings = settings(bench, &format!("signer = \"userKey\"\nsecret = \"{SECRET}\""));
    let config = settings::Config { settings: Settings::from_toml(&settings).unwrap(), table: TABLE.to_owned() };
    let late = Arc::clone(late);
    let clock = Arc::new(move || now() + Duration::from_secs(late.load(Ordering::Relaxed)));
    OtherIssuer::of(issue_urls::connect(config, policies(), &bench.stack.sdk_config(), clock))
}

fn a_week(key: &str) -> Value {
    with(read_of(key), &json!({"expiresIn": 604_800}))
}

fn secrets(bench: &Bench) -> aws_sdk_secretsmanager::Client {
    aws_sdk_secretsmanager::Client::new(&bench.stack.sdk_config())
}

/// A new access key of the user: its id, and how the secret holds it.
async fn new_key(bench: &Bench) -> (String, String) {
    let key = bench.iam().create_access_key().send().await.unwrap().access_key.unwrap();
    let held = json!({"accessKeyId": key.access_key_id(), "secretAccessKey": key.secret_access_key()});
    (key.access_key_id, held.to_string())
}

async fn keep_a_key(bench: &Bench) -> String {
    let (id, held) = new_key(bench).await;
    secrets(bench).create_secret().name(SECRET).secret_string(held).send().await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_key_from_a_secret_signs_for_seven_days() {
    let bench = Bench::start(&[]).await;
    let id = keep_a_key(&bench).await;
    let issuer = issuer(&bench, &format!("signer = \"userKey\"\nsecret = \"{SECRET}\""));
    let (status, answer) = issuer.post(Some("me"), &with(a_week("hello.txt"), &json!({"lifetime": "require"}))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!((&answer["expiresIn"], &answer["limitedBy"]), (&json!(604_800), &json!("request")));
    assert_eq!(answer["signedBy"], USER);
    assert!(parameter(&answer, "X-Amz-Credential").starts_with(&id));
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_old_key_is_inactive_the_rotated_one_signs() {
    let bench = Bench::start(&[]).await;
    let old = keep_a_key(&bench).await;
    let issuer = issuer(&bench, &format!("signer = \"userKey\"\nsecret = \"{SECRET}\""));
    let (_, before) = issuer.post(Some("me"), &read_of("hello.txt")).await;
    let (new, held) = new_key(&bench).await;
    secrets(&bench).put_secret_value().secret_id(SECRET).secret_string(held).send().await.unwrap();
    let status = "Inactive".into();
    bench.iam().update_access_key().access_key_id(&old).status(status).send().await.unwrap();
    assert_eq!(bench.get(text(&before, "url")).await.0, StatusCode::FORBIDDEN);
    // What the event does, where a profile is known to sign as a user.
    let user = Principal::user("123456789012".parse().unwrap(), "local-administrator").unwrap();
    let table = UrlTable::new(aws_sdk_dynamodb::Client::new(&bench.stack.sdk_config()), TABLE.to_owned());
    let (scope, now) = (Scope::Principal(user), now());
    let advance = Advance { scope: &scope, events: &[], regardless: true, hold_until: now, now };
    table.advance(advance).await.unwrap();

    let (_, after) = issuer.post(Some("me"), &read_of("hello.txt")).await;
    assert!(parameter(&after, "X-Amz-Credential").starts_with(&new), "{}", after["signedBy"]);
    assert_eq!(bench.get(text(&after, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_held_goes_on_while_the_secret_cannot_be_read_and_none_is_had_without_one() {
    let bench = Bench::start(&[]).await;
    let issuer = issuer(&bench, &format!("signer = \"userKey\"\nsecret = \"{SECRET}\""));
    let (status, problem) = issuer.post(Some("me"), &read_of("1")).await;
    assert_eq!(
        (status, text(&problem, "type")),
        (StatusCode::INTERNAL_SERVER_ERROR, "urn:presign:problem:signer-refused")
    );
    assert!(
        text(&problem, "detail").contains(SECRET) && text(&problem, "detail").contains("ResourceNotFound"),
        "{problem}"
    );

    keep_a_key(&bench).await;
    let faults = bench.stack.aws().faults();
    faults.set(AwsService::SecretsManager, Fault::Fail(StatusCode::BAD_REQUEST));
    let late = Arc::new(AtomicU64::new(0));
    let issuer = with_a_clock(&bench, &late);
    let (status, problem) = issuer.post(Some("me"), &read_of("2")).await;
    assert_eq!(
        (status, text(&problem, "type")),
        (StatusCode::SERVICE_UNAVAILABLE, "urn:presign:problem:signer-unavailable")
    );
    late.store(3, Ordering::Relaxed);
    faults.set(AwsService::SecretsManager, Fault::None);
    assert_eq!(issuer.post(Some("me"), &read_of("3")).await.0, StatusCode::OK);
    faults.set(AwsService::SecretsManager, Fault::Fail(StatusCode::BAD_REQUEST));
    late.store(70, Ordering::Relaxed);
    let (status, answer) = issuer.post(Some("me"), &read_of("hello.txt")).await;
    assert_eq!((status, bench.get(text(&answer, "url")).await.0), (StatusCode::OK, StatusCode::OK));
    // The function's own session has ended, which says nothing of the key.
    faults.set(AwsService::SecretsManager, Fault::Fail(StatusCode::FORBIDDEN));
    late.store(140, Ordering::Relaxed);
    assert_eq!(issuer.post(Some("me"), &read_of("4")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secrets_manager_that_hangs_stalls_one_url_at_a_time_while_a_key_is_held() {
    let bench = Bench::start(&[]).await;
    keep_a_key(&bench).await;
    let late = Arc::new(AtomicU64::new(0));
    let issuer = Arc::new(with_a_clock(&bench, &late));
    assert_eq!(issuer.post(Some("me"), &read_of("0")).await.0, StatusCode::OK);
    bench.stack.aws().faults().set(AwsService::SecretsManager, Fault::Drop);
    late.store(70, Ordering::Relaxed);
    let asked = || bench.stack.aws().faults().calls(AwsService::SecretsManager, "GetSecretValue");
    let before = asked();
    let stalled = Arc::clone(&issuer);
    let stalled = tokio::spawn(async move { stalled.post(Some("me"), &read_of("1")).await.0 });
    while asked() == before {
        tokio::task::yield_now().await;
    }
    for key in ["2", "3"] {
        assert_eq!(issuer.post(Some("me"), &read_of(key)).await.0, StatusCode::OK);
        assert!(!stalled.is_finished(), "it has waited for the one that asks");
    }
    assert_eq!(stalled.await.unwrap(), StatusCode::OK);
    let so_far = asked();
    // What has just failed is not asked again at once.
    assert_eq!(issuer.post(Some("me"), &read_of("4")).await.0, StatusCode::OK);
    assert_eq!(asked(), so_far);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_held_ends_with_its_secret() {
    let bench = Bench::start(&[]).await;
    keep_a_key(&bench).await;
    let late = Arc::new(AtomicU64::new(0));
    let issuer = with_a_clock(&bench, &late);
    assert_eq!(issuer.post(Some("me"), &read_of("1")).await.0, StatusCode::OK);
    secrets(&bench).put_secret_value().secret_id(SECRET).secret_string("{}").send().await.unwrap();
    assert_eq!(issuer.post(Some("me"), &read_of("2")).await.0, StatusCode::OK, "it was read a moment ago");
    late.store(70, Ordering::Relaxed);
    for key in ["3", "4"] {
        let (status, problem) = issuer.post(Some("me"), &read_of(key)).await;
        assert_eq!(
            (status, text(&problem, "type")),
            (StatusCode::INTERNAL_SERVER_ERROR, "urn:presign:problem:signer-refused")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federated_user_signs_for_36_hours_what_its_policy_allows() {
    let bench = Bench::start(&[]).await;
    keep_a_key(&bench).await;
    let signer = format!(
        "signer = \"federationToken\"\nsecret = \"{SECRET}\"\nsessionDuration = 129600\nsessionTag = \"caller\""
    );
    let confined = settings(&bench, &signer).replace("prefixes = [\"\"]", "prefixes = [\"in/\"]");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &confined);
    let upload = with(a_week("in/k"), &json!({"operation": "putObject"}));
    let (status, answer) = issuer.post(Some("auth0|a-rather-long-name-of-a-caller"), &upload).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let seconds = answer["expiresIn"].as_u64().unwrap();
    assert!((129_500..129_600).contains(&seconds), "{seconds}");
    assert_eq!(answer["limitedBy"], "session");
    assert!(
        text(&answer, "signedBy").starts_with("arn:aws:sts::123456789012:federated-user/"),
        "{}",
        answer["signedBy"]
    );
    assert_eq!(bench.follow(&answer, "x").await.0, StatusCode::OK);
    let (_, again) = issuer.post(Some("auth0|a-rather-long-name-of-a-caller"), &upload).await;
    assert_eq!(parameter(&again, "X-Amz-Credential"), parameter(&answer, "X-Amz-Credential"), "one session for both");
    let (_, other) = issuer.post(Some("bob"), &upload).await;
    assert!(text(&other, "signedBy").ends_with("/bob"));
    assert_ne!(parameter(&other, "X-Amz-Credential"), parameter(&answer, "X-Amz-Credential"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bearer_of_a_token_takes_a_session_of_12_hours() {
    let bench = Bench::start(&["--auth", "jwt"]).await;
    let provider = bench.stack.endpoint().replace("http://", "arn:aws:iam::123456789012:oidc-provider/");
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}});
    let iam = bench.iam();
    iam.update_assume_role_policy().role_name(ROLE).policy_document(trust.to_string()).send().await.unwrap();
    iam.update_role().role_name(ROLE).max_session_duration(43_200).send().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let role = "signingRole = \"arn:aws:iam::123456789012:role/presign-demo-signer\"\nsessionDuration = 43200";
    let signer = format!("signer = \"webIdentity\"\n{role}\ntokenFile = \"{}\"", file.display());
    let issuer = issuer(&bench, &signer);

    let (status, problem) = issuer.post(Some("me"), &a_week("hello.txt")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(&problem, "detail").contains("token"), "{problem}");
    // What has failed is not tried again at once.
    let issuer = self::issuer(&bench, &signer);
    std::fs::write(&file, format!("{}\n", bench.stack.tokens().unwrap().demo)).unwrap();
    let (status, answer) = issuer.post(Some("me"), &a_week("hello.txt")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let seconds = answer["expiresIn"].as_u64().unwrap();
    assert!((43_100..43_200).contains(&seconds), "{seconds}");
    assert_eq!(answer["limitedBy"], "session");
    assert!(text(&answer, "signedBy").ends_with("/presign-demo-signer/me"));
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
    std::fs::write(&file, "nonsense").unwrap();
    let stranger = self::issuer(&bench, &signer);
    let (status, problem) = stranger.post(Some("another"), &read_of("hello.txt")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(&problem, "detail").contains("InvalidIdentityToken"), "{problem}");
    assert!(!problem.to_string().contains("nonsense"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_gives_shorter_sessions_than_before_signs_for_as_long_as_it_gives() {
    let bench = Bench::start(&["--auth", "jwt", "--hold-seconds", "0"]).await;
    let iam = bench.iam();
    let provider = bench.stack.endpoint().replace("http://", "arn:aws:iam::123456789012:oidc-provider/");
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}});
    iam.update_assume_role_policy().role_name(ROLE).policy_document(trust.to_string()).send().await.unwrap();
    let give = async |seconds| iam.update_role().role_name(ROLE).max_session_duration(seconds).send().await.unwrap();
    give(43_200).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, &bench.stack.tokens().unwrap().demo).unwrap();
    let role = "signingRole = \"arn:aws:iam::123456789012:role/presign-demo-signer\"\nsessionDuration = 43200";
    let issuer = issuer(&bench, &format!("signer = \"webIdentity\"\n{role}\ntokenFile = \"{}\"", file.display()));
    let calls = || bench.stack.aws().faults().calls(AwsService::Sts, "AssumeRoleWithWebIdentity");
    let told = async |who: &str| {
        let upload = with(a_week("k"), &json!({"operation": "putObject"}));
        let (status, answer) = issuer.post(Some(who), &upload).await;
        assert_eq!((status, &answer["limitedBy"]), (StatusCode::OK, &json!("session")), "{answer}");
        assert_eq!(bench.follow(&answer, "x").await.0, StatusCode::OK);
        (answer["expiresIn"].as_u64().unwrap(), calls())
    };
    let (twelve_hours, _) = told("a").await;
    assert!((43_100..43_200).contains(&twelve_hours), "{twelve_hours}");

    give(3600).await;
    let before = calls();
    for (who, asked) in [("a", 2), ("b", 3), ("a", 3)] {
        let (an_hour, calls) = told(who).await;
        assert!((3500..3600).contains(&an_hour), "{an_hour}");
        assert_eq!(calls - before, asked, "it is refused once");
    }
    let require = with(a_week("k"), &json!({"lifetime": "require", "expiresIn": 36_000}));
    let (status, problem) = issuer.post(Some("b"), &require).await;
    assert_eq!((status, &problem["limitedBy"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("session")), "{problem}");
    assert!(problem["longestExpiresIn"].as_u64() < Some(3600), "{problem}");
}

/// What a container's endpoint hands out; with none it fails. And how often it was asked.
#[derive(Debug, Clone, Default)]
struct HandedOut(Arc<Mutex<(Option<Credentials>, usize)>>);

impl HandedOut {
    fn set(&self, credentials: Option<Credentials>) {
        self.0.lock().unwrap().0 = credentials;
    }

    fn times(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl ProvideCredentials for HandedOut {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        match &state.0 {
            Some(credentials) => future::ProvideCredentials::ready(Ok(credentials.clone())),
            None => future::ProvideCredentials::ready(Err(CredentialsError::provider_error("down"))),
        }
    }
}

async fn session_of_the_role(bench: &Bench, name: &str) -> Credentials {
    let sts = aws_sdk_sts::Client::new(&bench.stack.sdk_config());
    let role = "arn:aws:iam::123456789012:role/presign-demo-signer";
    let session = sts.assume_role().role_arn(role).role_session_name(name).duration_seconds(1200).send().await.unwrap();
    let session = session.credentials().unwrap();
    // As the endpoint hands them out: with their expiry.
    let expiry = now() + Duration::from_mins(20);
    let token = Some(session.session_token().to_owned());
    Credentials::new(session.access_key_id(), session.secret_access_key(), token, Some(expiry), "container")
}

/// One that signs with what is handed out to its container, so many seconds later than it is.
fn in_a_container(bench: &Bench, handed_out: &HandedOut, late: &Arc<AtomicU64>) -> OtherIssuer {
    let aws = bench.stack.sdk_config();
    let late = Arc::clone(late);
    let clock: Clock = Arc::new(move || now() + Duration::from_secs(late.load(Ordering::Relaxed)));
    let keys = KeySources {
        environment: None,
        container: Some(SharedCredentialsProvider::new(handed_out.clone())),
        secrets: (&aws).into(),
    };
    let settings = Settings::from_toml(&settings(bench, "signer = \"container\"")).unwrap();
    let table = UrlTable::new(aws_sdk_dynamodb::Client::new(&aws), TABLE.to_owned());
    let gate = Gate::new(policies(), settings.callers);
    let sessions = StsSessions::new(aws_sdk_sts::Config::new(&aws), keys, Arc::clone(&clock));
    let patience = Duration::from_secs(5);
    OtherIssuer::of(Issuer::new(gate, settings.profiles, table, patience, sessions, clock))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_containers_credentials_sign_until_they_expire() {
    let bench = Bench::start(&[]).await;
    let handed_out = HandedOut::default();
    handed_out.set(Some(session_of_the_role(&bench, "task").await));
    let issuer = in_a_container(&bench, &handed_out, &Arc::default());
    let (status, answer) = issuer.post(Some("me"), &a_week("hello.txt")).await;
    assert_eq!((status, &answer["limitedBy"]), (StatusCode::OK, &json!("session")), "{answer}");
    assert!((1100..1200).contains(&answer["expiresIn"].as_u64().unwrap()));
    assert!(text(&answer, "signedBy").ends_with("/presign-demo-signer/task"));
    assert_eq!(bench.get(text(&answer, "url")).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_signer_has_signed_is_not_served_once_another_signs_although_it_is_asked_for_in_the_same_words() {
    let bench = Bench::start(&[]).await;
    let role = session_of_the_role(&bench, "task").await;
    let user = bench.stack.sdk_config().credentials_provider().unwrap().provide_credentials().await.unwrap();
    let (handed_out, late) = (HandedOut::default(), Arc::new(AtomicU64::new(0)));
    let issuer = in_a_container(&bench, &handed_out, &late);
    for (seconds, credentials, cache, signed_by) in [
        (0, &role, "miss", "presign-demo-signer/task"),
        (0, &role, "hit", "presign-demo-signer/task"),
        (30, &user, "hit", "presign-demo-signer/task"),
        (61, &user, "miss", USER),
    ] {
        late.store(seconds, Ordering::Relaxed);
        handed_out.set(Some(credentials.clone()));
        let (_, answer) = issuer.post(Some("me"), &read_of("hello.txt")).await;
        assert_eq!(answer["cache"], cache, "{answer}");
        assert!(text(&answer, "signedBy").ends_with(signed_by), "{}", answer["signedBy"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_asks_a_container_for_its_credentials_as_seldom_as_one_request_does() {
    let bench = Bench::start(&[]).await;
    let (handed_out, late) = (HandedOut::default(), Arc::new(AtomicU64::new(0)));
    handed_out.set(Some(session_of_the_role(&bench, "task").await));
    let issuer = in_a_container(&bench, &handed_out, &late);
    let requests: Vec<Value> = (0..300).map(|i| read_of(&format!("k{i}"))).collect();
    let results = issuer.batch("me", &requests).await;
    assert!(results.iter().all(|result| result["url"].is_string()), "{results:?}");
    // Whose they are; and what signs, which is to be no older than the scopes that were read meanwhile.
    assert_eq!(handed_out.times(), 2);

    // It is down, and what it has handed out goes on while it lives.
    handed_out.set(None);
    late.store(61, Ordering::Relaxed);
    let results = issuer.batch("me", &[read_of("other"), read_of("third")]).await;
    assert!(results.iter().all(|result| result["url"].is_string()), "{results:?}");
    assert_eq!(handed_out.times(), 3, "it is asked once, and then after a pause");
    late.store(20 * 60, Ordering::Relaxed);
    let (status, answer) = issuer.post(Some("me"), &read_of("other")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
}
