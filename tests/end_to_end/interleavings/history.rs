use std::collections::HashMap;
use std::ops::AddAssign;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use end_to_end::parameter;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::scenario::Changed;

/// What a run has come to.
#[derive(Debug, Default)]
pub struct Report {
    pub hits: usize,
    pub misses: usize,
    pub bypasses: usize,
    /// Requests that are not served: STS is not to be had.
    pub refused: usize,
    /// Requests that came after a change had been handled, and the staleness was over.
    pub late: usize,
    pub repeated: usize,
    pub given_back: usize,
    pub crashes: usize,
    pub network_failures: usize,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.bypasses += other.bypasses;
        self.refused += other.refused;
        self.late += other.late;
        self.repeated += other.repeated;
        self.given_back += other.given_back;
        self.crashes += other.crashes;
        self.network_failures += other.network_failures;
    }
}

/// All that has happened in a run, by the run's clock.
#[derive(Default)]
pub struct History(Mutex<Events>);

#[derive(Default)]
struct Events {
    /// When STS gave a session out, by its access key.
    sessions: HashMap<String, SystemTime>,
    changes: Vec<Change>,
    served: Vec<Served>,
    report: Report,
}

struct Change {
    of: Changed,
    made: SystemTime,
    handled: Option<SystemTime>,
}

struct Served {
    asked: SystemTime,
    url: Value,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}

impl History {
    fn with<T>(&self, change: impl FnOnce(&mut Events) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    pub fn network_failed(&self) {
        self.with(|events| events.report.network_failures += 1);
    }

    pub fn died(&self) {
        self.with(|events| events.report.crashes += 1);
    }

    pub fn given_back(&self) {
        self.with(|events| events.report.given_back += 1);
    }

    /// A service has answered so; sessions are remembered.
    pub fn answered(&self, body: &[u8], now: SystemTime) {
        let text = String::from_utf8_lossy(body);
        let key = text.split_once("<AccessKeyId>").and_then(|(_, rest)| rest.split_once("</AccessKeyId>"));
        if let Some((key, _)) = key {
            self.with(|events| events.sessions.insert(key.to_owned(), now));
        }
    }

    /// A policy has changed. Answers which change it is.
    pub fn made(&self, of: Changed, made: SystemTime) -> usize {
        self.with(|events| {
            events.changes.push(Change { of, made, handled: None });
            events.changes.len() - 1
        })
    }

    pub fn handled(&self, change: usize, now: SystemTime) {
        self.with(|events| {
            let handled = &mut events.changes[change].handled;
            events.report.repeated += usize::from(handled.is_some());
            handled.get_or_insert(now);
        });
    }

    pub fn served(&self, asked: SystemTime, url: Value) {
        self.with(|events| events.served.push(Served { asked, url }));
    }

    pub fn refused(&self) {
        self.with(|events| events.report.refused += 1);
    }

    /// Holds the run to the promise; `hold` is how long nothing may be stored after a change.
    pub fn judge(self, staleness: Duration, hold: Duration) -> Result<Report, String> {
        let Events { sessions, changes, served, mut report } = self.0.into_inner().unwrap();
        for Served { asked, url } in served {
            let hit = url["cache"] == "hit";
            match url["cache"].as_str() {
                Some("hit") => report.hits += 1,
                Some("miss") => report.misses += 1,
                _ => report.bypasses += 1,
            }
            let signed = signed_in_second(&url);
            let of_session = sessions[parameter(&url, "X-Amz-Credential").split('%').next().unwrap()];
            let mut is_late = false;
            for (i, change) in changes.iter().enumerate() {
                let Some(handled) = change.handled else { return Err(format!("change {i} was lost")) };
                let late = asked > handled + staleness;
                is_late |= late;
                let say = |what: &str| {
                    let since = |at: SystemTime| {
                        at.duration_since(change.made).map_or_else(|e| -e.duration().as_secs_f64(), |d| d.as_secs_f64())
                    };
                    format!(
                        "{what} change {i} ({:?}): from its making, it was handled after {} s, the URL was asked for after {} s, \
                         signed in the second from {} s on, by a session from {} s; {} from the cache",
                        change.of,
                        since(handled),
                        since(asked),
                        since(signed),
                        since(of_session),
                        if hit { "it is" } else { "not" }
                    )
                };
                if late && signed + Duration::from_secs(1) <= change.made {
                    return Err(say("a URL was served that was signed before"));
                }
                // An issuer that cannot read the table does not know that its session is from before, and signs on: a URL that may
                // be dead is better than none, and nobody else is given it.
                let generations_read = url["cache"] != "bypass";
                if late && generations_read && of_session < change.made {
                    return Err(say("a URL was served whose session was made before"));
                }
                let settling = signed > handled + staleness && signed + Duration::from_secs(1) < change.made + hold;
                if hit && settling {
                    return Err(say("a URL was stored in the hold of"));
                }
            }
            report.late += usize::from(is_late);
        }
        Ok(report)
    }
}

/// The second in which a URL was signed: it tells no more.
fn signed_in_second(url: &Value) -> SystemTime {
    let date = DateTime::strptime("%Y%m%dT%H%M%SZ", parameter(url, "X-Amz-Date")).unwrap();
    date.to_zoned(TimeZone::UTC).unwrap().timestamp().into()
}
