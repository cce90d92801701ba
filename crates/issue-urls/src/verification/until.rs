use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// How long all trials of one request have together. API Gateway gives up after 29 or 30 seconds, and what was tried by then is to be
/// answered.
const PATIENCE: Duration = Duration::from_secs(20);

/// When the trials of a request end.
#[derive(Debug, Clone, Copy)]
pub struct Until(Instant);

impl Until {
    /// Of a request that begins now.
    pub fn from_now() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    /// What comes of a trial; none where it has not ended by then. Then none begins either.
    pub async fn reached<T>(self, trial: impl Future<Output = T>) -> Option<T> {
        if Instant::now() >= self.0 {
            return None;
        }
        timeout_at(self.0, trial).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_trials_of_a_request_have_one_time_together() {
        let (start, until) = (Instant::now(), Until::from_now());
        assert_eq!(until.reached(sleep(PATIENCE / 2)).await, Some(()));
        assert_eq!(until.reached(sleep(PATIENCE)).await, None);
        assert_eq!(until.reached(pending::<()>()).await, None);
        assert_eq!(until.reached(ready(())).await, None, "it does not even begin");
        assert_eq!(start.elapsed(), PATIENCE);
    }
}
