use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// Workers that go on until this is dropped, and how many requests they have made.
#[derive(Default)]
pub struct Load {
    workers: JoinSet<()>,
    requests: Requests,
}

/// The count of requests so far. Clones share it.
#[derive(Clone, Default)]
pub struct Requests(Arc<watch::Sender<usize>>);

impl Requests {
    /// Counts another, and answers its number.
    #[must_use]
    pub fn another(&self) -> usize {
        let mut number = 0;
        self.0.send_modify(|count| {
            number = *count;
            *count += 1;
        });
        number
    }
}

impl Load {
    /// Where its workers count.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.requests.clone()
    }

    pub fn spawn(&mut self, worker: impl Future<Output = ()> + Send + 'static) {
        self.workers.spawn(worker);
    }

    /// Waits until there have been `more` requests.
    ///
    /// # Panics
    /// When a worker has ended, which it does only when a request was lost.
    pub async fn goes_on_for(&mut self, more: usize) {
        let mut count = self.requests.0.subscribe();
        let until = *count.borrow() + more;
        tokio::select! {
            _ = count.wait_for(|count| *count >= until) => {}
            Some(ended) = self.workers.join_next() => panic!("a worker has ended: {ended:?}"),
        }
    }
}
