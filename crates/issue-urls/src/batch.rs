use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use presign::cache::{CacheKey, CachedUrl, LookUp, MOST_READ, MOST_WRITTEN, UrlCache, WantedRow};
use presign::generation::Scope;
use presign::lifetime::{Asked, Ceilings};
use presign::names::BucketName;
use presign::request::UrlRequest;
use presign::signing_session::SigningSessions;
use tokio::time::Instant;

use crate::issuer::check_lifetime;
use crate::signers::Signers;
use crate::steps::{Judged, Opened, Prepared, Settled};
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
struct Item {
    settled: Settled,
    /// Whether it was signed for this very request, and not for its like a moment ago.
    for_this: bool,
}

/// What one of the requests has, while nothing is signed yet.
enum Begun {
    Served(Settled),
    Opened { by: Opened, at: Instant, store: bool, tried: bool },
}

/// How old a session may get between its opening and its signature before it is opened again, where it is too short.
const AGED: Duration = Duration::from_millis(500);

/// The sessions of rows that are to be stored, with what they were opened for.
type Sessions<'a> = HashMap<&'a CacheKey, (&'a Asked, Opened)>;

/// What was signed for requests of one batch, under the keys that it is to be stored under.
type Signed<'a> = HashMap<&'a CacheKey, (Arc<CachedUrl>, Opened)>;

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Issues URLs for all of `requests`, each as if it came alone, but with one reading of the cache for as many as one can be
    /// for. The answers are in the order of the requests.
    pub async fn issue_all(&self, caller: &Caller, requests: &[UrlRequest]) -> Vec<Result<IssuedUrl, IssueError>> {
        let until = Until::from_now(self.patience);
        let (signers, cache) = (Signers::new(self.patience / 2), Patience::default());
        let prepared = self.prepare_all(caller, requests, &signers, &cache).await;
        let permitted_by =
            prepared.iter().map(|prepared| prepared.as_ref().ok().map(|it| it.terms.permitted_by.clone()));
        let permitted_by: Vec<Vec<String>> = permitted_by.map(Option::unwrap_or_default).collect();
        let (readings, reading_of) = readings(&prepared);
        let found = readings.iter().map(|reading| cache.with(self.look_up(&reading.wanted, &reading.scopes)));
        let found: Vec<Option<LookUp>> = few_at_once(found.collect()).await;

        let found_for = |reading: &Option<usize>| reading.and_then(|reading| found.get(reading)?.as_ref());
        // All sessions before the first signature: to wait for one costs no URL of its life.
        let (mut begun, mut sessions) = (vec![], Sessions::new());
        for (prepared, reading) in prepared.iter().zip(&reading_of) {
            begun.push(match prepared {
                Ok(prepared) => self.opened(prepared, found_for(reading), &mut sessions, &signers).await,
                Err(error) => Err(error.clone()),
            });
        }
        let mut signed = Signed::new();
        let mut items = vec![];
        for ((prepared, reading), begun) in prepared.iter().zip(&reading_of).zip(begun) {
            items.push(match (prepared, begun) {
                (Ok(prepared), Ok(begun)) => {
                    self.item(caller, prepared, found_for(reading), begun, &mut signed, &signers).await
                }
                (Err(error), _) => Err(error.clone()),
                (_, Err(error)) => Err(error),
            });
        }
        let trials = prepared.iter().zip(&reading_of).zip(&items).map(|((prepared, reading), item)| {
            let found = found_for(reading);
            async move {
                let (Ok(prepared), Ok(item)) = (prepared, item) else { return Ok(None) };
                self.verify(prepared, found, &item.settled, until).await
            }
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
        let failed = failed(&items, &verified);
        let now = self.now();
        let answered = items.into_iter().zip(requests).zip(&prepared).zip(permitted_by).zip(verified);
        let answered = answered.map(|((((item, request), prepared), permitted_by), verified)| {
            let item = item?;
            let verified = verified?;
            if let Some(error) = failed.get(&Arc::as_ptr(&item.settled.row)).filter(|_| item.settled.tried) {
                return Err(error.clone());
            }
            let Settled { row, by, store, .. } = item.settled;
            let issued = match by {
                None => IssuedUrl::found(request, permitted_by, row, now),
                Some(by) => {
                    let key = prepared.as_ref().ok().and_then(|prepared| prepared.terms.key.as_ref());
                    let stored = store && key.is_some_and(|key| stored.contains(key));
                    let issued = IssuedUrl::signed(request, permitted_by, row, stored, now);
                    if item.for_this { issued.map(|issued| issued.by(&by.session, now)) } else { issued }
                }
            };
            Ok(IssuedUrl { verified, ..issued? })
        });
        answered.collect()
    }

    /// What can be said of each request before the cache is asked. Only of the bucket of a lifetime that is refused it is asked, once.
    async fn prepare_all<'a>(
        &'a self,
        caller: &Caller,
        requests: &'a [UrlRequest],
        signers: &Signers,
        cache: &Patience,
    ) -> Vec<Result<Prepared<'a>, IssueError>> {
        let mut buckets: HashMap<&BucketName, Option<LookUp>> = HashMap::new();
        let mut all = vec![];
        for request in requests {
            let admitted = match self.admit_url(caller, request) {
                Ok(admitted) => admitted,
                Err(error) => {
                    all.push(Err(error));
                    continue;
                }
            };
            let (profile, asked) = (admitted.bound.profile(), request.asked());
            all.push(match check_lifetime(profile, asked, Ceilings::default()) {
                Ok(()) => self.prepare(caller, admitted, signers).await,
                Err(error) => {
                    let found = match buckets.entry(request.bucket()) {
                        Entry::Occupied(found) => found.into_mut(),
                        Entry::Vacant(place) => place.insert(cache.with(self.look_up_bucket(request.bucket())).await),
                    };
                    Err(self.refused(profile, asked, error, found.as_ref()))
                }
            });
        }
        all
    }

    /// What the cache has for one request; where it has nothing, with a session.
    async fn opened<'a>(
        &self,
        prepared: &'a Prepared<'_>,
        found: Option<&LookUp>,
        sessions: &mut Sessions<'a>,
        signers: &Signers,
    ) -> Result<Begun, IssueError> {
        let (store, tried) = match self.judge(prepared, found) {
            Judged::Serve(settled) => return Ok(Begun::Served(settled)),
            Judged::Sign { store, tried } => (store, tried),
        };
        let asked = prepared.bound.request().asked();
        let key = prepared.terms.key.as_ref().filter(|_| store);
        let shared = key.and_then(|key| sessions.get(key)).filter(|(of, _)| *of == asked);
        let by = match shared {
            Some((_, by)) => by.clone(),
            None => self.open(prepared, found, signers).await?,
        };
        if let Some(key) = key {
            sessions.insert(key, (asked, by.clone()));
        }
        Ok(Begun::Opened { by, at: Instant::now(), store, tried })
    }

    /// Settles one request; what was signed for its like a moment ago is as good as what the cache holds.
    async fn item<'a>(
        &self,
        caller: &Caller,
        prepared: &'a Prepared<'_>,
        found: Option<&LookUp>,
        begun: Begun,
        signed: &mut Signed<'a>,
        signers: &Signers,
    ) -> Result<Item, IssueError> {
        let (mut by, at, store, tried) = match begun {
            Begun::Opened { by, at, store, tried } => (by, at, store, tried),
            Begun::Served(settled) => return Ok(Item { settled, for_this: false }),
        };
        let key = prepared.terms.key.as_ref().filter(|_| store);
        if let Some((row, by)) = key.and_then(|key| signed.get(key))
            && row.answers(prepared.bound.request().asked(), self.now())
        {
            let settled = Settled { row: Arc::clone(row), by: Some(by.clone()), store, tried };
            return Ok(Item { settled, for_this: false });
        }
        let mut row = self.sign(caller, prepared, found, &by);
        // Others were waited for since, and it was just long enough.
        if matches!(row, Err(IssueError::Lifetime { .. })) && at.elapsed() > AGED {
            by = self.open(prepared, found, signers).await?;
            row = self.sign(caller, prepared, found, &by);
        }
        let row = row?;
        if let Some(key) = key {
            signed.insert(key, (Arc::clone(&row), by.clone()));
        }
        Ok(Item { settled: Settled { row, by: Some(by), store, tried }, for_this: true })
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

/// Why URLs cannot be handed out, to whoever has asked for them: of those of which one trial has failed.
fn failed(
    items: &[Result<Item, IssueError>],
    verified: &[Result<Option<Verified>, IssueError>],
) -> HashMap<*const CachedUrl, IssueError> {
    let failed = items.iter().zip(verified).filter_map(|(item, verified)| {
        Some((Arc::as_ptr(&item.as_ref().ok()?.settled.row), verified.as_ref().err()?.clone()))
    });
    failed.collect()
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
