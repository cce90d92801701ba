use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// How long all trials of one request have together. API Gateway gives up after 29 or 30 seconds, and what was tried by then is to be
/// answered.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How much longer a trial may take that has begun by then and leaves something behind, until that is taken away. The rest of the answer
/// has six seconds still.
const TIDYING_UP: Duration = Duration::from_secs(3);

/// When the trials of a request end.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    begin_by: Instant,
    end_by: Instant,
}

impl Until {
    /// Of a request that begins now.
    pub fn from_now(patience: Duration) -> Self {
        let then = Instant::now() + patience;
        Self { begin_by: then, end_by: then }
    }

    /// What is left until no trial begins any more.
    pub fn left(self) -> Duration {
        self.begin_by.saturating_duration_since(Instant::now())
    }

    /// Of a trial that takes away what it leaves behind.
    pub fn tidying_up(self) -> Self {
        Self { end_by: self.end_by + TIDYING_UP, ..self }
    }

    /// What comes of a trial; none where it has not ended by then. After that none begins either.
    pub async fn reached<T>(self, trial: impl Future<Output = T>) -> Option<T> {
        if Instant::now() >= self.begin_by {
            return None;
        }
        timeout_at(self.end_by, trial).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_trials_of_a_request_have_one_time_together() {
        let (start, until) = (Instant::now(), Until::from_now(PATIENCE));
        assert_eq!(until.reached(sleep(PATIENCE / 2)).await, Some(()));
        assert_eq!(until.left(), PATIENCE / 2);
        assert_eq!(until.reached(sleep(PATIENCE)).await, None);
        assert_eq!(until.reached(pending::<()>()).await, None);
        assert_eq!(until.reached(ready(())).await, None, "it does not even begin");
        assert_eq!((start.elapsed(), until.left()), (PATIENCE, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_has_begun_has_time_to_tidy_up_and_none_begins_in_that_time() {
        let (start, until) = (Instant::now(), Until::from_now(PATIENCE).tidying_up());
        sleep(PATIENCE.saturating_sub(Duration::from_millis(1))).await;
        assert_eq!(until.reached(sleep(TIDYING_UP)).await, Some(()));
        assert_eq!(until.reached(ready(())).await, None, "it does not even begin");
        assert_eq!(Until::from_now(PATIENCE).tidying_up().reached(pending::<()>()).await, None);
        assert!(start.elapsed() < 2 * (PATIENCE + TIDYING_UP));
    }
}
