mod alike;
mod cache_patience;
mod reading;
mod sessions;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use presign::cache::{CacheKey, CachedUrl, LookUp, MOST_WRITTEN, UrlCache};
use presign::lifetime::{Ceilings, second_of};
use presign::names::BucketName;
use presign::request::UrlRequest;
use presign::signing_session::SigningSessions;

use self::alike::as_alike_were;
use self::cache_patience::CachePatience;
use self::reading::readings;
use self::sessions::{SessionFor, Sessions};
use crate::issuer::check_lifetime;
use crate::overtaken::{ReadAt, is_overtaken};
use crate::signers_patience::SignersPatience;
use crate::steps::{Judged, Opened, Origin, Prepared, Settled, Then};
use crate::verification::Until;
use crate::{Caller, IssueError, IssuedUrl, Issuer, Verified};

/// What one of the requests has, while nothing is signed yet.
enum Begun {
    Served(Settled),
    /// With a session, unless its like has one for something else that is asked: what that one signs may do.
    ToSign {
        by: Option<Opened>,
        then: Then,
    },
}

/// A request of a batch, with the reading that is about it, and what that has found.
type ToServe<'a, 'f> = (Result<&'a Prepared<'a>, &'a IssueError>, Option<usize>, Option<&'f LookUp>);

/// What a batch has come to, while nothing is stored yet.
struct SoFar<'a> {
    items: Vec<Result<Settled, IssueError>>,
    verified: Vec<Result<Option<Verified>, IssueError>>,
    signed: Signed<'a>,
}

/// What was signed for requests of one batch, under the keys that it is to be stored under.
type Signed<'a> = HashMap<&'a CacheKey, (Arc<CachedUrl>, Opened)>;

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Issues URLs for all of `requests`, each as if it came alone, but with one reading of the cache for as many as one can be
    /// for. The answers are in the order of the requests.
    pub async fn issue_all(&self, caller: &Caller, requests: &[UrlRequest]) -> Vec<Result<IssuedUrl, IssueError>> {
        let until = Until::from_now(self.patience);
        let (mut signers, cache) = (SignersPatience::new(self.patience / 2), CachePatience::default());
        let prepared = self.prepare_all(caller, requests, &mut signers, &cache).await;
        let (readings, reading_of) = readings(&prepared);
        let found = readings.iter().map(|reading| cache.with(self.look_up(&reading.wanted, &reading.scopes)));
        let found: Vec<Option<LookUp>> = at_once(CACHE_TRIPS, found.collect()).await;
        let read_at = ReadAt::now();
        // Each with the reading that is about it, and what that has found.
        let to_serve = prepared.iter().zip(reading_of).map(|(prepared, reading)| {
            (prepared.as_ref(), reading, reading.and_then(|reading| found.get(reading)?.as_ref()))
        });
        let to_serve: Vec<ToServe<'_, '_>> = to_serve.collect();

        // All sessions before the first signature: to wait for one costs no URL of its life.
        let (mut begun, mut sessions) = (vec![], Sessions::default());
        for &(prepared, reading, found) in &to_serve {
            begun.push(match prepared {
                Ok(prepared) => {
                    let begun = self.opened(prepared, (reading, found), &mut sessions, &mut signers).await;
                    begun.map(|begun| (prepared, found, begun))
                }
                Err(error) => Err(error.clone()),
            });
        }
        let (mut items, mut signed) = (vec![], Signed::new());
        for begun in begun {
            items.push(match begun {
                Ok((prepared, found, begun)) => {
                    self.item(caller, prepared, found, begun, &mut signed, &mut signers).await
                }
                Err(error) => Err(error),
            });
        }
        let trials = to_serve.iter().zip(&items).map(async |(&(prepared, _, found), item)| {
            let (Ok(prepared), Ok(item)) = (prepared, item) else { return Ok(None) };
            self.verify(prepared, found, item, until).await
        });
        let verified: Vec<Result<Option<Verified>, IssueError>> = at_once(TRIALS, trials.collect()).await;
        let mut so_far = SoFar { items, verified, signed };
        if read_at.is_long_ago() {
            // That another reading was refused then does not mean that this one would be now.
            let cache = CachePatience::default();
            let by_now = readings.iter().zip(&found).map(async |(reading, found)| {
                found.as_ref()?;
                cache.with(self.look_up(&[], &reading.scopes)).await
            });
            let by_now: Vec<Option<LookUp>> = at_once(CACHE_TRIPS, by_now.collect()).await;
            Box::pin(self.sign_overtaken(caller, &to_serve, &by_now, &mut so_far, until)).await;
        }
        let SoFar { items, verified, mut signed } = so_far;
        for (prepared, verified) in prepared.iter().zip(&verified) {
            // What would fail is not kept for the next who asks.
            if let (Ok(prepared), Err(_)) = (prepared, verified)
                && let Some(key) = &prepared.terms.key
            {
                signed.remove(key);
            }
        }
        let stored = self.store_all(signed, &cache).await;
        let verified = as_alike_were(verified, &prepared, &items);
        let now = self.now();
        let answered = items.into_iter().zip(requests).zip(&prepared).zip(verified);
        let answered = answered.map(|(((item, request), prepared), verified)| {
            let (settled, verified) = (item?, verified?);
            let terms = &prepared.as_ref().map_err(Clone::clone)?.terms;
            let stored = settled.then.store && terms.key.as_ref().is_some_and(|key| stored.contains(key));
            let issued = IssuedUrl::settled(request, terms.permitted_by.clone(), settled, stored, now)?;
            Ok(IssuedUrl { verified, ..issued })
        });
        answered.collect()
    }

    /// What can be said of each request before the cache is asked. It is asked only where a lifetime is refused, once for each bucket, for
    /// the longest that can be had.
    async fn prepare_all<'a>(
        &'a self,
        caller: &Caller,
        requests: &'a [UrlRequest],
        signers: &mut SignersPatience,
        cache: &CachePatience,
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
                        Entry::Vacant(place) => place.insert(cache.with(self.look_up_ceilings(profile)).await),
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
        (reading, found): (Option<usize>, Option<&LookUp>),
        sessions: &mut Sessions<'a>,
        signers: &mut SignersPatience,
    ) -> Result<Begun, IssueError> {
        let then = match self.judge(prepared, found) {
            Judged::Serve(settled) => return Ok(Begun::Served(settled)),
            Judged::Sign(then) => then,
        };
        let asked = prepared.bound.request().asked();
        let key = prepared.terms.key.as_ref().filter(|_| then.store);
        if key.and_then(|key| sessions.first_asked.get(key)).is_some_and(|first| *first != asked) {
            return Ok(Begun::ToSign { by: None, then });
        }
        let on_hold = found.is_some_and(|found| found.on_hold(&prepared.terms.scopes.of_session, self.now()));
        let wanted = SessionFor::new(prepared, reading, on_hold);
        let by = match &sessions.last {
            Some((last, by)) if *last == wanted => by.clone(),
            _ => self.open(prepared, found, signers).await?,
        };
        sessions.last = Some((wanted, by.clone()));
        sessions.first_asked.extend(key.map(|key| (key, asked)));
        Ok(Begun::ToSign { by: Some(by), then })
    }

    /// Settles one request; what was signed for its like a moment ago is as good as what the cache holds.
    async fn item<'a>(
        &self,
        caller: &Caller,
        prepared: &'a Prepared<'_>,
        found: Option<&LookUp>,
        begun: Begun,
        signed: &mut Signed<'a>,
        signers: &mut SignersPatience,
    ) -> Result<Settled, IssueError> {
        let asked = prepared.bound.request().asked();
        let (by, then) = match begun {
            Begun::Served(settled) if settled.row.answers(asked, self.now()) => return Ok(settled),
            // Others were waited for since, and it was just long enough.
            Begun::Served(_) => match self.judge(prepared, found) {
                Judged::Serve(settled) => return Ok(settled),
                Judged::Sign(then) => (None, then),
            },
            Begun::ToSign { by, then } => (by, then),
        };
        let key = prepared.terms.key.as_ref().filter(|_| then.store);
        if let Some((row, by)) = key.and_then(|key| signed.get(key))
            && row.answers(asked, self.now())
        {
            return Ok(Settled { row: Arc::clone(row), origin: Origin::Like { by: by.clone() }, then });
        }
        let mut by = match by {
            Some(by) => by,
            None => self.open(prepared, found, signers).await?,
        };
        let mut settled = self.sign(caller, prepared, found, by.clone(), then);
        // Others were waited for since, and the session was just long enough. It was for a signature of the same second.
        if matches!(settled, Err(IssueError::Lifetime { .. })) && second_of(by.at) != second_of(self.now()) {
            by = self.open(prepared, found, signers).await?;
            settled = self.sign(caller, prepared, found, by.clone(), then);
        }
        let settled = settled?;
        let key = key.filter(|_| settled.then.store);
        signed.extend(key.map(|key| (key, (Arc::clone(&settled.row), by))));
        Ok(settled)
    }

    /// Signs anew, and tries, what is not current any more by what was read again.
    async fn sign_overtaken<'a>(
        &self,
        caller: &Caller,
        to_serve: &[ToServe<'a, '_>],
        by_now: &[Option<LookUp>],
        SoFar { items, verified, signed }: &mut SoFar<'a>,
        until: Until,
    ) {
        let all = to_serve.iter().zip(items.iter_mut().zip(verified));
        let overtaken = all.filter_map(|(&(prepared, reading, found), (item, verified))| {
            let (prepared, by_now, _) = (prepared.ok()?, by_now.get(reading?)?.as_ref(), found?);
            let settled = item.as_ref().ok()?;
            is_overtaken(&prepared.terms, settled, by_now).then_some((prepared, by_now, item, verified))
        });
        let overtaken: Vec<_> = overtaken.collect();
        for (prepared, ..) in &overtaken {
            if let Some(key) = &prepared.terms.key {
                signed.remove(key);
            }
        }
        // The batch has waited already, and is to be answered in time.
        let mut signers = SignersPatience::new(until.left().min(self.patience / 10));
        let mut again = vec![];
        for (prepared, by_now, item, verified) in overtaken {
            let begun = match self.judge(prepared, by_now) {
                Judged::Serve(settled) => Begun::Served(settled),
                Judged::Sign(then) => Begun::ToSign { by: None, then },
            };
            *item = self.item(caller, prepared, by_now, begun, signed, &mut signers).await;
            again.push((prepared, by_now, item, verified));
        }
        let trials = again.into_iter().map(async |(prepared, by_now, item, verified)| {
            *verified = match item {
                Ok(item) => self.verify(prepared, by_now, item, until).await,
                Err(_) => Ok(None),
            };
        });
        at_once(TRIALS, trials.collect()).await;
    }

    /// The keys of the rows that are stored now.
    async fn store_all(&self, signed: Signed<'_>, cache: &CachePatience) -> HashSet<CacheKey> {
        let rows: Vec<(CacheKey, Arc<CachedUrl>)> =
            signed.into_iter().map(|(key, (row, _))| (key.clone(), row)).collect();
        let chunks: Vec<&[(CacheKey, Arc<CachedUrl>)]> = rows.chunks(MOST_WRITTEN).collect();
        let stored = chunks.iter().map(|rows| cache.with(async { self.store(rows).await.then_some(()) }));
        let stored: Vec<Option<()>> = at_once(CACHE_TRIPS, stored.collect()).await;
        let stored = chunks.into_iter().zip(stored).filter_map(|(rows, stored)| stored.map(|()| rows));
        stored.flatten().map(|(key, _)| key.clone()).collect()
    }
}

/// Round trips to the cache at the same time: enough of them to pass over each other's waiting, and not so many that they wait
/// for each other.
const CACHE_TRIPS: usize = 4;

/// Trials at the same time. S3 minds no more of them, and each takes a connection of its own.
const TRIALS: usize = 16;

/// What comes of round trips, in their order.
async fn at_once<T>(most: usize, trips: Vec<impl Future<Output = T>>) -> Vec<T> {
    stream::iter(trips).buffered(most).collect().await
}
