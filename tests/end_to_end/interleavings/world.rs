use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use axum::http::StatusCode;
use end_to_end::{OtherIssuer, now, policies, read_of};
use futures_util::future::join_all;
use invalidate_urls::App;
use jiff::Timestamp;
use presign::clock::Clock;
use serde_json::{Value, json};
use settings::{Config, Settings};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::backend;
use super::history::{History, Report};
use super::network::Network;
use super::queue::Queue;
use super::scenario::{Change, Changed, INSTANCES, Request, Scenario};

const HOLD: Duration = Duration::from_secs(3);
/// However often an invalidator dies with an event, by then it has been handled.
const PATIENCE: Duration = Duration::from_mins(20);
static TABLES: AtomicU64 = AtomicU64::new(0);

/// Plays a scenario with issuers that trust their memory for `trusted` milliseconds.
///
/// # Errors
/// When the promise is broken, saying how.
pub fn play(scenario: &Scenario, trusted: u64) -> Result<Report, String> {
    let table = format!("interleaving-{}", TABLES.fetch_add(1, Relaxed));
    backend::create_table(&table);
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new(scenario, trusted, table);
        world.run(scenario).await?;
        let history = world.history.clone();
        drop(world);
        let history = Arc::into_inner(history).ok_or("something goes on after the end")?;
        history.judge(Duration::from_millis(scenario.staleness), HOLD)
    })
}

struct World {
    began: Instant,
    clock: Clock,
    history: Arc<History>,
    aws: SdkConfig,
    config: Config,
    issuers: Vec<Mutex<Arc<OtherIssuer>>>,
    invalidators: [App; 2],
    queue: Queue,
}

impl World {
    fn new(scenario: &Scenario, trusted: u64, table: String) -> Self {
        let (began, epoch) = (Instant::now(), now());
        let clock: Clock = Arc::new(move || epoch + began.elapsed());
        let history = Arc::new(History::default());
        let network = Network::new(scenario, &history, &clock);
        let aws = backend::sdk_config().into_builder().http_client(network).build();
        let config = Config { settings: Settings::from_toml(&settings(trusted)).unwrap(), table };
        let issuer = || Mutex::new(Arc::new(issuer(&config, &aws, &clock)));
        let issuers = (0..INSTANCES).map(|_| issuer()).collect();
        let invalidator = || invalidate_urls::connect(config.clone(), &aws, clock.clone());
        let invalidators = [invalidator(), invalidator()];
        Self { began, clock, history, aws, config, issuers, invalidators, queue: Queue::default() }
    }

    async fn run(&self, scenario: &Scenario) -> Result<(), String> {
        let deaths = Mutex::new(scenario.deaths.iter().copied().cycle());
        let consumed =
            self.invalidators.iter().map(|app| self.queue.consumed_by(app, &deaths, &self.history, &self.clock));
        let requests = scenario.requests.iter().map(|request| self.request(request));
        let changes = scenario.changes.iter().enumerate().map(|(i, change)| self.change(i, change));
        let everything = async {
            tokio::join!(join_all(requests), join_all(changes));
            while !self.queue.is_empty() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            ended = timeout(PATIENCE, everything) => ended.map_err(|_| "an event is never handled".to_owned()),
            _ = join_all(consumed) => Err("an invalidator stopped".to_owned()),
        }
    }

    async fn until(&self, at: u64) {
        sleep_until(self.began + Duration::from_millis(at)).await;
    }

    fn new_issuer(&self) -> Arc<OtherIssuer> {
        Arc::new(issuer(&self.config, &self.aws, &self.clock))
    }

    async fn request(&self, request: &Request) {
        self.until(request.at).await;
        let asked = (self.clock)();
        let instance = &self.issuers[request.instance];
        let serving = Arc::clone(&instance.lock().unwrap());
        let body = read_of(&request.key.to_string());
        let issued = serving.post(Some("alice"), &body);
        let answer = match request.dies_after {
            Some(after) => timeout(Duration::from_millis(after), issued).await,
            None => Ok(issued.await),
        };
        match answer {
            Ok((StatusCode::OK, url)) => self.history.served(asked, url),
            Ok((StatusCode::SERVICE_UNAVAILABLE, _)) => self.history.refused(),
            Ok((status, problem)) => panic!("{status}: {problem}"),
            Err(_) => *instance.lock().unwrap() = self.new_issuer(),
        }
    }

    async fn change(&self, number: usize, change: &Change) {
        self.until(change.at).await;
        let made = (self.clock)();
        let index = self.history.made(change.of, made);
        let event = event(number, change.of, made);
        let deliveries = change.deliveries.iter().map(async |after| {
            sleep(Duration::from_millis(*after)).await;
            self.queue.send(index, event.clone());
        });
        join_all(deliveries).await;
    }
}

fn issuer(config: &Config, aws: &SdkConfig, clock: &Clock) -> OtherIssuer {
    OtherIssuer::of(issue_urls::connect(config.clone(), policies(), aws, clock.clone()))
}

fn settings(trusted: u64) -> String {
    format!(
        r#"
[cache]
holdSeconds = {}
stalenessMilliseconds = {trusted}
# Slow answers count: what has been read long ago is what races are made of.
timeoutMilliseconds = 3000

[[buckets]]
bucket = "demo"
region = "us-east-1"
signingRole = "arn:aws:iam::123456789012:role/presign-demo-signer"
operations = ["getObject"]
prefixes = [""]
"#,
        HOLD.as_secs()
    )
}

/// The event of a policy change, as CloudTrail tells it.
fn event(number: usize, of: Changed, made: SystemTime) -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/events/iam-put-role-policy.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let detail = &mut event["detail"];
    detail["eventID"] = json!(format!("6f5a4a5e-0000-4000-8000-{number:012}"));
    detail["eventTime"] = json!(Timestamp::try_from(made).unwrap().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    if of == Changed::Bucket {
        detail["eventSource"] = json!("s3.amazonaws.com");
        detail["eventName"] = json!("PutBucketPolicy");
        detail["requestParameters"] = json!({"bucketName": "demo"});
    }
    event
}
