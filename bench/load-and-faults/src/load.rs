use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::http::StatusCode;
use local_aws::AwsService;
use local_stack::LocalStack;
use serde_json::{Value, json};

use crate::client::Client;
use crate::phase::{PHASES, Phase};
use crate::tally::{Answered, Tally};

const KEYS: u64 = 200;
const CONTENT: &str = "this is it";
/// Of a batch.
const AT_ONCE: u64 = 10;

/// Callers that ask, use what they get, and judge it.
pub struct Load {
    client: Client,
    state: Mutex<State>,
    stopped: AtomicBool,
}

struct State {
    phase: Phase,
    /// When the fault was over.
    rests_since: Option<Instant>,
    /// Changes with the phase and with its end.
    period: u64,
    tally: Tally,
}

/// What a caller asks for.
enum Asks {
    One(Value),
    Many(Value),
    Form(Value),
}

impl Load {
    pub fn new(client: Client) -> Self {
        let [phase, ..] = PHASES;
        let state = State { phase, rests_since: None, period: 0, tally: Tally::default() };
        Self { client, state: Mutex::new(state), stopped: AtomicBool::new(false) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on answers are those of this phase.
    pub fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.rests_since = None;
        state.period += 1;
        state.tally = Tally::default();
    }

    /// From now on nothing fails.
    pub fn rest(&self) {
        let mut state = self.state();
        state.rests_since = Some(Instant::now());
        state.period += 1;
    }

    /// What has come of the phase so far.
    pub fn take(&self) -> Tally {
        std::mem::take(&mut self.state().tally)
    }

    pub fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }

    pub async fn run(self: Arc<Self>, caller: u64) {
        for n in 0.. {
            if self.stopped.load(SeqCst) {
                return;
            }
            let (period, began) = (self.state().period, Instant::now());
            let answered = self.ask(n * 31 + caller, began).await;
            let mut state = self.state();
            // What begins in one period and ends in the next is of neither; but it may not be wrong.
            let whole = state.period == period;
            let (phase, rests_since) = (state.phase, state.rests_since);
            match answered {
                Ok(answered) => {
                    if let Some(wrong) = answered.wrong(phase, rests_since, whole) {
                        state.tally.wrong.push(format!("{}: {wrong}", phase.name));
                    }
                    if whole {
                        state.tally.add(&answered, rests_since);
                    }
                }
                Err(error) => state.tally.wrong.push(format!("{}: {error:#}", phase.name)),
            }
        }
    }

    async fn ask(&self, n: u64, began: Instant) -> Result<Answered> {
        let (path, body) = match request(n) {
            Asks::One(body) => ("/urls", body),
            Asks::Many(body) => ("/urls/batch", body),
            Asks::Form(body) => ("/forms", body),
        };
        let (status, headers, answer) = self.client.ask(path, &body).await?;
        let took = began.elapsed();
        let results = answer.get("results").and_then(Value::as_array).map(Vec::as_slice);
        let mut answered = Answered::new(began, took);
        for answer in results.unwrap_or(std::slice::from_ref(&answer)) {
            let text = |field| answer.get(field).and_then(Value::as_str);
            let of = answer.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
            let status = of.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(status);
            let comes_back = headers.contains_key("retry-after") || answer.get("retryAfter").is_some();
            answered.statuses.push((status, comes_back));
            let cached = text("method") == Some("GET");
            answered.caches.extend(text("cache").map(|cache| (cached, cache.to_owned())));
        }
        // Forms take more to use; those that S3 takes are the end-to-end tests' business.
        if path == "/urls" && status == StatusCode::OK {
            let left = answer.get("expiresIn").and_then(Value::as_u64).context("an answer says how long it lives")?;
            let used = self.client.follow(&answer, CONTENT).await?;
            // Whoever is as slow as its life is long has no claim on it.
            if began.elapsed() < Duration::from_secs(left) {
                answered.used = Some(used);
            }
            answered.lives = Some(left);
        }
        Ok(answered)
    }

    /// A cached URL is not served again after a change of the signing role.
    pub async fn change_policy(&self, stack: &LocalStack) -> Result<()> {
        let read = json!({"operation": "getObject", "bucket": "demo", "key": "unasked", "expiresIn": 5});
        let url = async || Ok::<_, anyhow::Error>(self.client.ask("/urls", &read).await?.2.get("url").cloned());
        let mut tries = 0..100;
        let first = loop {
            ensure!(tries.next().is_some(), "the cache is not used again");
            let (first, second) = (url().await?, url().await?);
            if first.is_some() && first == second {
                break first;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::demo/*"}}"#;
        let iam = aws_sdk_iam::Client::new(&stack.sdk_config());
        iam.put_role_policy()
            .role_name(local_stack::ROLE)
            .policy_name("more")
            .policy_document(document)
            .send()
            .await
            .map_err(aws_sdk_iam::error::SdkError::into_service_error)?;
        let third = url().await?;
        if third.is_none() || third == first {
            let mut state = self.state();
            let wrong = format!("{}: after a change not a new URL", state.phase.name);
            state.tally.wrong.push(wrong);
        }
        Ok(())
    }
}

/// Reads mostly; with uploads, forms and batches.
fn request(n: u64) -> Asks {
    let of = |operation: &str, n: u64| json!({"operation": operation, "bucket": "demo", "key": (n % KEYS).to_string(), "expiresIn": 900});
    match n % 10 {
        7 | 8 => Asks::One(of("putObject", n)),
        6 => Asks::Many(json!({"requests": (0..AT_ONCE).map(|i| of("getObject", n + i)).collect::<Vec<_>>()})),
        5 => Asks::Form(json!({"bucket": "demo", "key": (n % KEYS).to_string(), "expiresIn": 900,
            "contentLengthRange": {"maximum": 10}})),
        _ => Asks::One(of("getObject", n)),
    }
}

/// What is read later.
pub async fn put_objects(client: &Client) -> Result<()> {
    for n in 0..KEYS {
        let body = json!({"operation": "putObject", "bucket": "demo", "key": n.to_string(), "expiresIn": 5});
        let (_, _, answer) = client.ask("/urls", &body).await?;
        ensure!(client.follow(&answer, CONTENT).await? == StatusCode::OK, "an object cannot be put");
    }
    Ok(())
}

impl Answered {
    /// What may not be, whatever fails.
    fn wrong(&self, phase: Phase, rests_since: Option<Instant>, whole: bool) -> Option<String> {
        let fails = |service| rests_since.is_none() && phase.fails(service);
        for (status, comes_back) in &self.statuses {
            match *status {
                StatusCode::OK => {}
                StatusCode::SERVICE_UNAVAILABLE if *comes_back && phase.fails(AwsService::Sts) => {}
                status => return Some(format!("answered {status}")),
            }
        }
        let hit = self.caches.iter().any(|(_, cache)| cache == "hit");
        if hit && whole && fails(AwsService::DynamoDb) {
            return Some("a URL from a cache that could not be read".to_owned());
        }
        match self.used {
            Some(used) if used != StatusCode::OK => Some(format!("S3 says {used} to a URL")),
            _ if self.lives.is_some_and(|seconds| seconds > 6) => Some("a URL that outlives its session".to_owned()),
            _ => None,
        }
    }
}
