//! A user that is renamed is another principal with the same access key: what it signs ends with the changes of its new name.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use axum::http::StatusCode;
use end_to_end::{OtherIssuer, policies, read_of};
use http_api::Gate;
use issue_urls::Issuer;
use presign::cache::{CacheKey, CachedUrl, LookUp, ScopeState, UrlCache, WantedRow};
use presign::generation::Scope;
use presign::names::Principal;
use serde_json::{Value, json};
use settings::Settings;
use signing_session::{KeySources, StsSessions};

/// IAM's user with its key, the secret that keeps it, STS, and the table of URLs, with a clock that goes on by a second for each request.
#[derive(Clone)]
struct World(Arc<Mutex<State>>);

struct State {
    user: &'static str,
    /// How often STS was asked whose the key is.
    asked: usize,
    sessions: usize,
    second: u64,
    rows: BTreeMap<CacheKey, Arc<CachedUrl>>,
    generations: BTreeMap<Scope, u64>,
}

impl World {
    fn new() -> Self {
        let (rows, generations) = (BTreeMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(State {
            user: "old",
            asked: 0,
            sessions: 0,
            second: 1_795_348_830,
            rows,
            generations,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// One of the instances that issue.
    fn issuer(&self, signer: &str) -> OtherIssuer {
        let connector = SharedHttpConnector::new(self.clone());
        let key = Credentials::new("AKIA0", "s", None, None, "test");
        let aws = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(key))
            .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
            .build();
        let settings = Settings::from_toml(&format!(
            "[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\nsigner = \"{signer}\"\nsecret = \"presign/signer\"\n\
             operations = [\"getObject\"]\nprefixes = [\"\"]\n"
        ))
        .unwrap();
        let gate = Gate::new(policies(), settings.callers);
        let keys = KeySources { environment: None, container: None, secrets: (&aws).into() };
        let world = self.clone();
        let clock = Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(world.state().second));
        let sessions = StsSessions::new(aws_sdk_sts::Config::new(&aws), keys, Arc::clone(&clock) as _);
        let wait = Duration::from_secs(1);
        OtherIssuer::of(Issuer::new(gate, settings.profiles, self.clone(), wait, sessions, clock))
    }

    /// What becomes of a request a second later: the URL, and what the cache had to do with it.
    async fn ask(&self, issuer: &OtherIssuer) -> (String, String) {
        self.state().second += 1;
        let (status, answer) = issuer.post(Some("me"), &read_of("k")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let text = |field: &str| answer[field].as_str().unwrap().to_owned();
        (text("url"), text("cache"))
    }

    /// An event about the user of this name was handled.
    fn handled(&self, user: &str) {
        let user = Scope::Principal(Principal::user("123456789012".parse().unwrap(), user).unwrap());
        *self.state().generations.entry(user).or_default() += 1;
    }

    fn handled_of_bucket(&self) {
        *self.state().generations.entry(Scope::Bucket("demo".parse().unwrap())).or_default() += 1;
    }

    fn rename(&self) {
        self.state().user = "new";
        self.handled("old");
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl HttpConnector for World {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.state();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let xml = |action: &str, result: &str| {
            format!(
                "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}</{action}Result></{action}Response>"
            )
        };
        let answer = if body.contains("Action=GetCallerIdentity") {
            state.asked += 1;
            let account = "123456789012";
            let arn = format!("<Arn>arn:aws:iam::{account}:user/{}</Arn>", state.user);
            xml("GetCallerIdentity", &format!("{arn}<UserId>AIDA</UserId><Account>{account}</Account>"))
        } else if body.contains("Action=GetFederationToken") {
            state.sessions += 1;
            let user = "<FederatedUser><Arn>arn:aws:sts::123456789012:federated-user/me</Arn><FederatedUserId>123456789012:me\
                        </FederatedUserId></FederatedUser>";
            xml(
                "GetFederationToken",
                &format!(
                    "{user}<Credentials><AccessKeyId>ASIA{}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                     <SessionToken>t</SessionToken><Expiration>2026-11-23T10:00:00Z</Expiration></Credentials>",
                    state.sessions
                ),
            )
        } else {
            let key = json!({"accessKeyId": "AKIA1", "secretAccessKey": "s"}).to_string();
            json!({"Name": "presign/signer", "SecretString": key}).to_string()
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200_u16.try_into().unwrap(), answer.into())))
    }
}

impl UrlCache for World {
    type Error = Infallible;

    async fn look_up(&self, wanted: &[WantedRow<'_>], scopes: &[Scope]) -> Result<LookUp, Infallible> {
        let state = self.state();
        let urls = wanted.iter().filter_map(|row| Some((row.key.clone(), Arc::clone(state.rows.get(row.key)?))));
        let generation = |scope| state.generations.get(scope).copied().unwrap_or_default();
        let scopes = scopes
            .iter()
            .map(|scope| (scope.clone(), ScopeState { generation: generation(scope), ..ScopeState::default() }));
        Ok(LookUp { urls: urls.collect(), scopes: scopes.collect() })
    }

    async fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), Infallible> {
        self.state().rows.extend(rows.iter().cloned());
        Ok(())
    }
}

/// Once the event of the renaming was handled, nothing is stored under the old name any more, and what is stored ends with the changes of
/// the user under its new name.
async fn is_followed(world: &World, issuers: [&OtherIssuer; 2]) {
    for issuer in issuers {
        world.ask(issuer).await;
    }
    world.rename();
    let mut before = vec![];
    for issuer in [issuers[0], issuers[1], issuers[0], issuers[1]] {
        before.push(world.ask(issuer).await);
    }
    assert_eq!(before.last().unwrap().1, "hit", "under its new name: {before:?}");
    let asked = world.state().asked;
    for issuer in issuers {
        assert_eq!(world.ask(issuer).await, *before.last().unwrap());
    }
    assert_eq!(world.state().asked, asked, "it is known who signs");
    world.handled("new");
    for issuer in issuers {
        let (url, _) = world.ask(issuer).await;
        assert!(before.iter().all(|(before, _)| *before != url), "it is of before a change that was handled");
    }
}

#[tokio::test]
async fn what_a_renamed_users_key_has_signed_ends_with_the_changes_of_its_new_name() {
    let world = World::new();
    is_followed(&world, [&world.issuer("userKey"), &world.issuer("userKey")]).await;
}

#[tokio::test]
async fn what_the_sessions_of_a_renamed_user_have_signed_ends_with_the_changes_of_its_new_name() {
    let world = World::new();
    is_followed(&world, [&world.issuer("federationToken"), &world.issuer("federationToken")]).await;
    assert_eq!(
        world.state().sessions,
        4,
        "the first one, one of each instance after the renaming, and one after the change"
    );
}

#[tokio::test]
async fn what_is_signed_by_another_than_was_expected_is_not_stored() {
    for signer in ["userKey", "federationToken"] {
        let world = World::new();
        let issuer = world.issuer(signer);
        let cache = async || world.ask(&issuer).await.1;
        assert_eq!([cache().await, cache().await], ["miss", "hit"]);
        world.rename();
        assert_eq!([cache().await, cache().await, cache().await], ["bypass", "miss", "hit"], "{signer}");
        let requests: Vec<Value> = vec![read_of("a"), read_of("b"), read_of("a")];
        world.handled("new");
        world.state().user = "newest";
        let caches = async || {
            let answers = issuer.batch("me", &requests).await;
            answers.iter().map(|answer| answer["cache"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!([caches().await, caches().await], [["bypass"; 3], ["miss"; 3]], "{signer}");
    }
}

#[tokio::test]
async fn whose_a_key_is_sts_is_asked_once_and_once_after_each_change() {
    let world = World::new();
    let issuer = world.issuer("userKey");
    for (times, asked) in [(5, 1), (5, 2)] {
        for key in 0..times {
            world.state().second += 1;
            assert_eq!(issuer.post(Some("me"), &read_of(&format!("{asked}/{key}"))).await.0, StatusCode::OK);
        }
        assert_eq!(world.state().asked, asked);
        world.handled("old");
    }
}

#[tokio::test]
async fn no_session_of_whoever_had_the_key_before_signs_on_whoever_asks() {
    let world = World::new();
    let issuer = world.issuer("federationToken");
    let ask = async |caller: &str| {
        world.state().second += 1;
        let (status, answer) = issuer.post(Some(caller), &read_of("k")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        (end_to_end::parameter(&answer, "X-Amz-Credential").to_owned(), answer["cache"].as_str().unwrap().to_owned())
    };
    let (me, you) = (ask("me").await.0, ask("you").await.0);
    world.rename();
    for caller in ["me", "you"] {
        ask(caller).await;
    }
    for caller in ["me", "you"] {
        let (signer, _) = ask(caller).await;
        assert!(signer != me && signer != you, "{caller}: {signer}");
        assert_eq!(ask(caller).await, (signer, "hit".to_owned()));
    }
}

#[tokio::test]
async fn a_change_of_a_bucket_leaves_the_user_and_its_key_what_they_are() {
    let world = World::new();
    let issuer = world.issuer("federationToken");
    world.ask(&issuer).await;
    world.handled("old");
    world.ask(&issuer).await;
    let counted = || {
        let state = world.state();
        (state.asked, state.sessions)
    };
    let (asked, sessions) = counted();
    world.handled_of_bucket();
    world.ask(&issuer).await;
    assert_eq!(counted(), (asked, sessions + 1));
}
