use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use presign::cache::{CacheKey, CachedUrl, LookUp, MOST_READ, MOST_WRITTEN, UrlCache, WantedRow};
use presign::generation::Scope;
use presign::request::UrlRequest;
use presign::signing_session::{SessionError, SigningSessions};
use tokio::time::{Instant, timeout_at};

use crate::issuer::{Opened, Prepared, Settled};
use crate::verification::Until;
use crate::{Caller, IssueError, IssuedUrl, Issuer, Verified};

/// What one reading of the cache is about: some requests' rows, and the scopes of them all.
#[derive(Default)]
struct Reading<'a> {
    wanted: Vec<WantedRow<'a>>,
    keys: HashSet<&'a CacheKey>,
    scopes: Vec<Scope>,
}

impl<'a> Reading<'a> {
    /// Takes a request in; not one that would make it more than one reading can be.
    fn take(&mut self, prepared: &'a Prepared<'a>) -> bool {
        let terms = &prepared.terms;
        let new_key = terms.key.as_ref().filter(|key| !self.keys.contains(key));
        let new_scopes: Vec<&Scope> = terms.scopes.all.iter().filter(|scope| !self.scopes.contains(scope)).collect();
        let size = self.wanted.len() + self.scopes.len() + usize::from(new_key.is_some()) + new_scopes.len();
        let empty = self.wanted.is_empty() && self.scopes.is_empty();
        if size > MOST_READ && !empty {
            return false;
        }
        self.scopes.extend(new_scopes.into_iter().cloned());
        if let Some(key) = new_key {
            self.keys.insert(key);
            self.wanted.push(WantedRow { key, asked: prepared.bound.request().asked() });
        }
        true
    }
}

/// What answers one of the requests, while nothing is stored yet.
enum Item {
    Found(Arc<CachedUrl>),
    Signed {
        row: Arc<CachedUrl>,
        by: Opened,
        /// Under which it is to be stored, where it is.
        key: Option<CacheKey>,
        /// Whether it was signed for this very request, and not for its like a moment ago.
        for_this: bool,
    },
}

/// What was signed for requests of one batch, under the keys that it is to be stored under.
type Signed<'a> = HashMap<&'a CacheKey, (Arc<CachedUrl>, Opened)>;

/// Of those for which a batch does not wait any more.
const SIGNER_TOO_SLOW: IssueError =
    IssueError::Session(SessionError::Unavailable { retry_after: Duration::from_secs(2) });

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Issues URLs for all of `requests`, each as if it came alone, but with one reading of the cache for as many as one can be
    /// for. The answers are in the order of the requests.
    pub async fn issue_all(&self, caller: &Caller, requests: &[UrlRequest]) -> Vec<Result<IssuedUrl, IssueError>> {
        let until = Until::from_now(self.patience);
        let mut prepared = vec![];
        // For all signers together. Then a batch has what is at hand: to wait for each would take more time than Lambda has, and lose all.
        let signers = Instant::now() + self.patience / 2;
        for request in requests {
            let in_time = timeout_at(signers, self.prepare(caller, request)).await;
            prepared.push(in_time.unwrap_or(Err(SIGNER_TOO_SLOW)));
        }
        let permitted_by =
            prepared.iter().map(|prepared| prepared.as_ref().ok().map(|it| it.terms.permitted_by.clone()));
        let permitted_by: Vec<Vec<String>> = permitted_by.map(Option::unwrap_or_default).collect();
        let (readings, reading_of) = readings(&prepared);
        let cache = Patience::default();
        let found = readings.iter().map(|reading| cache.with(self.look_up(&reading.wanted, &reading.scopes)));
        let found: Vec<Option<LookUp>> = few_at_once(found.collect()).await;

        let mut signed = Signed::new();
        let mut items = vec![];
        for (prepared, reading) in prepared.iter().zip(&reading_of) {
            let item = match prepared {
                Ok(prepared) => {
                    let found = reading.and_then(|reading| found.get(reading)?.as_ref());
                    let in_time = timeout_at(signers, self.item(caller, prepared, found, &mut signed)).await;
                    in_time.unwrap_or(Err(SIGNER_TOO_SLOW))
                }
                Err(error) => Err(error.clone()),
            };
            items.push(item);
        }
        let found = &found;
        let trials = prepared.iter().zip(&reading_of).zip(&items).map(|((prepared, reading), item)| async move {
            let (Ok(prepared), Ok(item)) = (prepared, item) else { return Ok(None) };
            let found = reading.and_then(|reading| found.get(reading)?.as_ref());
            let (row, by) = match item {
                Item::Found(row) => (row, None),
                Item::Signed { row, by, .. } => (row, Some(by)),
            };
            self.verify(prepared, found, row, by, until).await
        });
        let verified: Vec<Result<Option<Verified>, IssueError>> = at_once(TRIALS_AT_ONCE, trials.collect()).await;
        for (prepared, verified) in prepared.iter().zip(&verified) {
            // What would fail is not kept for the next who asks.
            if let (Ok(prepared), Err(_)) = (prepared, verified)
                && let Some(key) = &prepared.terms.key
            {
                signed.remove(key);
            }
        }
        let stored = self.store_all(signed, &cache).await;
        let now = self.now();
        let answered = items.into_iter().zip(requests).zip(permitted_by).zip(verified);
        let answered = answered.map(|(((item, request), permitted_by), verified)| {
            let item = item?;
            let verified = verified?;
            let issued = match item {
                Item::Found(row) => IssuedUrl::found(request, permitted_by, row, now),
                Item::Signed { row, by, key, for_this } => {
                    let stored = key.is_some_and(|key| stored.contains(&key));
                    let issued = IssuedUrl::signed(request, permitted_by, row, stored, now);
                    if for_this { issued.by(&by.session, now) } else { issued }
                }
            };
            Ok(IssuedUrl { verified, ..issued })
        });
        answered.collect()
    }

    /// Settles one request; what was signed for its like a moment ago is as good as what the cache holds.
    async fn item<'a>(
        &self,
        caller: &Caller,
        prepared: &'a Prepared<'_>,
        found: Option<&LookUp>,
        signed: &mut Signed<'a>,
    ) -> Result<Item, IssueError> {
        let Prepared { bound, terms } = prepared;
        let request = bound.request();
        if let Some((key, (row, by))) = terms.key.as_ref().and_then(|key| signed.get_key_value(key))
            && row.answers(request.asked(), self.now())
        {
            let key = Some((*key).clone());
            return Ok(Item::Signed { row: Arc::clone(row), by: by.clone(), key, for_this: false });
        }
        match self.settle(caller, prepared, found).await? {
            Settled::Found(row) => Ok(Item::Found(row)),
            Settled::Signed { row, store, by } => {
                let key = terms.key.as_ref().filter(|_| store);
                if let Some(key) = key {
                    signed.insert(key, (Arc::clone(&row), by.clone()));
                }
                Ok(Item::Signed { row, by, key: key.cloned(), for_this: true })
            }
        }
    }

    /// The keys of the rows that are stored now.
    async fn store_all(&self, signed: Signed<'_>, cache: &Patience) -> HashSet<CacheKey> {
        let rows: Vec<(CacheKey, Arc<CachedUrl>)> =
            signed.into_iter().map(|(key, (row, _))| (key.clone(), row)).collect();
        let chunks: Vec<&[(CacheKey, Arc<CachedUrl>)]> = rows.chunks(MOST_WRITTEN).collect();
        let stored = chunks.iter().map(|rows| cache.with(async { self.store(rows).await.then_some(()) }));
        let stored: Vec<Option<()>> = few_at_once(stored.collect()).await;
        let stored = chunks.into_iter().zip(stored).filter_map(|(rows, stored)| stored.map(|()| rows));
        stored.flatten().map(|(key, _)| key.clone()).collect()
    }
}

/// Round trips to the cache at the same time: enough of them to pass over each other's waiting, and not so many that they wait
/// for each other.
const AT_ONCE: usize = 4;

/// Trials at the same time. S3 minds no more of them, and each takes a connection of its own.
const TRIALS_AT_ONCE: usize = 16;

/// What comes of round trips, in their order.
async fn few_at_once<T>(trips: Vec<impl Future<Output = T>>) -> Vec<T> {
    at_once(AT_ONCE, trips).await
}

async fn at_once<T>(most: usize, trips: Vec<impl Future<Output = T>>) -> Vec<T> {
    stream::iter(trips).buffered(most).collect().await
}

/// What a batch has left for a cache that does not answer: the wait of one round trip, and not of each.
#[derive(Default)]
struct Patience {
    lost: AtomicBool,
}

impl Patience {
    /// What the cache answers; none where it does not, or has not answered before.
    async fn with<T>(&self, answer: impl Future<Output = Option<T>>) -> Option<T> {
        if self.lost.load(Relaxed) {
            return None;
        }
        let answer = answer.await;
        self.lost.fetch_or(answer.is_none(), Relaxed);
        answer
    }
}

/// As few readings as it takes in order, and which of them is about each request.
fn readings<'a>(prepared: &'a [Result<Prepared<'a>, IssueError>]) -> (Vec<Reading<'a>>, Vec<Option<usize>>) {
    let mut readings: Vec<Reading<'a>> = vec![];
    let mut reading_of = vec![];
    for prepared in prepared {
        let Ok(prepared) = prepared else {
            reading_of.push(None);
            continue;
        };
        if !readings.last_mut().is_some_and(|reading| reading.take(prepared)) {
            let mut reading = Reading::default();
            reading.take(prepared);
            readings.push(reading);
        }
        reading_of.push(Some(readings.len() - 1));
    }
    (readings, reading_of)
}
