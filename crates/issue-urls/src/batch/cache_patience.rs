use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What a batch has left for a cache that does not answer: the wait of one round trip, and not of each. One that refuses is not asked
/// again either: it is throttled, mostly.
#[derive(Default)]
pub struct CachePatience {
    lost: AtomicBool,
}

impl CachePatience {
    /// What the cache answers; none where it does not, or has not answered before.
    pub async fn with<T>(&self, answer: impl Future<Output = Option<T>>) -> Option<T> {
        if self.lost.load(Relaxed) {
            return None;
        }
        let answer = answer.await;
        self.lost.fetch_or(answer.is_none(), Relaxed);
        answer
    }
}
