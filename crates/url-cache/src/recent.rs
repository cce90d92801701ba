use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lru::LruCache;
use presign::cache::{CacheKey, CachedUrl, LookUp, ScopeState, UrlCache, WantedRow};
use presign::clock::Clock;
use presign::generation::Scope;

/// An instance's memory of a cache: hot URLs, and generations that may be trusted for a bounded time.
///
/// A change of policy reaches this instance at the latest one staleness after it was written.
pub struct Recent<C> {
    cache: C,
    staleness: Duration,
    clock: Clock,
    memory: Mutex<Memory>,
}

struct Memory {
    urls: LruCache<CacheKey, Arc<CachedUrl>>,
    /// By the scope, with the moment its reading *began*: what was written after that may be missing from it.
    scopes: BTreeMap<Scope, (ScopeState, SystemTime)>,
    /// When memory was last asked.
    asked: SystemTime,
}

/// Some 1 MB of scopes. Where callers name the keys that they encrypt with, they are as many as callers like.
const MOST_SCOPES: usize = 4096;

impl<C> Recent<C> {
    /// Some 20 MB of URLs signed with long session tokens; five times as much where all have the longest keys and queries.
    const MOST_URLS: NonZeroUsize = NonZeroUsize::new(8192).unwrap();

    /// Remembers what `cache` answers, and trusts it for `staleness`; with zero, every look-up goes to `cache`.
    #[must_use]
    pub fn new(cache: C, staleness: Duration, clock: Clock) -> Self {
        let memory =
            Memory { urls: LruCache::new(Self::MOST_URLS), scopes: BTreeMap::new(), asked: SystemTime::UNIX_EPOCH };
        Self { cache, staleness, clock, memory: Mutex::new(memory) }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of the scopes that are in memory and recent, and by what time they are.
    fn remembered_scopes(&self, scopes: &[Scope]) -> (BTreeMap<Scope, ScopeState>, SystemTime) {
        let mut memory = self.memory();
        // Whoever has the memory looks at the clock, so that a time before the last one is no other thread's.
        let now = (self.clock)();
        // A clock set back makes the past unknown.
        if now < memory.asked {
            memory.scopes.clear();
        }
        memory.asked = now;
        let recent = scopes.iter().filter_map(|scope| {
            let (state, read_at) = memory.scopes.get(scope)?;
            let age = now.duration_since(*read_at).ok()?;
            (age < self.staleness).then(|| (scope.clone(), *state))
        });
        (recent.collect(), now)
    }

    /// The row from memory, where it is there and of use in the state that `scopes` are in.
    fn remembered_row(
        &self,
        wanted: WantedRow<'_>,
        scopes: &BTreeMap<Scope, ScopeState>,
        now: SystemTime,
    ) -> Option<Arc<CachedUrl>> {
        let mut memory = self.memory();
        let url = memory.urls.get(wanted.key)?;
        let current: Vec<(&Scope, u64)> = scopes.iter().map(|(scope, state)| (scope, state.generation)).collect();
        let current = url.generations.are_current(&current);
        (current && url.answers(wanted.asked, now)).then(|| Arc::clone(url))
    }

    fn remember(&self, found: &LookUp, began: SystemTime) {
        let now = (self.clock)();
        let mut memory = self.memory();
        // All of them, since whatever is forgotten is read again after one staleness in any case.
        if memory.scopes.len() + found.scopes.len() > MOST_SCOPES {
            memory.scopes.clear();
        }
        for (scope, state) in &found.scopes {
            let known = memory.scopes.get(scope);
            // Answers overtake each other: the one whose reading began last has seen the most.
            // Unless it was read at a time that the clock, set back, says is yet to come.
            if known.is_none_or(|(_, read_at)| *read_at <= began || *read_at > now) {
                memory.scopes.insert(scope.clone(), (*state, began));
            }
        }
        for (key, url) in &found.urls {
            memory.urls.put(key.clone(), Arc::clone(url));
        }
    }
}

/// Those of the scopes whose state is not known.
fn without(scopes: &[Scope], known: &BTreeMap<Scope, ScopeState>) -> Vec<Scope> {
    scopes.iter().filter(|scope| !known.contains_key(scope)).cloned().collect()
}

impl<C: UrlCache> Recent<C> {
    async fn read(&self, rows: &[WantedRow<'_>], scopes: &[Scope], began: SystemTime) -> Result<LookUp, C::Error> {
        // Apart, so that what memory answers has no room to make for the client's state.
        let found = Box::pin(self.cache.look_up(rows, scopes)).await?;
        self.remember(&found, began);
        Ok(found)
    }
}

impl<C: UrlCache + Sync> UrlCache for Recent<C> {
    type Error = C::Error;

    async fn look_up(&self, wanted: &[WantedRow<'_>], scopes: &[Scope]) -> Result<LookUp, C::Error> {
        let (known, now) = self.remembered_scopes(scopes);
        let mut remembered = BTreeMap::new();
        if without(scopes, &known).is_empty() {
            for row in wanted {
                if let Some(url) = self.remembered_row(*row, &known, now) {
                    remembered.insert(row.key.clone(), url);
                }
            }
            if remembered.len() == wanted.len() {
                return Ok(LookUp { urls: remembered, scopes: known });
            }
        }
        let missing: Vec<WantedRow<'_>> =
            wanted.iter().copied().filter(|row| !remembered.contains_key(row.key)).collect();
        let mut found = self.read(&missing, &without(scopes, &known), now).await?;
        // The reading took its time.
        let (mut known, _) = self.remembered_scopes(scopes);
        let generations = || known.iter().map(|(scope, state)| (scope, state.generation));
        if found.urls.values().any(|url| url.generations.are_ahead_of(generations())) {
            // Else the row would be signed over, and all others go on without it.
            known.clear();
        }
        known.retain(|scope, _| !found.scopes.contains_key(scope));
        found.scopes.extend(known);
        let aged = without(scopes, &found.scopes);
        if !aged.is_empty() {
            found.scopes.extend(self.read(&[], &aged, (self.clock)()).await?.scopes);
        }
        found.urls.extend(remembered);
        Ok(found)
    }

    async fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), C::Error> {
        self.cache.store(rows).await?;
        let mut memory = self.memory();
        for (key, url) in rows {
            memory.urls.put(key.clone(), Arc::clone(url));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use presign::cache::IssuedFor;
    use presign::generation::Generations;
    use presign::lifetime::{Asked, ExpiresIn, LifetimeMode, LimitedBy};
    use presign::operation::Operation;
    use presign::presigned_url::PresignedUrl;

    use super::*;

    /// A cache of one scope, which counts its readings.
    #[derive(Default)]
    struct Counted {
        generation: AtomicU64,
        readings: AtomicU64,
        rows_read: AtomicU64,
        scopes_read: AtomicU64,
        /// A clock that goes on by so much while it is read.
        takes: Mutex<Option<(Arc<AtomicU64>, u64)>>,
        rows: Mutex<HashMap<CacheKey, Arc<CachedUrl>>>,
    }

    impl UrlCache for &Counted {
        type Error = std::convert::Infallible;

        async fn look_up(&self, wanted: &[WantedRow<'_>], scopes: &[Scope]) -> Result<LookUp, Self::Error> {
            self.readings.fetch_add(1, Relaxed);
            self.rows_read.fetch_add(wanted.len() as u64, Relaxed);
            self.scopes_read.fetch_add(scopes.len() as u64, Relaxed);
            if let Some((hand, millis)) = &*self.takes.lock().unwrap() {
                hand.fetch_add(*millis, Relaxed);
            }
            let state = ScopeState { generation: self.generation.load(Relaxed), hold_until: None, ceiling: None };
            let rows = self.rows.lock().unwrap();
            let urls =
                wanted.iter().filter_map(|row| Some((row.key.clone(), Arc::clone(rows.get(row.key)?)))).collect();
            Ok(LookUp { urls, scopes: scopes.iter().map(|scope| (scope.clone(), state)).collect() })
        }

        async fn store(&self, rows: &[(CacheKey, Arc<CachedUrl>)]) -> Result<(), Self::Error> {
            self.rows.lock().unwrap().extend(rows.iter().cloned());
            Ok(())
        }
    }

    struct Bench<'a> {
        recent: Recent<&'a Counted>,
        millis: Arc<AtomicU64>,
        scopes: [Scope; 1],
        key: CacheKey,
    }

    impl<'a> Bench<'a> {
        fn new(counted: &'a Counted, staleness: u64) -> Self {
            let millis = Arc::new(AtomicU64::new(0));
            let hand = Arc::clone(&millis);
            let clock: Clock = Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_millis(hand.load(Relaxed)));
            Self {
                recent: Recent::new(counted, Duration::from_millis(staleness), clock),
                millis,
                scopes: [Scope::Bucket("demo".parse().unwrap())],
                key: CacheKey::of(["k"]),
            }
        }

        async fn store(&self, generation: u64) {
            self.recent.store(&[(self.key.clone(), self.row(generation))]).await.unwrap();
        }

        fn row(&self, generation: u64) -> Arc<CachedUrl> {
            let mut generations = Generations::default();
            generations.insert(&self.scopes[0], generation);
            Arc::new(CachedUrl {
                url: PresignedUrl::new(format!("https://h/{generation}")),
                headers: vec![],
                expires_at: SystemTime::UNIX_EPOCH + Duration::from_mins(1),
                signed_for: ExpiresIn::from_seconds(60).unwrap(),
                limited_by: LimitedBy::Request,
                signed_by: String::new(),
                generations,
                issued_for: IssuedFor {
                    caller: "alice".to_owned(),
                    tenant: None,
                    operation: Operation::GetObject,
                    bucket: "demo".parse().unwrap(),
                    key: "k".to_owned(),
                },
            })
        }

        async fn look_up(&self, least_left: u64) -> LookUp {
            self.look_up_all(&[&self.key], least_left).await
        }

        async fn look_up_all(&self, keys: &[&CacheKey], least_left: u64) -> LookUp {
            let seconds = |seconds| ExpiresIn::from_seconds(seconds).unwrap();
            let asked = Asked {
                expires_in: seconds(60),
                mode: LifetimeMode::Clamp,
                minimum_remaining: Some(seconds(least_left)),
            };
            let wanted: Vec<_> = keys.iter().map(|key| WantedRow { key, asked: &asked }).collect();
            self.recent.look_up(&wanted, &self.scopes).await.unwrap()
        }
    }

    #[tokio::test]
    async fn within_the_staleness_nothing_is_read_and_after_it_everything() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        bench.store(0).await;
        for (at, readings) in [(0, 1), (999, 1), (1000, 2), (1999, 2), (2000, 3)] {
            bench.millis.store(at, Relaxed);
            bench.look_up(1).await;
            assert_eq!(counted.readings.load(Relaxed), readings, "at {at} ms");
        }
    }

    #[tokio::test]
    async fn a_staleness_of_zero_reads_every_time() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 0);
        bench.store(0).await;
        bench.look_up(1).await;
        bench.look_up(1).await;
        assert_eq!(counted.readings.load(Relaxed), 2);
    }

    #[tokio::test]
    async fn an_advance_is_seen_one_staleness_later() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        bench.store(0).await;
        bench.look_up(1).await;
        counted.generation.store(1, Relaxed);
        bench.millis.store(1000, Relaxed);
        assert_eq!(bench.look_up(1).await.scopes[&bench.scopes[0]].generation, 1);
    }

    #[tokio::test]
    async fn a_remembered_row_that_is_dead_or_dying_sends_for_a_better_one() {
        let counted = Counted::default();
        counted.generation.store(1, Relaxed);
        let bench = Bench::new(&counted, 100_000);
        bench.store(1).await;
        bench.look_up(1).await;
        bench.millis.store(30_000, Relaxed);
        bench.look_up(30).await;
        assert_eq!(counted.readings.load(Relaxed), 1, "half a minute is left");
        bench.look_up(31).await;
        assert_eq!(counted.readings.load(Relaxed), 2, "less is left than asked for");
        bench.store(0).await;
        bench.look_up(1).await;
        assert_eq!(counted.readings.load(Relaxed), 3, "the row is of before a change");
    }

    #[tokio::test]
    async fn of_several_rows_only_those_not_remembered_are_read() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        let other = CacheKey::of(["other"]);
        bench.store(0).await;
        bench.look_up(1).await;
        let read_before = counted.rows_read.load(Relaxed);
        // Another instance has issued it.
        (&counted).store(&[(other.clone(), bench.row(0))]).await.unwrap();
        let found = bench.look_up_all(&[&bench.key, &other], 1).await;
        assert_eq!((found.urls.len(), counted.rows_read.load(Relaxed) - read_before), (2, 1));
        let found = bench.look_up_all(&[&bench.key, &other], 1).await;
        assert_eq!((found.urls.len(), counted.rows_read.load(Relaxed) - read_before), (2, 1), "both are remembered");
    }

    #[tokio::test]
    async fn of_the_scopes_only_those_not_recent_are_read() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        let other = CacheKey::of(["other"]);
        for (at, key, scopes_read) in [(0, &bench.key, 1), (999, &other, 1), (1000, &other, 2)] {
            bench.millis.store(at, Relaxed);
            let found = bench.look_up_all(&[key], 1).await;
            assert_eq!(found.scopes.len(), 1);
            assert_eq!(counted.scopes_read.load(Relaxed), scopes_read, "at {at} ms");
        }
        assert_eq!(counted.rows_read.load(Relaxed), 3, "a row is not there until it is");
    }

    #[tokio::test]
    async fn what_ages_while_the_rest_is_read_is_read_again() {
        for (at, scopes_read) in [(979, 1), (980, 2)] {
            let counted = Counted::default();
            let bench = Bench::new(&counted, 1000);
            bench.look_up(1).await;
            *counted.takes.lock().unwrap() = Some((Arc::clone(&bench.millis), 20));
            bench.millis.store(at, Relaxed);
            bench.look_up(1).await;
            assert_eq!(counted.scopes_read.load(Relaxed), scopes_read, "at {at} ms");
        }
    }

    #[tokio::test]
    async fn a_row_that_knows_of_a_later_change_has_the_scopes_read_again() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        bench.look_up(1).await;
        counted.generation.store(1, Relaxed);
        // Another instance has seen the change, and issued it.
        (&counted).store(&[(bench.key.clone(), bench.row(1))]).await.unwrap();
        let found = bench.look_up(1).await;
        assert_eq!((found.scopes[&bench.scopes[0]].generation, counted.readings.load(Relaxed)), (1, 3));
        bench.look_up(1).await;
        assert_eq!(counted.readings.load(Relaxed), 3, "both are remembered");
    }

    #[tokio::test]
    async fn scopes_without_end_take_no_memory_without_end_and_those_in_use_are_known_again() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        let key = |i| Scope::KmsKey(format!("arn:aws:kms:eu-central-1:123456789012:key/k{i}").parse().unwrap());
        let (mut most, mut readings_in_use) = (0, 0);
        for i in 0..3 * MOST_SCOPES {
            bench.recent.look_up(&[], &[key(i)]).await.unwrap();
            let readings = counted.readings.load(Relaxed);
            bench.recent.look_up(&[], &bench.scopes).await.unwrap();
            readings_in_use += counted.readings.load(Relaxed) - readings;
            most = most.max(bench.recent.memory().scopes.len());
        }
        assert_eq!((most, readings_in_use), (MOST_SCOPES, 4));
    }

    #[tokio::test]
    async fn a_clock_set_back_trusts_nothing() {
        let counted = Counted::default();
        let bench = Bench::new(&counted, 1000);
        bench.store(0).await;
        bench.millis.store(5000, Relaxed);
        bench.look_up(1).await;
        bench.millis.store(4000, Relaxed);
        bench.look_up(1).await;
        assert_eq!(counted.readings.load(Relaxed), 2);
        counted.generation.store(1, Relaxed);
        bench.millis.store(5500, Relaxed);
        let found = bench.look_up(1).await;
        assert_eq!(found.scopes[&bench.scopes[0]].generation, 1, "what was read before the step is not recent again");
        bench.millis.store(5000, Relaxed);
        bench.recent.look_up(&[], &[]).await.unwrap();
        bench.millis.store(6000, Relaxed);
        let readings = counted.readings.load(Relaxed);
        bench.look_up(1).await;
        assert_eq!(counted.readings.load(Relaxed), readings + 1, "although nobody asked for it meanwhile");
    }
}
