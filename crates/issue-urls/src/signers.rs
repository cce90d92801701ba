use std::collections::HashSet;
use std::time::Duration;

use presign::names::BucketName;
use presign::signing_session::SessionError;
use tokio::time::{Instant, timeout};

use crate::IssueError;

/// How long a batch waits for its signers, all together. Then it has what is at hand: to wait for each would take more time than
/// Lambda has, and lose all.
pub struct Signers<'a> {
    left: Duration,
    /// What did not come, by the bucket, and by what a session is confined to, if that is known.
    missing: HashSet<Wanted<'a>>,
}

/// What a signer is waited for: whose it is, or a session of it that is confined to a policy.
pub type Wanted<'a> = (&'a BucketName, Option<&'a str>);

impl<'a> Signers<'a> {
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self { left: patience, missing: HashSet::new() }
    }

    /// What comes of a signer; that it is not to be had, where it takes longer than there is. Then nothing is begun that did not come
    /// before, and of anything else only what is there already counts.
    ///
    /// # Errors
    /// Those of `signer`.
    pub async fn wait<T>(
        &mut self,
        wanted: Wanted<'a>,
        signer: impl Future<Output = Result<T, IssueError>>,
    ) -> Result<T, IssueError> {
        const TOO_SLOW: IssueError =
            IssueError::Session(SessionError::Unavailable { retry_after: Duration::from_secs(2) });
        if self.left.is_zero() && self.missing.contains(&wanted) {
            return Err(TOO_SLOW);
        }
        let began = Instant::now();
        let came = timeout(self.left, signer).await.unwrap_or(Err(TOO_SLOW));
        self.left = self.left.saturating_sub(began.elapsed());
        if matches!(came, Err(IssueError::Session(SessionError::Unavailable { .. }))) {
            self.missing.insert(wanted);
        }
        came
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn signers_are_waited_for_once_and_what_is_at_hand_is_taken_all_the_same() {
        let bucket: BucketName = "demo".parse().unwrap();
        let (reads, writes) = ((&bucket, Some("reads")), (&bucket, Some("writes")));
        let mut signers = Signers::new(3 * SECOND);
        let began = Instant::now();
        // What else a batch waits for does not count.
        sleep(60 * SECOND).await;
        let slow = async {
            sleep(2 * SECOND).await;
            Ok(())
        };
        assert_eq!(signers.wait(reads, slow).await, Ok(()));
        assert!(signers.wait(writes, pending::<Result<(), _>>()).await.is_err());
        assert_eq!(began.elapsed(), 63 * SECOND);
        let begins = || async { panic!("it is not even begun") };
        assert!(signers.wait::<()>(writes, begins()).await.is_err());
        assert_eq!(signers.wait(reads, ready(Ok(()))).await, Ok(()));
        assert!(signers.wait(reads, pending::<Result<(), _>>()).await.is_err());
        assert_eq!(began.elapsed(), 63 * SECOND);
    }
}
